import { WORLD_HEIGHT, WORLD_WIDTH } from '../../../shared/arena/rules.ts';
import { Backdrop } from './backdrop.ts';
import { Camera } from './camera.ts';
import { Effects } from './effects.ts';
import type { Frame, Positions } from './frame.ts';
import type { OwnPose } from '../own-ship.ts';
import { PickupLayer } from './pickup-layer.ts';
import { detectQuality, type Quality } from './quality.ts';
import { Radar } from './radar.ts';
import { RockLayer } from './rock-layer.ts';
import { ShipLayer } from './ship-layer.ts';
import { ShotLayer } from './shot-layer.ts';
import { Stage } from './stage.ts';
import { glowTexture } from './textures.ts';

/** The whole picture: puts the layers one over the other and draws them from one pose of the world. */
export class Scene {
  readonly camera: Camera;
  readonly effects: Effects;
  readonly ships: ShipLayer;
  readonly rocks: RockLayer;
  readonly shots: ShotLayer;
  readonly pickups: PickupLayer;

  #stage: Stage;
  #backdrop: Backdrop;
  #radar: Radar;

  static async open(canvas: HTMLCanvasElement): Promise<Scene> {
    const camera = new Camera();
    const quality = detectQuality();
    return new Scene(await Stage.open(canvas, camera, quality), camera, quality);
  }

  constructor(stage: Stage, camera: Camera, quality: Quality) {
    const glow = glowTexture();
    this.#stage = stage;
    this.camera = camera;
    this.#backdrop = new Backdrop(WORLD_WIDTH, WORLD_HEIGHT, glow, quality);
    this.effects = new Effects(glow);
    this.#radar = new Radar(glow, WORLD_WIDTH, WORLD_HEIGHT);
    this.ships = new ShipLayer(glow, this.effects, this.#radar);
    this.rocks = new RockLayer(this.effects, this.#radar);
    this.pickups = new PickupLayer(this.effects, this.#radar);
    this.shots = new ShotLayer(this.effects, this.ships, this.rocks);
    stage.sky.addChild(this.#backdrop.sky);
    stage.world.addChild(
      this.#backdrop.floor,
      this.pickups.layer,
      this.rocks.layer,
      this.shots.layer,
      this.ships.layer,
      this.effects.layer,
    );
    stage.screen.addChild(this.ships.labels, this.#radar.layer);
    stage.onResize((widthPx, heightPx) => {
      this.#backdrop.resize(widthPx, heightPx);
      this.#radar.resize(widthPx, heightPx);
    });
    camera.follow(WORLD_WIDTH / 2, WORLD_HEIGHT / 2, 0, 0, 0);
  }

  /** The arena without anybody, while the page waits. */
  drawEmpty(): void {
    this.#backdrop.update(this.camera);
    this.#stage.draw(0);
  }

  /** Hot: once a frame. @param own the own ship, if there is one. @param patienceMs see `ShotLayer.update` */
  draw(frame: Frame, positions: Positions, own: OwnPose | undefined, patienceMs: number): void {
    if (own !== undefined) this.camera.follow(own.x, own.y, own.vx, own.vy, frame.dtMs);
    this.#radar.begin();
    this.rocks.update(frame, positions);
    this.pickups.update(frame);
    this.ships.update(frame, positions, own);
    this.#radar.end();
    this.shots.update(frame, positions, patienceMs);
    this.effects.update(frame.dtMs);
    this.#backdrop.update(this.camera);
    this.#stage.draw(this.effects.shake);
  }
}
