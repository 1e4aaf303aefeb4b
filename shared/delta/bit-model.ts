/**
 * What is known of binary decisions that are alike: for each, the probability that the next one is 0, in 1/65,536.
 * Both sides of a stream hold the same models and let them learn from the same decisions.
 */
export type BitModels = Uint16Array;

/** A decision about which nothing is known. */
export const EVEN = 0x8000;

/** How fast a model follows: each decision moves it by 1/32 of the way. */
export const ADAPTATION = 5;

export function newBitModels(count: number): BitModels {
  return new Uint16Array(count).fill(EVEN);
}

/** Where a model goes that sees nothing but ones: it never gets to certainty. */
export const LEAST_CHANCE = 31;
/** Where it goes with nothing but zeros; it stops 31 before. */
export const MOST_CHANCE = 0x10000;
