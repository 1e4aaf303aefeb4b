import { Container, Graphics, Sprite, type Texture } from 'pixi.js';
import { BORDER, GRID } from '../palette.ts';
import type { Camera } from './camera.ts';
import type { Quality } from './quality.ts';
import { seededRandom } from './seeded-random.ts';
import { MIST_PX, mistTexture } from './textures.ts';

/** World units between two grid lines. */
const GRID_STEP = 100;
/** Stars a million pixels of window, and how much of the camera's movement they show: the near ones more. */
const STARS = [
  { count: 90, depth: 0.08, sizePx: 1.7 },
  { count: 40, depth: 0.2, sizePx: 2.6 },
  { count: 16, depth: 0.4, sizePx: 3.6 },
] as const;
const MIST_DEPTH = 0.12;

interface Star {
  sprite: Sprite;
  /** Share of the window's width and height. */
  x: number;
  y: number;
  depth: number;
}

/** Mist and stars that slide by slower than the world, and the arena's grid and border. */
export class Backdrop {
  /** Behind the world, in screen pixels. */
  readonly sky = new Container();
  /** Part of the world, in world units. */
  readonly floor = new Container();

  #stars: Star[] = [];
  #mist: Sprite | undefined;
  #dot: Texture;
  #width: number;
  #height: number;

  /** @param width,height the arena's, world units. @param dot a soft white disc */
  constructor(width: number, height: number, dot: Texture, quality: Quality) {
    this.#width = width;
    this.#height = height;
    this.#dot = dot;
    if (quality === 'full') {
      this.#mist = new Sprite({ texture: mistTexture(7), anchor: 0.5 });
      this.sky.addChild(this.#mist);
    }
    const grid = new Graphics();
    for (let x = GRID_STEP; x < width; x += GRID_STEP) grid.moveTo(x, 0).lineTo(x, height);
    for (let y = GRID_STEP; y < height; y += GRID_STEP) grid.moveTo(0, y).lineTo(width, y);
    grid.stroke({ width: 1.2, color: GRID, alpha: 0.3 });
    const border = new Graphics()
      .rect(0, 0, width, height)
      .stroke({ width: 14, color: BORDER, alpha: 0.1 })
      .rect(0, 0, width, height)
      .stroke({ width: 3, color: BORDER, alpha: 0.8 });
    this.floor.addChild(grid, border);
  }

  resize(widthPx: number, heightPx: number): void {
    for (const { sprite } of this.#stars) sprite.destroy();
    this.#stars.length = 0;
    const random = seededRandom(11);
    for (const { count, depth, sizePx } of STARS) {
      const wanted = Math.ceil((count * widthPx * heightPx) / 1e6);
      for (let i = 0; i < wanted; i++) this.#addStar(random, depth, sizePx);
    }
  }

  /** Hot: once a frame. */
  update(camera: Camera): void {
    const { widthPx, heightPx, zoom } = camera;
    for (const { sprite, x, y, depth } of this.#stars) {
      // What leaves on one side comes back on the other.
      sprite.position.set(
        wrap(x * widthPx - camera.x * depth * zoom, widthPx),
        wrap(y * heightPx - camera.y * depth * zoom, heightPx),
      );
    }
    const mist = this.#mist;
    if (mist === undefined) return;
    // Large enough to cover the window at either end of the arena.
    const coverX = widthPx + this.#width * MIST_DEPTH * zoom;
    const coverY = heightPx + this.#height * MIST_DEPTH * zoom;
    mist.scale.set(Math.max(coverX, coverY) / MIST_PX);
    mist.position.set(
      widthPx / 2 - (camera.x - this.#width / 2) * MIST_DEPTH * zoom,
      heightPx / 2 - (camera.y - this.#height / 2) * MIST_DEPTH * zoom,
    );
  }

  #addStar(random: () => number, depth: number, sizePx: number): void {
    const sprite = new Sprite({ texture: this.#dot, anchor: 0.5 });
    sprite.setSize(sizePx * (0.6 + 0.8 * random()) * 2);
    sprite.alpha = 0.3 + random() * 0.6;
    sprite.tint = random() < 0.3 ? 0xaecbff : 0xe6ecff;
    this.sky.addChild(sprite);
    this.#stars.push({ sprite, x: random(), y: random(), depth });
  }
}

function wrap(value: number, size: number): number {
  return value - Math.floor(value / size) * size;
}
