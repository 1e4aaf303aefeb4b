import { Container, type Texture } from 'pixi.js';
import { Particles } from './particles.ts';
import { Rings } from './rings.ts';

/** What happens for a moment and then is gone: light, sparks, debris, shock waves. Positions in world units. */
export class Effects {
  readonly layer = new Container();
  /** Camera shake that was asked for and has not died away yet, 0 to 1. */
  shake = 0;

  #particles: Particles;
  #rings = new Rings();

  constructor(glow: Texture) {
    this.#particles = new Particles(glow);
    this.layer.addChild(this.#rings.layer, this.#particles.layer);
  }

  /** A ship is lost. */
  explosion(x: number, y: number, color: number): void {
    this.#particles.emit(x, y, 0, 0, 380, 90, 0xffffff);
    this.#burst(x, y, 46, 60, 340, 900, 13, color);
    this.#burst(x, y, 26, 20, 180, 650, 18, 0xffb35c);
    this.#rings.emit(x, y, 130, 620, color);
  }

  /** A shot struck something. */
  impact(x: number, y: number, color: number): void {
    this.#particles.emit(x, y, 0, 0, 140, 22, 0xffffff);
    this.#burst(x, y, 9, 40, 200, 320, 6, color);
  }

  /** A rock broke. */
  shatter(x: number, y: number, radius: number): void {
    this.#burst(x, y, 12 + radius / 3, 15, 130, 800, 8 + radius / 8, 0x8c9ab8);
    this.#rings.emit(x, y, radius * 1.6, 420, 0x66738f);
  }

  /** A pickup was taken, or a ship came back. */
  sparkle(x: number, y: number, color: number): void {
    this.#burst(x, y, 18, 40, 150, 520, 7, color);
    this.#rings.emit(x, y, 46, 420, color);
  }

  muzzle(x: number, y: number, color: number): void {
    this.#particles.emit(x, y, 0, 0, 90, 18, color);
  }

  /** One puff of an engine's exhaust. @param angle the nose's direction, radians */
  exhaust(x: number, y: number, vx: number, vy: number, angle: number, color: number): void {
    const spread = angle + Math.PI + (Math.random() - 0.5) * 0.5;
    const speed = 110 + Math.random() * 80;
    const puffX = vx * 0.5 + Math.cos(spread) * speed;
    const puffY = vy * 0.5 + Math.sin(spread) * speed;
    this.#particles.emit(x, y, puffX, puffY, 260 + Math.random() * 160, 6 + Math.random() * 4, color);
  }

  update(dtMs: number): void {
    this.#particles.update(dtMs);
    this.#rings.update(dtMs);
    this.shake *= Math.exp(-dtMs / 130);
  }

  #burst(
    x: number,
    y: number,
    count: number,
    slowest: number,
    fastest: number,
    lifeMs: number,
    size: number,
    color: number,
  ): void {
    for (let i = 0; i < count; i++) {
      const angle = Math.random() * 2 * Math.PI;
      const speed = slowest + Math.random() * (fastest - slowest);
      const life = lifeMs * (0.5 + Math.random() * 0.5);
      const grain = size * (0.5 + Math.random() * 0.5);
      this.#particles.emit(x, y, Math.cos(angle) * speed, Math.sin(angle) * speed, life, grain, color);
    }
  }
}
