import { HEADING_UNITS } from './rules.ts';

/** Shortest way from one heading to another, -2048..2047 (1/4096 turns). */
export function headingDifference(from: number, to: number): number {
  const half = HEADING_UNITS / 2;
  const around = (to - from + half) % HEADING_UNITS;
  return (around < 0 ? around + HEADING_UNITS : around) - half;
}

/** The heading at `fraction` (0..1) of the shortest way; for drawing, so not rounded. */
export function headingBetween(from: number, to: number, fraction: number): number {
  return from + headingDifference(from, to) * fraction;
}

/** For drawing only: the simulation has sine() and cosine(). */
export function headingRadians(heading: number): number {
  return (heading * 2 * Math.PI) / HEADING_UNITS;
}
