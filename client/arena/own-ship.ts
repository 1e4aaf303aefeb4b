import type { InputHandle, Predict, Reconciler } from 'colyseus.js';
import type { ShipMotion } from '../../shared/arena/bodies.ts';
import { headingDifference, headingRadians } from '../../shared/arena/heading.ts';
import type { ArenaInput } from '../../shared/arena/input.ts';
import { PREDICTED_SHIP_FIELDS, stepShip } from '../../shared/arena/ship.ts';
import type { ArenaState, Ship } from '../../shared/arena/state.ts';
import type { Command } from './command.ts';

/** A correction is drawn as a glide that has closed 63 % of the way after this time. */
const GLIDE_MS = 70;
/** A farther correction is a respawn, not an error: cut, not glided. World units. */
const CUT_DISTANCE = 160;

/** The own ship as drawn in this frame. World units, units a second, radians. */
export interface OwnPose {
  x: number;
  y: number;
  vx: number;
  vy: number;
  /** 1/4096 turns, with a fraction. */
  heading: number;
  angle: number;
  thrusting: boolean;
}

/** @param inputSequence of the input that fired. @param ship as the shared step left it */
export type OnFire = (inputSequence: number, ship: ShipMotion) => void;

/**
 * The own ship, ahead of the server: every input that is sent moves it at once, and what the server makes of the same
 * input is compared when it comes back (the SDK's Reconciler).
 *
 * It is drawn from the predicted state and the part of the next tick that has passed, stepped with what is held right
 * now: a key press shows in the very next frame, whether or not a tick is due in it. The reconciler's own `value()`
 * draws between the last two ticks, one tick late, and would turn a heading the long way round past 0; for the same
 * two reasons corrections are smoothed here (its `smoothMs` is 0).
 */
export class OwnShip {
  readonly ship: Ship;
  readonly pose: OwnPose = { x: 0, y: 0, vx: 0, vy: 0, heading: 0, angle: 0, thrusting: false };
  /** Times the server's ship differed from the predicted one, since the page joined. */
  corrections = 0;

  #reconciler: Reconciler<ShipMotion>;
  #before: ShipMotion = emptyMotion();
  #ahead: ShipMotion = emptyMotion();
  #offsetX = 0;
  #offsetY = 0;
  #offsetHeading = 0;

  constructor(predict: Predict<ArenaState>, ship: Ship, input: InputHandle<ArenaInput>, onFire: OnFire) {
    this.ship = ship;
    this.#reconciler = predict.reconciler<ShipMotion, ArenaInput>(ship, {
      input,
      fields: PREDICTED_SHIP_FIELDS,
      smoothMs: 0,
      step: (context, motion, command) => {
        if (stepShip(motion, command) && !context.isReplay) onFire(context.tick, motion);
      },
    });
  }

  /** The predicted state, exact: one step for each input sent. */
  get predicted(): Readonly<ShipMotion> {
    return this.#reconciler.state;
  }

  /** Around `predict.tick()`, which does nothing to the own ship but correct it. Returns what {@link afterTick} needs. */
  beforeTick(): void {
    copyMotion(this.#reconciler.state, this.#before);
  }

  afterTick(dtMs: number): void {
    const rest = Math.exp(-dtMs / GLIDE_MS);
    this.#offsetX *= rest;
    this.#offsetY *= rest;
    this.#offsetHeading *= rest;

    const now = this.#reconciler.state;
    const before = this.#before;
    if (samePose(now, before)) return;
    this.corrections++;
    this.#offsetX += before.x - now.x;
    this.#offsetY += before.y - now.y;
    this.#offsetHeading += headingDifference(now.heading, before.heading);
    if (Math.hypot(this.#offsetX, this.#offsetY) > CUT_DISTANCE) {
      this.#offsetX = 0;
      this.#offsetY = 0;
      this.#offsetHeading = 0;
    }
  }

  /** Hot: once a frame. @param fraction of the next tick that has passed, 0 up to 1 */
  draw(command: Command, fraction: number): void {
    const now = this.#reconciler.state;
    const ahead = this.#ahead;
    copyMotion(now, ahead);
    stepShip(ahead, command);
    const pose = this.pose;
    pose.x = now.x + (ahead.x - now.x) * fraction + this.#offsetX;
    pose.y = now.y + (ahead.y - now.y) * fraction + this.#offsetY;
    pose.vx = now.vx + (ahead.vx - now.vx) * fraction;
    pose.vy = now.vy + (ahead.vy - now.vy) * fraction;
    pose.heading = now.heading + headingDifference(now.heading, ahead.heading) * fraction + this.#offsetHeading;
    pose.angle = headingRadians(pose.heading);
    pose.thrusting = ahead.thrusting;
  }

  /** The largest difference between the predicted ship and the server's last one, over position, velocity, heading. */
  drift(): number {
    const { ship } = this;
    const now = this.#reconciler.state;
    return Math.max(
      Math.abs(now.x - ship.x),
      Math.abs(now.y - ship.y),
      Math.abs(now.vx - ship.vx),
      Math.abs(now.vy - ship.vy),
      Math.abs(headingDifference(ship.heading, now.heading)),
    );
  }

  dispose(): void {
    this.#reconciler.dispose();
  }
}

function emptyMotion(): ShipMotion {
  return { x: 0, y: 0, vx: 0, vy: 0, heading: 0, thrusting: false, cooldown: 0, respawnIn: 0 };
}

function copyMotion(from: ShipMotion, to: ShipMotion): void {
  to.x = from.x;
  to.y = from.y;
  to.vx = from.vx;
  to.vy = from.vy;
  to.heading = from.heading;
  to.thrusting = from.thrusting;
  to.cooldown = from.cooldown;
  to.respawnIn = from.respawnIn;
}

function samePose(a: ShipMotion, b: ShipMotion): boolean {
  return a.x === b.x && a.y === b.y && a.vx === b.vx && a.vy === b.vy && a.heading === b.heading;
}
