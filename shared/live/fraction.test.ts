import { describe, expect, it } from '@jest/globals';
import { fractionOf } from './fraction.ts';

describe('fractionOf', () => {
  it.each([
    [0.01, 1, 100],
    [0.05, 1, 20],
    [1 / 128, 1, 128],
    [1 / 3, 1, 3],
    [1, 1, 1],
    [5, 5, 1],
    [0.3, 3, 10],
    [2.5, 25, 10],
    [0.375, 375, 1_000],
    [1e-15, 1, 1e15],
    [Math.PI, Math.PI, 1],
  ])('%d is %d / %d', (precision, numerator, denominator) => {
    expect(fractionOf(precision)).toEqual({ numerator, denominator });
  });

  it.each([0.01, 0.05, 0.025, 0.3, 0.7, 1.1])(
    'makes the literals that people write of multiples of %d',
    (precision) => {
      const { numerator, denominator } = fractionOf(precision);
      const decimals = String(precision).split('.')[1]!.length;
      for (let k = -5_000; k <= 5_000; k++) {
        expect((k * numerator) / denominator).toBe(
          Number(((k * Math.round(precision * 1_000)) / 1_000).toFixed(decimals)) + 0,
        );
      }
    },
  );
});
