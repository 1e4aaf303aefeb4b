import { ROCK_COUNT } from './rules.ts';

/** How many rocks an arena has at least: an integer, 0..14. Anything else a creator of a room sends is 14. */
export function rocksOption(raw: unknown): number {
  return Number.isInteger(raw) && (raw as number) >= 0 && (raw as number) <= ROCK_COUNT ? (raw as number) : ROCK_COUNT;
}
