import { Container, type Texture } from 'pixi.js';
import { headingRadians } from '../../../shared/arena/heading.ts';
import { SHIP_RADIUS } from '../../../shared/arena/rules.ts';
import type { Ship } from '../../../shared/arena/state.ts';
import { AngleTrack } from '../angle-track.ts';
import type { OwnPose } from '../own-ship.ts';
import { shipColor } from '../palette.ts';
import type { Effects } from './effects.ts';
import type { Frame, Positions } from './frame.ts';
import { Label } from './labels.ts';
import { Pool } from './pool.ts';
import type { Radar } from './radar.ts';
import { ShipArt } from './ship-art.ts';
import { type ShipPose, ShipView } from './ship-view.ts';

/** Milliseconds between two puffs of an engine. */
const PUFF_MS = 26;

/** One ship as the page knows it. */
export interface ShownShip {
  readonly id: string;
  readonly ship: Ship;
  readonly own: boolean;
  readonly color: number;
  /** As drawn in the last frame. */
  readonly pose: ShipPose;
  /** Drawn at all: not a wreck. */
  alive: boolean;
  /** Hull that was drawn last, to see a hit. */
  hull: number;
  track: AngleTrack;
  view: ShipView;
  label: Label;
  nextPuffMs: number;
}

/** All ships, their names and their hulls. */
export class ShipLayer {
  readonly layer = new Container();
  readonly labels = new Container();
  /** In no particular order. */
  readonly ships: ShownShip[] = [];

  #views: Pool<ShipView>;
  #labels: Pool<Label>;
  #effects: Effects;
  #radar: Radar;

  constructor(glow: Texture, effects: Effects, radar: Radar) {
    const art = new ShipArt();
    this.#views = new Pool(this.layer, () => new ShipView(art, glow, SHIP_RADIUS));
    this.#labels = new Pool(this.labels, () => new Label());
    this.#effects = effects;
    this.#radar = radar;
  }

  add(id: string, ship: Ship, own: boolean): void {
    const color = shipColor(ship.color);
    const view = this.#views.take();
    view.color = color;
    const label = this.#labels.take();
    label.title(ship.name, color);
    const pose = { x: ship.x, y: ship.y, angle: headingRadians(ship.heading), thrusting: false };
    this.ships.push({
      id,
      ship,
      own,
      color,
      pose,
      alive: ship.respawnIn === 0,
      hull: ship.hull,
      track: new AngleTrack(),
      view,
      label,
      nextPuffMs: 0,
    });
  }

  remove(id: string): void {
    const index = this.ships.findIndex((shown) => shown.id === id);
    if (index < 0) return;
    const [shown] = this.ships.splice(index, 1);
    this.#views.give(shown!.view);
    this.#labels.give(shown!.label);
  }

  get(id: string): ShownShip | undefined {
    return this.ships.find((shown) => shown.id === id);
  }

  /** To be called after each update of the state. @param serverMs the update's time on the server */
  sample(serverMs: number): void {
    for (const { track, ship } of this.ships) track.push(serverMs, ship.heading);
  }

  /** The ship lost hull or came back, at the time that is drawn now. */
  settle(shown: ShownShip, hull: number, alive: boolean, stale: boolean): void {
    const { pose } = shown;
    if (!stale && shown.alive && !alive) {
      this.#effects.explosion(pose.x, pose.y, shown.color);
      if (shown.own) this.#effects.shake = 1;
    } else if (!stale && !shown.alive && alive) {
      this.#effects.sparkle(shown.ship.x, shown.ship.y, shown.color);
    } else if (hull < shown.hull) {
      shown.view.flash();
      if (shown.own) this.#effects.shake = Math.max(this.#effects.shake, 0.5);
    }
    shown.hull = hull;
    shown.alive = alive;
  }

  /** Hot: once a frame. @param own the own ship's pose, if it has one */
  update(frame: Frame, positions: Positions, own: OwnPose | undefined): void {
    for (const shown of this.ships) {
      const { pose, ship } = shown;
      if (shown.own && own !== undefined) {
        pose.x = own.x;
        pose.y = own.y;
        pose.angle = own.angle;
        pose.thrusting = own.thrusting;
      } else {
        pose.x = positions.x(ship);
        pose.y = positions.y(ship);
        pose.angle = headingRadians(shown.track.at(frame.drawnServerMs));
        pose.thrusting = ship.thrusting;
      }
      shown.view.visible = shown.alive;
      shown.label.visible = shown.alive;
      if (!shown.alive) continue;
      shown.view.show(pose, ship.shield > 0, frame.nowMs, frame.dtMs);
      shown.label.show(pose.x, pose.y, SHIP_RADIUS, shown.hull, frame.camera);
      this.#radar.dot(pose.x, pose.y, shown.own ? 8 : 6, shown.own ? 0xffffff : shown.color, 1);
      if (pose.thrusting) this.#puff(shown, frame.nowMs);
    }
  }

  #puff(shown: ShownShip, nowMs: number): void {
    if (nowMs < shown.nextPuffMs) return;
    shown.nextPuffMs = nowMs + PUFF_MS;
    const { x, y, angle } = shown.pose;
    const tailX = x - Math.cos(angle) * SHIP_RADIUS;
    const tailY = y - Math.sin(angle) * SHIP_RADIUS;
    this.#effects.exhaust(tailX, tailY, shown.ship.vx, shown.ship.vy, angle, shown.color);
  }
}
