import { Container, Sprite, Text, Texture } from 'pixi.js';
import { hullColor, TEXT } from '../palette.ts';
import type { Camera } from './camera.ts';

const BAR_WIDTH_PX = 44;
const BAR_HEIGHT_PX = 4;
/** Gap between the ship's rim and its bar. */
const GAP_PX = 12;

/** A ship's name and hull above it, in screen pixels: as large and as crisp at every zoom. */
export class Label extends Container {
  #name: Text;
  #bar: Sprite;
  #shown = '';

  constructor() {
    super();
    this.#name = new Text({
      text: '',
      anchor: { x: 0.5, y: 1 },
      resolution: Math.max(2, window.devicePixelRatio),
      style: { fontFamily: 'system-ui, sans-serif', fontSize: 13, fontWeight: '600', fill: TEXT },
    });
    this.#name.position.set(0, -BAR_HEIGHT_PX - 3);
    const ground = new Sprite({ texture: Texture.WHITE, tint: 0x000000, alpha: 0.55 });
    ground.position.set(-BAR_WIDTH_PX / 2 - 1, -BAR_HEIGHT_PX - 1);
    ground.setSize(BAR_WIDTH_PX + 2, BAR_HEIGHT_PX + 2);
    this.#bar = new Sprite(Texture.WHITE);
    this.#bar.position.set(-BAR_WIDTH_PX / 2, -BAR_HEIGHT_PX);
    this.addChild(ground, this.#bar, this.#name);
  }

  /** @param color of the name */
  title(name: string, color: number): void {
    this.#name.tint = color;
    if (name === this.#shown) return;
    this.#shown = name;
    this.#name.text = name;
  }

  /** Hot: once a ship and frame. @param hull 0 to 100. @param radius the ship's, world units */
  show(x: number, y: number, radius: number, hull: number, camera: Camera): void {
    // Whole pixels: text between pixels is blurred.
    this.position.set(Math.round(camera.screenX(x)), Math.round(camera.screenY(y) - radius * camera.zoom - GAP_PX));
    this.#bar.setSize((BAR_WIDTH_PX * hull) / 100, BAR_HEIGHT_PX);
    this.#bar.tint = hullColor(hull);
  }
}
