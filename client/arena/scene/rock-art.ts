import { GraphicsContext } from 'pixi.js';
import { ROCK_EDGE, ROCK_FILL } from '../palette.ts';
import { seededRandom } from './seeded-random.ts';

const CORNERS = 12;

/** Rock outlines, one for each shape and size that was seen; all rocks of a kind share one. */
export class RockArt {
  #contexts = new Map<number, GraphicsContext>();

  /** @param radius world units, at most 255. @param shape which outline */
  outline(shape: number, radius: number): GraphicsContext {
    const key = shape * 256 + radius;
    let context = this.#contexts.get(key);
    if (context === undefined) {
      context = drawRock(shape, radius);
      this.#contexts.set(key, context);
    }
    return context;
  }
}

function drawRock(shape: number, radius: number): GraphicsContext {
  const random = seededRandom(shape * 7919 + 17);
  const corners: number[] = [];
  for (let i = 0; i < CORNERS; i++) {
    const angle = ((i + (random() - 0.5) * 0.6) / CORNERS) * 2 * Math.PI;
    const reach = radius * (0.84 + random() * 0.26);
    corners.push(Math.cos(angle) * reach, Math.sin(angle) * reach);
  }
  const context = new GraphicsContext()
    .poly(corners)
    .fill(ROCK_FILL)
    .poly(corners)
    .stroke({ width: Math.max(1.6, radius / 22), color: ROCK_EDGE, join: 'round', alignment: 0.5 });
  for (let i = 0; i < 4; i++) {
    const angle = random() * 2 * Math.PI;
    const away = radius * (0.15 + random() * 0.45);
    const size = radius * (0.08 + random() * 0.13);
    context
      .circle(Math.cos(angle) * away, Math.sin(angle) * away, size)
      .fill({ color: 0x0d1220, alpha: 0.7 })
      .circle(Math.cos(angle) * away, Math.sin(angle) * away, size)
      .stroke({ width: 1, color: ROCK_EDGE, alpha: 0.28 });
  }
  return context;
}
