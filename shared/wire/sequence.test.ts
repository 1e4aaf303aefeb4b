import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BEFORE_FIRST, nextSequence, sequenceDistance } from './sequence.ts';

const sequence = fc.nat(0xffff);

describe('sequence (F2)', () => {
  it.each([
    [0, 1, 1],
    [1, 0, -1],
    [7, 7, 0],
    [65_535, 0, 1],
    [0, 65_535, -1],
    [65_530, 5, 11],
    [0, 32_767, 32_767],
    [0, 32_768, -32_768],
    [40_000, 7_232, 32_767 + 1 - 65_536],
  ])('[F2] from %i to %i is %i', (from, to, distance) => {
    expect(sequenceDistance(from, to)).toBe(distance);
  });

  it('[F2] after 65,535 comes 0; "nothing yet" is the one before 0', () => {
    expect(nextSequence(65_535)).toBe(0);
    expect(BEFORE_FIRST).toBe(0xffff);
    expect(nextSequence(BEFORE_FIRST)).toBe(0);
    expect(sequenceDistance(BEFORE_FIRST, 0)).toBe(1);
  });

  it('[F2] the distance is the number of steps, up to half the circle, backwards as well', () => {
    fc.assert(
      fc.property(sequence, fc.integer({ min: -32_767, max: 32_767 }), (from, steps) => {
        const to = (from + steps) & 0xffff;
        expect(sequenceDistance(from, to)).toBe(steps);
        expect(sequenceDistance(to, from)).toBe(steps === 0 ? 0 : -steps);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
