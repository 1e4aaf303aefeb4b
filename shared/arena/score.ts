import type { ShipBody } from './bodies.ts';
import { SCORE_MAX } from './rules.ts';

/** Stops at what a uint16 holds. */
export function addScore(ship: ShipBody, points: number): void {
  ship.score = Math.min(ship.score + points, SCORE_MAX);
}
