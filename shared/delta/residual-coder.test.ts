import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '../../test/support/random.ts';
import { newBitModels } from './bit-model.ts';
import { FINE } from './predictor.ts';
import { RangeCoder } from './range-coder.ts';
import { codeResidual, RESIDUAL_MODELS } from './residual-coder.ts';

/** Not 0, so that models beside a number's own show. */
const FIRST = 5;
const newModels = () => newBitModels(FIRST + RESIDUAL_MODELS + 2);

interface Case {
  residual: number;
  fraction: number;
  noise: number;
  steady: boolean;
}

function write(cases: readonly Case[], models = newModels()): Uint8Array {
  const coder = new RangeCoder();
  coder.write();
  for (const { residual, fraction, noise, steady } of cases) {
    expect(codeResidual(coder, models, FIRST, residual, fraction, noise, steady) + 0).toBe(residual);
  }
  return coder.end().slice();
}

function read(bytes: Uint8Array, cases: readonly Case[], models = newModels()): number[] {
  const coder = new RangeCoder();
  coder.read(bytes, 0, bytes.length);
  const residuals = cases.map(
    ({ fraction, noise, steady }) => codeResidual(coder, models, FIRST, 0, fraction, noise, steady) + 0,
  );
  coder.finish();
  return residuals;
}

/** Two values differ by 2^30 at most, and what is predicted of a change lies within 2^23. */
const MOST = 2 ** 30 + 2 ** 23;
const powers = Array.from({ length: 31 }, (_, i) => 2 ** i);
const residual = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -60, max: 60 }),
  fc.integer({ min: -MOST, max: MOST }),
  fc.constantFrom(...powers.flatMap((power) => [power, -power, power - 1, 1 - power])),
);
const noise = fc.oneof(fc.nat(2_000), fc.nat(2 ** 30), fc.constantFrom(0, ...powers, ...powers.map((n) => n - 1)));
const anyCase = fc.record({
  residual,
  fraction: fc.oneof(fc.integer({ min: -128, max: 128 }), fc.constantFrom(-128, -127, -1, 0, 1, 127, 128)),
  noise,
  steady: fc.boolean(),
});

/** Bits for each of so many residuals, once the models know them. */
function bitsEach(random: Random, next: (random: Random) => Case): number {
  const models = newModels();
  const cases = (count: number) => Array.from({ length: count }, () => next(random));
  write(cases(2_000), models);
  return (write(cases(4_000), models).length * 8) / 4_000;
}

describe('residuals (D8)', () => {
  it('[D8] any residual comes back, whatever the noise and wherever the prediction lies between two quanta', () => {
    fc.assert(
      fc.property(fc.array(anyCase, { maxLength: 40 }), (cases) => {
        const written = newModels();
        const models = newModels();
        expect(read(write(cases, written), cases, models)).toEqual(cases.map((one) => one.residual));
        expect(models).toEqual(written);
        const [even] = newBitModels(1);
        for (const i of [0, FIRST - 1, FIRST + RESIDUAL_MODELS]) expect(models[i]).toBe(even);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it('[D8] so it does with a noise that only a hostile keyframe has', () => {
    fc.assert(
      fc.property(anyCase, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (one, hostile) => {
        const cases = [{ ...one, noise: hostile }];
        expect(read(write(cases), cases)).toEqual([one.residual]);
      }),
      { seed: 2, numRuns: 2_000 },
    );
  });

  it('[D8] whatever the bytes, what is read is a number, after bounded work', () => {
    const random = new Random(3);
    for (let run = 0; run < 3_000; run++) {
      const coder = new RangeCoder();
      const models = newModels();
      const junk = random.chance(0.2) ? new Uint8Array(30).fill(0xff) : random.bytes(random.below(30));
      coder.read(junk, 0, junk.length);
      for (let i = 0; i < 10; i++) {
        const value = codeResidual(
          coder,
          models,
          FIRST,
          0,
          random.below(257) - 128,
          random.below(2 ** 30),
          random.chance(0.5),
        );
        if (!Number.isInteger(value) || Math.abs(value) > 2 ** 53) throw new Error(`${value}`);
      }
    }
  });

  it('[D8] 0 costs nothing where it was always 0', () => {
    const cases = Array.from({ length: 1_000 }, () => ({ residual: 0, fraction: 0, noise: 0, steady: true }));
    expect(write(cases)).toHaveLength(0);
  });

  it.each([1, 2, 5, 20, 100, 1_000, 50_000, 3_000_000])(
    '[D8] white noise of up to %i quanta costs little more than it holds',
    (most) => {
      const bits = bitsEach(new Random(4), (random) => ({
        residual: random.below(2 * most + 1) - most,
        fraction: 0,
        noise: (most * FINE) / 2,
        steady: false,
      }));
      expect(bits).toBeLessThan(Math.log2(2 * most + 1) * 1.03 + 0.2);
    },
  );

  it('[D8] the side to which the prediction leans is the likelier one, in either direction alike', () => {
    // The true value is evenly spread over a quantum and a half around the prediction.
    const leaning =
      (fraction: number) =>
      (random: Random): Case => {
        const exact = fraction + (random.next() - 0.5) * 1.5 * FINE;
        return { residual: Math.round(exact / FINE) + 0, fraction, noise: 100, steady: false };
      };
    const [left, right, blind] = [-120, 120, undefined].map((fraction) =>
      bitsEach(new Random(5), (random) => {
        if (fraction !== undefined) return leaning(fraction)(random);
        const one = leaning(random.chance(0.5) ? 120 : -120)(random);
        return { ...one, fraction: 0 };
      }),
    );
    expect(Math.abs(left! - right!)).toBeLessThan(0.05);
    expect(blind! - left!).toBeGreaterThan(0.3);
  });
});
