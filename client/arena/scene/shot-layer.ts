import { Container, Graphics, GraphicsContext } from 'pixi.js';
import type { Moving } from '../../../shared/arena/bodies.ts';
import { SHIP_RADIUS, SHOT_LIFE_TICKS, SHOT_RADIUS, TICK_RATE_HZ } from '../../../shared/arena/rules.ts';
import { WORLD_HEIGHT, WORLD_WIDTH } from '../../../shared/arena/rules.ts';
import type { Shot } from '../../../shared/arena/state.ts';
import type { Effects } from './effects.ts';
import type { Frame, Positions } from './frame.ts';
import { Pool } from './pool.ts';
import type { RockLayer } from './rock-layer.ts';
import type { ShipLayer } from './ship-layer.ts';

const LIFE_MS = (SHOT_LIFE_TICKS * 1000) / TICK_RATE_HZ;

/** A shot that the own ship fired: flown by the page alone, from the tick of the input on. */
interface OwnShot extends Moving {
  id: string;
  ageMs: number;
  /** The server has it too. */
  confirmed: boolean;
  /** It met something on this screen, this long ago; NaN if it did not. */
  struckMs: number;
  color: number;
  view: Graphics;
}

/** A shot of somebody else, drawn in the past like its gunner. */
interface OtherShot {
  id: string;
  shot: Shot;
  /** When to begin to draw it: before, its gunner is not drawn where he fired it. */
  fromMs: number;
  gone: boolean;
  color: number;
  view: Graphics;
}

/**
 * Shots. The own ones are drawn at once and on the own ship's time, and end on this screen at what they meet on it:
 * the server judges a shot by what its gunner saw, so it nearly always agrees. If it does not know of the shot in time
 * the shot ends; if it says that a shot which met something here still flies, the shot is drawn again.
 */
export class ShotLayer {
  readonly layer = new Container();

  #views: Pool<Graphics>;
  #own: OwnShot[] = [];
  #others: OtherShot[] = [];
  #effects: Effects;
  #ships: ShipLayer;
  #rocks: RockLayer;

  constructor(effects: Effects, ships: ShipLayer, rocks: RockLayer) {
    const bolt = new GraphicsContext()
      .roundRect(-16, -2.6, 24, 5.2, 2.6)
      .fill({ color: 0xffffff, alpha: 0.4 })
      .roundRect(-9, -1.7, 16, 3.4, 1.7)
      .fill(0xffffff);
    this.#views = new Pool(this.layer, () => new Graphics({ context: bolt, blendMode: 'add' }));
    this.#effects = effects;
    this.#ships = ships;
    this.#rocks = rocks;
  }

  /** The own ship fired. @param id what the server will call the shot */
  predict(id: string, shot: Moving, color: number): void {
    const { x, y, vx, vy } = shot;
    const view = this.#take(vx, vy, color);
    view.position.set(x, y);
    this.#own.push({ id, x, y, vx, vy, ageMs: 0, confirmed: false, struckMs: NaN, color, view });
    this.#effects.muzzle(x, y, color);
  }

  /** The server has a new shot. @param fromMs when to begin to draw it, if it is not one that is drawn already */
  add(id: string, shot: Shot, fromMs: number, color: number): void {
    const own = this.#own.find((candidate) => candidate.id === id);
    if (own !== undefined) {
      own.confirmed = true;
      return;
    }
    const view = this.#take(shot.vx, shot.vy, color);
    view.visible = false;
    this.#others.push({ id, shot, fromMs, gone: false, color, view });
  }

  /** The server's shot of this id ended. @returns what is to be given to {@link end} when the picture has come to it */
  retire(id: string): OtherShot | undefined {
    const index = this.#own.findIndex((candidate) => candidate.id === id);
    if (index >= 0) {
      this.#dropOwn(index, true);
      return undefined;
    }
    const other = this.#others.find((candidate) => candidate.id === id && !candidate.gone);
    if (other !== undefined) other.gone = true;
    return other;
  }

  end(other: OtherShot, stale: boolean): void {
    const index = this.#others.indexOf(other);
    if (index < 0) return;
    this.#others.splice(index, 1);
    const { view } = other;
    if (!stale && view.visible && this.#nearSomething(view.x, view.y)) {
      this.#effects.impact(view.x, view.y, other.color);
    }
    this.#views.give(view);
  }

  /** Hot: once a frame. @param patienceMs how long the server may take to know a shot of the own ship */
  update(frame: Frame, positions: Positions, patienceMs: number): void {
    const seconds = frame.dtMs / 1000;
    for (let i = this.#own.length - 1; i >= 0; i--) this.#fly(i, seconds, frame.dtMs, patienceMs);
    for (const other of this.#others) {
      const { view, shot } = other;
      if (other.gone) {
        view.position.set(view.x + shot.vx * seconds, view.y + shot.vy * seconds);
      } else {
        view.visible = frame.nowMs >= other.fromMs;
        view.position.set(positions.x(shot), positions.y(shot));
      }
    }
  }

  #fly(index: number, seconds: number, dtMs: number, patienceMs: number): void {
    const shot = this.#own[index]!;
    const { view } = shot;
    shot.ageMs += dtMs;
    shot.x += shot.vx * seconds;
    shot.y += shot.vy * seconds;
    view.position.set(shot.x, shot.y);
    const outside = shot.x < 0 || shot.x > WORLD_WIDTH || shot.y < 0 || shot.y > WORLD_HEIGHT;
    if (shot.ageMs > LIFE_MS || outside || (!shot.confirmed && shot.ageMs > patienceMs)) {
      this.#dropOwn(index, false);
      return;
    }
    if (Number.isNaN(shot.struckMs)) {
      if (!this.#meets(shot)) return;
      shot.struckMs = 0;
      view.visible = false;
      this.#effects.impact(shot.x, shot.y, shot.color);
      return;
    }
    shot.struckMs += dtMs;
    if (shot.confirmed && shot.struckMs > patienceMs) view.visible = true;
  }

  /** @param met whether it ended at something, not by itself */
  #dropOwn(index: number, met: boolean): void {
    const [shot] = this.#own.splice(index, 1);
    if (met && shot!.view.visible && this.#nearSomething(shot!.x, shot!.y)) {
      this.#effects.impact(shot!.x, shot!.y, shot!.color);
    }
    this.#views.give(shot!.view);
  }

  #meets(at: { x: number; y: number }): boolean {
    for (const { own, alive, pose } of this.#ships.ships) {
      if (!own && alive && within(at.x - pose.x, at.y - pose.y, SHIP_RADIUS + SHOT_RADIUS)) return true;
    }
    for (const { view, radius } of this.#rocks.rocks) {
      if (view.visible && within(at.x - view.x, at.y - view.y, radius + SHOT_RADIUS)) return true;
    }
    return false;
  }

  /** Whether a shot that ended here met something; if not it had flown its way, or left the arena. */
  #nearSomething(x: number, y: number): boolean {
    for (const { pose } of this.#ships.ships) if (within(x - pose.x, y - pose.y, 4 * SHIP_RADIUS)) return true;
    for (const { view, radius } of this.#rocks.rocks) if (within(x - view.x, y - view.y, radius + 48)) return true;
    return false;
  }

  #take(vx: number, vy: number, color: number): Graphics {
    const view = this.#views.take();
    view.tint = color;
    view.rotation = Math.atan2(vy, vx);
    return view;
  }
}

function within(dx: number, dy: number, reach: number): boolean {
  return dx * dx + dy * dy <= reach * reach;
}
