import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dequantizeQuaternion, isqrt, type QuaternionGrid, quantizeQuaternion, quaternionGrid } from './quaternion.ts';

type Four = [x: number, y: number, z: number, w: number];

const PRECISIONS = [0.01, 0.005, 0.003, 0.001, 1 / 999, 1 / 1023.7, 1 / 512, 1e-4, 1e-5];
const grids = fc.constantFrom(...PRECISIONS.map(quaternionGrid));

function quantize(grid: QuaternionGrid, [x, y, z, w]: Four): number[] {
  const ints = new Int32Array(5);
  quantizeQuaternion(grid, x, y, z, w, ints);
  return [...ints];
}

function dequantize(grid: QuaternionGrid, ints: readonly number[]): Four {
  const values = new Float64Array(4);
  dequantizeQuaternion(grid, Int32Array.from(ints), values);
  return [...values] as Four;
}

function normalised(q: Four): Four {
  const length = Math.sqrt(q.reduce((sum, c) => sum + c * c, 0));
  return q.map((c) => c / length) as Four;
}

/** By how many precisions the components of two quaternions differ at most. */
const farthest = (grid: QuaternionGrid, a: Four, b: Four): number =>
  Math.max(...a.map((c, i) => Math.abs(c - b[i]!))) / grid.precision;

/** What the arithmetic of a comparison may be off by is no precision. */
const ONE = 1 + 1e-9;

const component = fc.double({ min: -1, max: 1, noNaN: true });
const anywhere = fc
  .tuple(component, component, component, component)
  .filter((q) => q.reduce((sum, c) => sum + c * c, 0) > 1e-4)
  .map((q) => normalised(q as Four));

/** Where components tie, or nearly: the corners are where roundings add up most, and which one to derive is open. */
const corners = fc
  .tuple(
    grids,
    fc.constantFrom<Four>([1, 1, 1, 1], [1, 1, 1, 0], [0, 1, 1, 1], [1, 0, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1]),
    fc.tuple(component, component, component, component),
    fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
    fc.constantFrom(0, 0.01, 1, 4),
  )
  .map(([grid, corner, shift, negative, reach]) => {
    const exact = normalised(corner);
    const near = exact.map((c, i) => (c + shift[i]! * reach * grid.precision) * (negative[i] ? -1 : 1));
    return [grid, normalised(near as Four)] as const;
  });

const rotations = fc.oneof(fc.tuple(grids, anywhere), corners);
const RUNS = { numRuns: 2_000 };
const MANY_RUNS = { numRuns: 10_000 };

describe('isqrt', () => {
  it('is the exact root, rounded down, of every integer below 2^53', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.maxSafeNat(),
          fc.integer({ min: 0, max: 94_906_265 }).map((n) => n * n),
        ),
        (n) => {
          for (const square of [n, Math.max(0, n - 1)]) {
            const root = BigInt(isqrt(square));
            expect(root * root <= BigInt(square) && (root + 1n) * (root + 1n) > BigInt(square)).toBe(true);
          }
        },
      ),
      RUNS,
    );
  });

  it('is 0 of what is negative', () => {
    expect([isqrt(-1), isqrt(-Infinity), isqrt(NaN)]).toEqual([0, 0, 0]);
  });
});

describe('a quantised quaternion', () => {
  it('is off by no more than one precision in any component', () => {
    fc.assert(
      fc.property(rotations, ([grid, q]) => {
        expect(farthest(grid, dequantize(grid, quantize(grid, q)), q)).toBeLessThanOrEqual(ONE);
      }),
      MANY_RUNS,
    );
  });

  it('comes back as it is: the same integers, the same doubles', () => {
    fc.assert(
      fc.property(rotations, ([grid, q]) => {
        const ints = quantize(grid, q);
        expect(quantize(grid, dequantize(grid, ints)).join()).toBe(ints.join());
      }),
      MANY_RUNS,
    );
  });

  it('has integers within what the grid says', () => {
    fc.assert(
      fc.property(rotations, ([grid, q]) => {
        const [largest, negative, ...kept] = quantize(grid, q);
        expect([0, 1, 2, 3].includes(largest!) && [0, 1].includes(negative!)).toBe(true);
        expect(kept.every((count) => Math.abs(count) <= grid.maxQuanta)).toBe(true);
      }),
      RUNS,
    );
  });

  it('does not depend on the length of what was given', () => {
    fc.assert(
      fc.property(rotations, fc.constantFrom(2 ** -500, 2 ** -60, 0.5, 4, 2 ** 60, 2 ** 500), ([grid, q], length) => {
        const scaled = q.map((c) => c * length) as Four;
        expect(farthest(grid, dequantize(grid, quantize(grid, scaled)), q)).toBeLessThanOrEqual(ONE);
      }),
      RUNS,
    );
  });

  it('keeps the sign that it is given', () => {
    fc.assert(
      fc.property(rotations, ([grid, q]) => {
        const dot = dequantize(grid, quantize(grid, q)).reduce((sum, c, i) => sum + c * q[i]!, 0);
        expect(dot).toBeGreaterThan(0.9);
      }),
      RUNS,
    );
  });

  it.each([
    [0, 0, 0, 0],
    [NaN, 0, 0, 1],
    [1, Infinity, 0, 0],
    [0, 0, 0, 5],
    [-0, -0, -0, 1],
  ])('%d, %d, %d, %d is the identity', (...q) => {
    const grid = quaternionGrid(0.001);
    expect(quantize(grid, q as Four)).toEqual([3, 0, 0, 0, 0]);
    expect(dequantize(grid, [3, 0, 0, 0, 0])).toEqual([0, 0, 0, 1]);
  });

  it.each<[Four, number[], Four]>([
    [
      [0, 0, 0, -1],
      [3, 1, 0, 0, 0],
      [0, 0, 0, -1],
    ],
    [
      [1, 1, 1, 1],
      [0, 0, 500, 500, 500],
      [0.5, 0.5, 0.5, 0.5],
    ],
    [
      [0.6, 0, 0, 0.8],
      [3, 0, 600, 0, 0],
      [0.6, 0, 0, 0.8],
    ],
    [
      [-2, 1, 4, -10],
      [3, 1, -182, 91, 364],
      [-0.182, 0.091, 0.364, -0.9088984375],
    ],
    [
      [1, 2, 3, 4],
      [3, 0, 183, 365, 548],
      [0.183, 0.365, 0.548, 0.7300546875],
    ],
    [
      [1, -4, 3, 2],
      [1, 1, 183, 548, 365],
      [0.183, -0.7300546875, 0.548, 0.365],
    ],
  ])('golden: %p', (q, ints, values) => {
    const grid = quaternionGrid(0.001);
    expect(quantize(grid, q)).toEqual(ints);
    expect(dequantize(grid, ints)).toEqual(values);
  });

  it('rounds to other neighbours where the derived component would be off by more than one precision', () => {
    const grid = quaternionGrid(1 / 999);
    const ints = quantize(grid, [0.5, 0.5, 0.5, 0.5]);
    // 499.5 precisions each: three times 500 would leave 498.0 for the fourth, three times 499 would leave 501.0.
    expect(ints.slice(2).sort()).toEqual([499, 499, 500]);
    expect(dequantize(grid, ints)[ints[0]!]! * 999).toBeCloseTo(499.996, 3);
  });

  it('stays finite for integers that no rotation has', () => {
    const grid = quaternionGrid(0.001);
    expect(dequantize(grid, [2, 1, 30_000, -1, 2 ** 30])).toEqual([30, -0.001, -0, 1_073_741.824]);
  });
});
