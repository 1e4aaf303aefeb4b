import { Container, Graphics, Sprite, type Texture } from 'pixi.js';
import { SHIP_ART_RADIUS, type ShipArt } from './ship-art.ts';

const HIT_FLASH_MS = 160;
const ENGINE_X = -14;

/** How one ship is to be drawn in this frame. Positions in world units, the angle in radians. */
export interface ShipPose {
  x: number;
  y: number;
  angle: number;
  thrusting: boolean;
}

/** One ship's picture. Made once a ship and moved every frame; nothing is redrawn. */
export class ShipView extends Container {
  #light: Sprite;
  #hull: Graphics;
  #flame: Graphics;
  #shield: Graphics;
  #color = 0xffffff;
  #flashMs = 0;
  /** 0 engine off, 1 full: follows the throttle with a little delay, so that taps flicker instead of blinking. */
  #throttle = 0;

  constructor(art: ShipArt, glow: Texture, radius: number) {
    super();
    const scale = radius / SHIP_ART_RADIUS;
    this.#light = new Sprite({ texture: glow, anchor: 0.5, blendMode: 'add', alpha: 0.22 });
    this.#light.setSize(radius * 7);
    this.#flame = new Graphics({ context: art.flame, blendMode: 'add' });
    this.#flame.position.set(ENGINE_X * scale, 0);
    this.#hull = new Graphics(art.hull);
    const canopy = new Graphics(art.canopy);
    this.#shield = new Graphics({ context: art.shield, blendMode: 'add' });
    for (const part of [this.#hull, canopy, this.#shield]) part.scale.set(scale);
    this.addChild(this.#light, this.#flame, this.#hull, canopy, this.#shield);
  }

  set color(color: number) {
    this.#color = color;
    this.#light.tint = color;
    this.#shield.tint = color;
    this.#flashMs = 0;
    this.#hull.tint = color;
  }

  /** It was hit: shown white for a moment. */
  flash(): void {
    this.#flashMs = HIT_FLASH_MS;
    this.#hull.tint = 0xffffff;
  }

  /** Hot: once a ship and frame. @param shielded whether it cannot be hurt */
  show(pose: ShipPose, shielded: boolean, nowMs: number, dtMs: number): void {
    this.position.set(pose.x, pose.y);
    this.rotation = pose.angle;

    this.#throttle += ((pose.thrusting ? 1 : 0) - this.#throttle) * (1 - Math.exp(-dtMs / 45));
    this.#flame.visible = this.#throttle > 0.04;
    const flicker = 0.82 + 0.18 * Math.sin(nowMs * 0.055 + pose.x * 0.1);
    this.#flame.scale.set(this.#throttle * flicker * 1.25, 0.7 + 0.3 * this.#throttle);

    this.#shield.visible = shielded;
    if (shielded) this.#shield.alpha = 0.55 + 0.35 * Math.sin(nowMs * 0.012);

    if (this.#flashMs > 0) {
      this.#flashMs -= dtMs;
      if (this.#flashMs <= 0) this.#hull.tint = this.#color;
    }
  }
}
