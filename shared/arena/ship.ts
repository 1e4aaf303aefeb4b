import type { Controls, ShipMotion } from './bodies.ts';
import { dampVelocity, snapVelocity } from './quantum.ts';
import {
  BORDER_BOUNCE,
  HEADING_UNITS,
  SHIP_DRAG,
  SHIP_RADIUS,
  SHIP_THRUST,
  SHIP_TURN,
  SHOT_COOLDOWN_TICKS,
  TICK_RATE_HZ,
  WORLD_HEIGHT,
  WORLD_WIDTH,
} from './rules.ts';
import { cosine, sine } from './trig.ts';

/**
 * Everything that {@link stepShip} reads or writes: the `fields` of a client's reconciler.
 * Hull, shield and score are the server's alone and are read off the decoded ship.
 */
export const PREDICTED_SHIP_FIELDS = [
  'x',
  'y',
  'vx',
  'vy',
  'heading',
  'thrusting',
  'cooldown',
  'respawnIn',
] as const satisfies readonly (keyof ShipMotion)[];

/**
 * One tick of one ship, by its own fields and its pilot's input alone: the server calls it for every ship, and a
 * client for its own ship, ahead of the server. Called once for each input, it gives both sides the same bits.
 *
 * A wreck drifts, deaf to its pilot. It counts down to 1 and waits: the server alone knows where the new ship appears.
 *
 * @returns whether the gun fired; the shot is `launchShot(ship)`, after this step
 */
export function stepShip(ship: ShipMotion, input: Controls): boolean {
  const flying = ship.respawnIn === 0;
  if (ship.respawnIn > 1) ship.respawnIn -= 1;
  if (ship.cooldown > 0) ship.cooldown -= 1;

  if (flying && input.turn !== 0) {
    // Compared, not multiplied: whatever number a peer sends, a ship turns no faster.
    const turn = input.turn > 0 ? SHIP_TURN : HEADING_UNITS - SHIP_TURN;
    ship.heading = (ship.heading + turn) % HEADING_UNITS;
  }
  ship.thrusting = flying && input.thrust;
  moveShip(ship);

  if (!flying || !input.fire || ship.cooldown > 0) return false;
  ship.cooldown = SHOT_COOLDOWN_TICKS;
  return true;
}

function moveShip(ship: ShipMotion): void {
  let { vx, vy } = ship;
  if (ship.thrusting) {
    vx += cosine(ship.heading) * SHIP_THRUST;
    vy += sine(ship.heading) * SHIP_THRUST;
  }
  // Under thrust to the nearest, lest rounding bend the course; without it towards zero, lest the ship never rest.
  const settle = ship.thrusting ? snapVelocity : dampVelocity;
  vx = settle(vx * SHIP_DRAG);
  vy = settle(vy * SHIP_DRAG);
  let x = ship.x + vx / TICK_RATE_HZ;
  let y = ship.y + vy / TICK_RATE_HZ;

  if (x < SHIP_RADIUS || x > WORLD_WIDTH - SHIP_RADIUS) {
    x = x < SHIP_RADIUS ? SHIP_RADIUS : WORLD_WIDTH - SHIP_RADIUS;
    vx = dampVelocity(-vx * BORDER_BOUNCE);
  }
  if (y < SHIP_RADIUS || y > WORLD_HEIGHT - SHIP_RADIUS) {
    y = y < SHIP_RADIUS ? SHIP_RADIUS : WORLD_HEIGHT - SHIP_RADIUS;
    vy = dampVelocity(-vy * BORDER_BOUNCE);
  }
  ship.x = x;
  ship.y = y;
  ship.vx = vx;
  ship.vy = vy;
}
