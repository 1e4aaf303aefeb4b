import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { headingBetween, headingDifference, headingRadians } from './heading.ts';

const heading = fc.integer({ min: 0, max: 4095 });

describe('headings', () => {
  it('differ by the short way round', () => {
    expect(headingDifference(4090, 6)).toBe(12);
    expect(headingDifference(6, 4090)).toBe(-12);
    expect(headingDifference(0, 2048)).toBe(-2048);
    fc.assert(
      fc.property(heading, heading, (from, to) => {
        const way = headingDifference(from, to);
        return way >= -2048 && way < 2048 && (from + way + 4096) % 4096 === to;
      }),
    );
  });

  it('are interpolated through the seam', () => {
    expect(headingBetween(4090, 6, 0.5)).toBe(4096);
    expect(headingRadians(1024)).toBeCloseTo(Math.PI / 2, 12);
  });
});
