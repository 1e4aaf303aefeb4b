import { Container, Graphics } from 'pixi.js';
import type { Pickup } from '../../../shared/arena/state.ts';
import { PICKUP_COLORS } from '../palette.ts';
import type { Effects } from './effects.ts';
import type { Frame } from './frame.ts';
import { pickupArt } from './pickup-art.ts';
import { Pool } from './pool.ts';
import type { Radar } from './radar.ts';

interface ShownPickup {
  id: string;
  color: number;
  view: Graphics;
}

/** Pickups lie still; they breathe a little, so that they are seen. */
export class PickupLayer {
  readonly layer = new Container();

  #art = pickupArt();
  #views = new Pool(this.layer, () => new Graphics());
  #shown: ShownPickup[] = [];
  #effects: Effects;
  #radar: Radar;

  constructor(effects: Effects, radar: Radar) {
    this.#effects = effects;
    this.#radar = radar;
  }

  add(id: string, pickup: Pickup): void {
    const kind = pickup.kind % this.#art.length;
    const view = this.#views.take();
    view.context = this.#art[kind]!;
    view.position.set(pickup.x, pickup.y);
    this.#shown.push({ id, color: PICKUP_COLORS[kind]!, view });
  }

  remove(id: string): void {
    const index = this.#shown.findIndex((shown) => shown.id === id);
    if (index < 0) return;
    const [shown] = this.#shown.splice(index, 1);
    this.#effects.sparkle(shown!.view.x, shown!.view.y, shown!.color);
    this.#views.give(shown!.view);
  }

  /** Hot: once a frame. */
  update(frame: Frame): void {
    for (const { view, color } of this.#shown) {
      view.scale.set(1 + 0.07 * Math.sin(frame.nowMs * 0.004 + view.x));
      this.#radar.dot(view.x, view.y, 4, color, 0.9);
    }
  }
}
