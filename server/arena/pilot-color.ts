import { COLOR_COUNT } from '../../shared/arena/rules.ts';

/** The colour asked for if nobody has it, otherwise the first of those that the fewest have. */
export function pilotColor(wanted: unknown, taken: Iterable<number>): number {
  const wearers = new Array<number>(COLOR_COUNT).fill(0);
  for (const color of taken) wearers[color]! += 1;
  if (Number.isInteger(wanted) && wearers[wanted as number] === 0) return wanted as number;
  return wearers.indexOf(Math.min(...wearers));
}
