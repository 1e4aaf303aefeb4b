import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, hex } from '../../test/support/bytes.ts';
import { Random } from '../../test/support/random.ts';
import { refusalCode } from '../../test/support/wire-errors.ts';
import { type BitModels, newBitModels } from './bit-model.ts';
import { codeNumber } from './number-coder.ts';
import { FINE, STEADY_PHASE, TRACK_WORDS } from './predictor.ts';
import { RangeCoder } from './range-coder.ts';
import { codeFar, codeNear, Residual } from './residual-coder.ts';

/** Not 0, so that models beside a number's own show. */
const FIRST = 5;
const newModels = () => newBitModels(FIRST + Residual.Models + 2);

interface Case {
  residual: number;
  fraction: number;
  noise: number;
  steady: boolean;
}

/** No number gets there. */
const ANY = 2 ** 31 - 1;
const words = new Int32Array(TRACK_WORDS);

/** Codes by how much a number changes that is such, and is expected to change by the fraction alone. */
function codeResidual(coder: RangeCoder, models: BitModels, { residual, fraction, noise, steady }: Case): number {
  words.set([1, noise, steady ? STEADY_PHASE : 1, fraction, 0, 0]);
  return codeNumber(coder, models, FIRST, words, 0, residual, 0, -ANY, ANY) + 0;
}

function write(cases: readonly Case[], models = newModels()): Uint8Array {
  const coder = new RangeCoder();
  coder.write();
  for (const one of cases) {
    if (codeResidual(coder, models, one) !== one.residual) throw new Error(`${JSON.stringify(one)} is another`);
  }
  return coder.end().slice();
}

function read(bytes: Uint8Array, cases: readonly Case[], models = newModels()): number[] {
  const coder = new RangeCoder();
  coder.read(bytes, 0, bytes.length);
  const residuals = cases.map((one) => codeResidual(coder, models, { ...one, residual: 12_345 }));
  coder.finish();
  return residuals;
}

/** Two values differ by 2^30 at most, and what is predicted of a change lies between their ends. */
const MOST = 2 ** 30;
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
  fraction: fc.oneof(fc.integer({ min: -128, max: 127 }), fc.constantFrom(-128, -127, -1, 0, 1, 126, 127)),
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
        for (const i of [0, FIRST - 1, FIRST + Residual.Models]) expect(models[i]).toBe(even);
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
      // From 16 quanta on it costs raw bits, in which just this noise fits.
      const fits = most < 16 ? Math.log2(2 * most + 1) * 1.03 + 0.2 : Math.floor(Math.log2(most)) + 2.05;
      expect(bits).toBeLessThan(fits);
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

  it('[D8] a number that is very noisy costs its raw bits and no models', () => {
    const models = newModels();
    const noise = 2 ** 12 * FINE;
    const cases = Array.from({ length: 100 }, (_, i) => ({
      residual: i * 300 - 15_000,
      fraction: 0,
      noise,
      steady: false,
    }));
    // 2^20 / 8 has 18 bits.
    expect(write(cases, models).length).toBe(Math.ceil((100 * 15) / 8));
    expect(models).toEqual(newModels());
  });
});

describe('far residuals (D8)', () => {
  const write = (residual: number, bits: number): Uint8Array => {
    const coder = new RangeCoder();
    coder.write();
    expect(codeFar(coder, residual, bits)).toBe(residual);
    return coder.end().slice();
  };
  const read = (code: Uint8Array, bits: number): number => {
    const coder = new RangeCoder();
    coder.read(code, 0, code.length);
    const residual = codeFar(coder, 12_345, bits);
    coder.finish();
    return residual;
  };
  const allBits = Array.from({ length: 21 }, (_, i) => 6 + i);

  it.each(allBits)('[D8] of %i bits: what fits into them, and at both ends what does not', (bits) => {
    const half = 2 ** (bits - 1);
    const fit = [1 - half, 2 - half, -1, 0, 1, half - 1];
    const escape = [-half, half, -half - 1, half + 1, 3 * half, MOST - 1, 1 - MOST, -MOST, MOST];
    for (const residual of [...fit, ...escape]) {
      const code = write(residual, bits);
      expect(read(code, bits)).toBe(residual);
      const isEscaped = Math.abs(residual) >= half;
      const sizeBits = Math.abs(residual).toString(2).length;
      expect(code.length).toBeLessThanOrEqual(Math.ceil((bits + (isEscaped ? 6 + sizeBits : 0)) / 8) + 1);
    }
  });

  // Of six bits, `code` is 32 more than the residual; 0 is the escape: 000000, the sign, the length, the size.
  it.each([
    [0, 6, '80'], // 100000
    [-31, 6, '04'], // 000001
    [31, 6, 'fc'], // 111111
    [32, 6, '00 68'], // 000000 0 00110 100000
    [-32, 6, '02 68'], // 000000 1 00110 100000
  ])('[D8] %i in %i bits is exactly these bytes', (residual, bits, code) => {
    expect(hex(write(residual, bits))).toBe(code);
    expect(read(bytes(code), bits)).toBe(residual);
  });

  it('[D13] whatever the bytes, what is read is an int32, after bounded work', () => {
    const random = new Random(3);
    for (let run = 0; run < 3_000; run++) {
      const coder = new RangeCoder();
      const models = newModels();
      const junk = random.chance(0.2) ? new Uint8Array(30).fill(0xff) : random.bytes(random.below(30));
      coder.read(junk, 0, junk.length);
      for (let i = 0; i < 10; i++) {
        const far = codeFar(coder, 0, 6 + random.below(21));
        expect(far).toBe(far | 0);
        const near = codeNear(coder, models, FIRST, FIRST + 1, 0);
        // 31 bits may follow 20 steps.
        if (!Number.isInteger(near) || Math.abs(near) > 2 ** 31 + 21) throw new Error(`${near}`);
      }
      expect(['accepted', 'trailing-bytes']).toContain(refusalCode(() => coder.finish()));
    }
  });
});
