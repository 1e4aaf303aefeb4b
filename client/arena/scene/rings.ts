import { Container, Graphics, GraphicsContext } from 'pixi.js';
import { Pool } from './pool.ts';

const RING_RADIUS = 64;

interface Ring {
  drawn: Graphics;
  ageMs: number;
  lifeMs: number;
  /** Radius at the end of its life, world units. */
  reach: number;
}

/** Shock waves: rings that widen and fade. */
export class Rings {
  readonly layer = new Container();
  #pool: Pool<Graphics>;
  #live: Ring[] = [];

  constructor() {
    const outline = new GraphicsContext().circle(0, 0, RING_RADIUS).stroke({ width: 2.2, color: 0xffffff });
    this.#pool = new Pool(this.layer, () => new Graphics({ context: outline, blendMode: 'add' }));
  }

  emit(x: number, y: number, reach: number, lifeMs: number, color: number): void {
    const drawn = this.#pool.take();
    drawn.position.set(x, y);
    drawn.tint = color;
    drawn.scale.set(0);
    this.#live.push({ drawn, ageMs: 0, lifeMs, reach });
  }

  update(dtMs: number): void {
    for (let i = this.#live.length - 1; i >= 0; i--) {
      const ring = this.#live[i]!;
      ring.ageMs += dtMs;
      const progress = ring.ageMs / ring.lifeMs;
      if (progress >= 1) {
        this.#pool.give(ring.drawn);
        this.#live[i] = this.#live[this.#live.length - 1]!;
        this.#live.pop();
        continue;
      }
      const eased = 1 - (1 - progress) ** 3;
      ring.drawn.scale.set((eased * ring.reach) / RING_RADIUS);
      ring.drawn.alpha = (1 - progress) * 0.8;
    }
  }
}
