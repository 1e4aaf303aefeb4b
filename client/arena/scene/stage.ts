// PixiJS compiles its shader helpers with `new Function` unless this is loaded; the page's policy forbids that.
import 'pixi.js/unsafe-eval';
import { Container, WebGLRenderer } from 'pixi.js';
import { SPACE } from '../palette.ts';
import type { Camera } from './camera.ts';
import type { Quality } from './quality.ts';

/** More pixels than this a CSS pixel cost frames and show nothing. */
const MOST_PIXELS = 2;
/** Camera shake at full strength, CSS pixels. */
const SHAKE_PX = 9;

/** The canvas: a sky and screen layers in CSS pixels, and between them the world under the camera. */
export class Stage {
  readonly sky = new Container();
  /** In world units. */
  readonly world = new Container();
  /** Over the world, in CSS pixels. */
  readonly screen = new Container();

  #renderer: WebGLRenderer;
  #root = new Container();
  #camera: Camera;
  #onResize: (widthPx: number, heightPx: number) => void = () => {};

  /** @throws if the browser has no WebGL */
  static async open(canvas: HTMLCanvasElement, camera: Camera, quality: Quality): Promise<Stage> {
    const renderer = new WebGLRenderer();
    await renderer.init({
      canvas,
      antialias: quality === 'full',
      autoDensity: true,
      backgroundColor: SPACE,
      resolution: Math.min(MOST_PIXELS, window.devicePixelRatio),
      powerPreference: 'high-performance',
      skipExtensionImports: true,
    });
    return new Stage(renderer, camera);
  }

  constructor(renderer: WebGLRenderer, camera: Camera) {
    this.#renderer = renderer;
    this.#camera = camera;
    this.#root.addChild(this.sky, this.world, this.screen);
    window.addEventListener('resize', () => this.#fit());
  }

  /** Calls `listener` now and whenever the window changes its size. CSS pixels. */
  onResize(listener: (widthPx: number, heightPx: number) => void): void {
    this.#onResize = listener;
    this.#fit();
  }

  /** Hot: once a frame. @param shake 0 to 1 */
  draw(shake: number): void {
    const camera = this.#camera;
    const reach = shake * SHAKE_PX;
    this.world.scale.set(camera.zoom);
    this.world.position.set(
      camera.screenX(0) + (Math.random() - 0.5) * reach,
      camera.screenY(0) + (Math.random() - 0.5) * reach,
    );
    this.#renderer.render({ container: this.#root });
  }

  #fit(): void {
    const { innerWidth, innerHeight } = window;
    this.#renderer.resize(innerWidth, innerHeight, Math.min(MOST_PIXELS, window.devicePixelRatio));
    this.#camera.resize(innerWidth, innerHeight);
    this.#onResize(innerWidth, innerHeight);
  }
}
