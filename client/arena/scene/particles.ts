import { Container, Sprite, type Texture } from 'pixi.js';

const CAPACITY = 900;
/** Glow textures fade out long before their edge: a particle of size 1 world unit needs a sprite this much wider. */
const GLOW_SPREAD = 3;

/**
 * Glowing dots that fly, shrink and fade. All are made once; over capacity new ones are left out.
 * Hot: every live particle once a frame, no allocation.
 */
export class Particles {
  readonly layer = new Container();

  #sprites: Sprite[] = [];
  #vx = new Float32Array(CAPACITY);
  #vy = new Float32Array(CAPACITY);
  #ageMs = new Float32Array(CAPACITY);
  #lifeMs = new Float32Array(CAPACITY);
  #size = new Float32Array(CAPACITY);
  #columns = [this.#vx, this.#vy, this.#ageMs, this.#lifeMs, this.#size];
  #live = 0;
  #texturePx: number;

  constructor(texture: Texture) {
    this.#texturePx = texture.width;
    for (let i = 0; i < CAPACITY; i++) {
      const sprite = new Sprite({ texture, anchor: 0.5, visible: false, blendMode: 'add' });
      this.#sprites.push(this.layer.addChild(sprite));
    }
  }

  /** @param size diameter in world units. @param vx,vy world units a second */
  emit(x: number, y: number, vx: number, vy: number, lifeMs: number, size: number, color: number): void {
    if (this.#live === CAPACITY) return;
    const i = this.#live++;
    const sprite = this.#sprites[i]!;
    sprite.position.set(x, y);
    sprite.tint = color;
    sprite.visible = true;
    this.#vx[i] = vx;
    this.#vy[i] = vy;
    this.#ageMs[i] = 0;
    this.#lifeMs[i] = lifeMs;
    this.#size[i] = size;
    this.#shape(i);
  }

  update(dtMs: number): void {
    const seconds = dtMs / 1000;
    const drag = Math.exp(-dtMs / 600);
    for (let i = 0; i < this.#live; i++) {
      this.#ageMs[i]! += dtMs;
      if (this.#ageMs[i]! >= this.#lifeMs[i]!) {
        this.#remove(i--);
        continue;
      }
      const sprite = this.#sprites[i]!;
      sprite.position.set(sprite.x + this.#vx[i]! * seconds, sprite.y + this.#vy[i]! * seconds);
      this.#vx[i]! *= drag;
      this.#vy[i]! *= drag;
      this.#shape(i);
    }
  }

  #shape(i: number): void {
    const rest = 1 - this.#ageMs[i]! / this.#lifeMs[i]!;
    const sprite = this.#sprites[i]!;
    sprite.alpha = rest;
    sprite.scale.set((this.#size[i]! * GLOW_SPREAD * (0.35 + 0.65 * rest)) / this.#texturePx);
  }

  /** The last live one takes the place of the dead one. */
  #remove(i: number): void {
    const last = --this.#live;
    const dead = this.#sprites[i]!;
    dead.visible = false;
    this.#sprites[i] = this.#sprites[last]!;
    this.#sprites[last] = dead;
    for (const column of this.#columns) column[i] = column[last]!;
  }
}
