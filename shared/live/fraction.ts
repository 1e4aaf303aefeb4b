/** A precision as a fraction of two integers where there is one, else over 1. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

const MAX_NUMERATOR = 2 ** 22;
const MAX_DECIMALS = 9;

/**
 * The fraction by which multiples of `precision` become the numbers a person would write: 3 of 0.01 are 3 / 100, which
 * is the double of the literal 0.03, where 3 * 0.01 is another. `k * numerator / denominator` rounds once, for `k` up to
 * 2^30.
 */
export function fractionOf(precision: number): Fraction {
  const reciprocal = Math.round(1 / precision);
  if (1 / reciprocal === precision) return { numerator: 1, denominator: reciprocal };
  for (let decimals = 0; decimals <= MAX_DECIMALS; decimals++) {
    const denominator = 10 ** decimals;
    const numerator = Math.round(precision * denominator);
    if (numerator <= MAX_NUMERATOR && numerator / denominator === precision) return { numerator, denominator };
  }
  return { numerator: precision, denominator: 1 };
}
