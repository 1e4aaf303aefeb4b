import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type LiveScalar, scalarField } from './live-field.ts';
import { MAX_QUANTA, type ScalarDeclaration } from './live-field-spec.ts';

const field = (declaration: ScalarDeclaration): LiveScalar => scalarField({ ...declaration, name: 'f', index: 0 });

/** In and through the scalar, without the difference between its types. */
const snap = (scalar: LiveScalar, value: number): number | boolean => scalar.fromQuanta(scalar.toQuanta(value));

const precisions = fc.oneof(
  fc.constantFrom(0.01, 0.001, 0.05, 0.3, 1, 2.5, 1 / 128, 1 / 3, 1e-15, 1e15, Math.PI),
  fc.double({ min: 1e-15, max: 1e15, noNaN: true }),
);
const limits = fc
  .tuple(fc.integer({ min: -MAX_QUANTA, max: MAX_QUANTA }), fc.integer({ min: 1, max: MAX_QUANTA }))
  .map(([min, span]) => ({ min, max: Math.min(min + span, MAX_QUANTA) }))
  .filter(({ min, max }) => min < max);
const declarations: fc.Arbitrary<ScalarDeclaration> = fc.oneof(
  fc.tuple(precisions, limits).map(([precision, range]) => ({ kind: 'fixed' as const, precision, ...range })),
  limits.map((range) => ({ kind: 'int' as const, ...range })),
  fc
    .tuple(fc.integer({ min: 2, max: MAX_QUANTA }), fc.constantFrom(2 * Math.PI, 360, 1, 4096, 1e-3))
    .map(([steps, turn]) => ({ kind: 'angle' as const, steps, turn })),
  fc.constant({ kind: 'flag' as const }),
);
const values = fc.oneof(
  fc.double(),
  fc.double({ min: -1e7, max: 1e7 }),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE),
);

describe('every scalar field', () => {
  it('snaps the snapped to itself, for whatever it is given', () => {
    fc.assert(
      fc.property(declarations, values, (declaration, value) => {
        const scalar = field(declaration);
        const once = snap(scalar, value);
        expect(snap(scalar, once as number)).toBe(once);
        expect(once).not.toBe(-0);
      }),
      { numRuns: 4_000 },
    );
  });

  it('makes of each count a value that makes the count again, at the limits and between', () => {
    fc.assert(
      fc.property(declarations, fc.double({ min: 0, max: 1, noNaN: true }), (declaration, at) => {
        const scalar = field(declaration);
        const between = Math.round(scalar.min + at * (scalar.max - scalar.min));
        for (const count of [scalar.min, between, scalar.max]) {
          expect(scalar.toQuanta(scalar.fromQuanta(count))).toBe(count + 0);
        }
      }),
      { numRuns: 4_000 },
    );
  });

  it('counts in int32 within its limits, whatever it is given', () => {
    fc.assert(
      fc.property(
        declarations,
        fc.oneof(values, fc.constantFrom(undefined, null, true, false)),
        (declaration, value) => {
          const scalar = field(declaration);
          const count = scalar.toQuanta(value);
          expect(Object.is(count, count | 0)).toBe(true);
          expect(count >= scalar.min && count <= scalar.max).toBe(true);
        },
      ),
      { numRuns: 4_000 },
    );
  });

  it('is the nearest of the values it can take', () => {
    fc.assert(
      fc.property(precisions, limits, values, (precision, range, value) => {
        const scalar = field({ kind: 'fixed', precision, ...range });
        fc.pre(!Number.isNaN(value));
        const count = scalar.toQuanta(value);
        const off = (quanta: number) => Math.abs((scalar.fromQuanta(quanta) as number) - value);
        // As near as rounding errors of the comparison itself let one say.
        const fuzz = 1 + 1e-9;
        if (count > scalar.min) expect(off(count)).toBeLessThanOrEqual(off(count - 1) * fuzz);
        if (count < scalar.max) expect(off(count)).toBeLessThanOrEqual(off(count + 1) * fuzz);
      }),
      { numRuns: 4_000 },
    );
  });
});

describe('fixed', () => {
  const hundredths = field({ kind: 'fixed', precision: 0.01, min: -1_000, max: 2_000 });

  it.each([
    [3.004, 3],
    [3.006, 3.01],
    [0.07, 0.07],
    [-9.995, -9.99],
    [100, 20],
    [Infinity, 20],
    [-100, -10],
    [-Infinity, -10],
    [-0.001, 0],
    [NaN, 0],
  ])('of hundredths from -10 to 20: %d becomes %d', (value, snapped) => {
    expect(snap(hundredths, value)).toBe(snapped);
  });

  it('takes NaN for the multiple nearest 0', () => {
    expect(snap(field({ kind: 'fixed', precision: 0.5, min: 3, max: 9 }), NaN)).toBe(1.5);
    expect(snap(field({ kind: 'int', min: -9, max: -3 }), NaN)).toBe(-3);
  });
});

describe('angle', () => {
  const radians = field({ kind: 'angle', steps: 4096, turn: 2 * Math.PI });
  const counted = field({ kind: 'angle', steps: 4096, turn: 4096 });
  const degrees = field({ kind: 'angle', steps: 3_600, turn: 360 });

  it('wraps into [0, turn)', () => {
    expect(snap(radians, 2 * Math.PI)).toBe(0);
    expect(snap(radians, 2 * Math.PI - 1e-9)).toBe(0);
    expect(snap(radians, -Math.PI / 2)).toBe(1.5 * Math.PI);
    expect(snap(radians, 100.25 * 2 * Math.PI)).toBe(Math.PI / 2);
    expect(snap(counted, -1)).toBe(4095);
    expect(snap(counted, 4096 * 7 + 5)).toBe(5);
    expect(snap(degrees, 725.04)).toBe(5);
    expect(snap(degrees, -0.1)).toBe(359.9);
  });

  it.each([NaN, Infinity, -Infinity])('takes %d for 0', (value) => {
    expect(snap(radians, value)).toBe(0);
  });
});

describe('flag', () => {
  it('is true for what is true', () => {
    const scalar = field({ kind: 'flag' });
    expect([true, 1, false, 0, undefined].map((value) => scalar.toQuanta(value))).toEqual([1, 1, 0, 0, 0]);
    expect([scalar.fromQuanta(1), scalar.fromQuanta(0)]).toEqual([true, false]);
  });
});
