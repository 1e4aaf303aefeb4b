import { Container, Graphics, Sprite, type Texture } from 'pixi.js';
import { BORDER } from '../palette.ts';

const MARGIN_PX = 16;
const MAX_SIDE_PX = 150;
const MIN_SIDE_PX = 84;
const MOST_DOTS = 64;

/** A small map of the whole arena in the lower right corner; upper right on small screens, where thumbs are below. */
export class Radar {
  /** Not seen before there is something on it. */
  readonly layer = new Container({ visible: false });

  #frame = new Graphics();
  #dots: Sprite[] = [];
  #used = 0;
  #scale = 1;
  #worldWidth: number;
  #worldHeight: number;

  constructor(dot: Texture, worldWidth: number, worldHeight: number) {
    this.#worldWidth = worldWidth;
    this.#worldHeight = worldHeight;
    this.layer.addChild(this.#frame);
    for (let i = 0; i < MOST_DOTS; i++) {
      this.#dots.push(this.layer.addChild(new Sprite({ texture: dot, anchor: 0.5, visible: false })));
    }
  }

  resize(widthPx: number, heightPx: number): void {
    const small = widthPx <= 700 || heightPx <= 500; // as in style.css
    const side = Math.max(MIN_SIDE_PX, Math.min(MAX_SIDE_PX, Math.min(widthPx, heightPx) * 0.2));
    this.#scale = side / Math.max(this.#worldWidth, this.#worldHeight);
    const width = this.#worldWidth * this.#scale;
    const height = this.#worldHeight * this.#scale;
    this.layer.position.set(
      Math.round(widthPx - width - MARGIN_PX),
      small ? 64 : Math.round(heightPx - height - MARGIN_PX),
    );
    this.#frame
      .clear()
      .roundRect(-4, -4, width + 8, height + 8, 7)
      .fill({ color: 0x0d1426, alpha: 0.72 })
      .stroke({ width: 1, color: BORDER, alpha: 0.45 });
  }

  /** Begins a frame: no dots. */
  begin(): void {
    this.#used = 0;
    this.layer.visible = true;
  }

  /** @param sizePx of the dot's bright part */
  dot(x: number, y: number, sizePx: number, color: number, alpha: number): void {
    const sprite = this.#dots[this.#used];
    if (sprite === undefined) return;
    this.#used++;
    sprite.visible = true;
    sprite.position.set(x * this.#scale, y * this.#scale);
    sprite.setSize(sizePx * 2);
    sprite.tint = color;
    sprite.alpha = alpha;
  }

  end(): void {
    for (let i = this.#used; i < MOST_DOTS && this.#dots[i]!.visible; i++) this.#dots[i]!.visible = false;
  }
}
