import { headingDifference } from '../../shared/arena/heading.ts';
import { HEADING_UNITS, SHIP_TURN } from '../../shared/arena/rules.ts';
import type { Command } from './command.ts';

/** A thumb nearer to its start than this steers nowhere. Share of the stick's radius. */
const DEAD_ZONE = 0.22;
/** From here outwards the stick also thrusts. */
const THRUST_ZONE = 0.62;

/**
 * A thumb stick points where the nose shall go: turns `command` the short way to that direction, thrusts when pushed out.
 *
 * @param x,y the thumb's distance from its start, 1 at the stick's rim; y grows downwards
 * @param heading the own ship's, in 1/4096 turns
 */
export function steer(command: Command, x: number, y: number, heading: number): void {
  const reach = Math.hypot(x, y);
  if (reach < DEAD_ZONE) return;
  const turn = headingDifference(heading, headingOf(x, y));
  // Nearer than half a tick's turn counts as there, or the nose would tremble.
  if (Math.abs(turn) > SHIP_TURN / 2) command.turn = Math.sign(turn);
  command.thrust ||= reach > THRUST_ZONE;
}

/** The direction of a vector, 0 up to (not including) 4096. */
export function headingOf(x: number, y: number): number {
  const heading = Math.round((Math.atan2(y, x) / (2 * Math.PI)) * HEADING_UNITS);
  return (heading + HEADING_UNITS) % HEADING_UNITS;
}
