import { MAX_SHIPS } from '../../shared/arena/rules.ts';

export const DEFAULT_BOTS = 6;
export const MAX_BOTS = MAX_SHIPS - 1;

/** How many bots a lone visitor meets: an integer, 0..15. Anything else a creator of a room sends is the default. */
export function botsOption(raw: unknown): number {
  return Number.isInteger(raw) && (raw as number) >= 0 && (raw as number) <= MAX_BOTS ? (raw as number) : DEFAULT_BOTS;
}

/** Bots beside `people`: each person after the first takes the place of one, and there are never more than 16 ships. */
export function botsBeside(people: number, bots: number): number {
  return Math.max(Math.min(bots - Math.max(people - 1, 0), MAX_SHIPS - people), 0);
}
