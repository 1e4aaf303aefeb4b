import type { Moving, ShipMotion } from './bodies.ts';
import { snapPosition, snapVelocity } from './quantum.ts';
import { SHIP_RADIUS, SHOT_SPEED, TICK_RATE_HZ, WORLD_HEIGHT, WORLD_WIDTH } from './rules.ts';
import { cosine, sine } from './trig.ts';

/**
 * Puts `shot` at the nose of `ship`, flying: the same on the server and on the page that shows it before the server
 * has heard of it. Both call it right after the `stepShip` that fired.
 */
export function launchShot<S extends Moving>(ship: ShipMotion, shot: S): S {
  const along = cosine(ship.heading);
  const across = sine(ship.heading);
  shot.x = snapPosition(ship.x + along * SHIP_RADIUS);
  shot.y = snapPosition(ship.y + across * SHIP_RADIUS);
  shot.vx = snapVelocity(ship.vx + along * SHOT_SPEED);
  shot.vy = snapVelocity(ship.vy + across * SHOT_SPEED);
  return shot;
}

/** One tick of flight. @returns false when it left the world */
export function flyShot(shot: Moving): boolean {
  shot.x += shot.vx / TICK_RATE_HZ;
  shot.y += shot.vy / TICK_RATE_HZ;
  return shot.x >= 0 && shot.x <= WORLD_WIDTH && shot.y >= 0 && shot.y <= WORLD_HEIGHT;
}

/**
 * Key in `shots` of the shot that `owner` fired with its input number `inputSequence` (1 is the first it sent), so
 * that the owner's page knows the server's shot for the one it already shows.
 */
export function shotId(owner: string, inputSequence: number): string {
  return `${owner}:${inputSequence}`;
}

/** Key in `ships` of the ship that fired the shot with this key. */
export function shotOwner(shotId: string): string {
  return shotId.slice(0, shotId.lastIndexOf(':'));
}
