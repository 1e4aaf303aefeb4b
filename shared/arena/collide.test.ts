import { describe, expect, it } from '@jest/globals';
import { sweeps, touches } from './collide.ts';

describe('collisions', () => {
  it('circles touch at their rims', () => {
    expect(touches({ x: 0, y: 0 }, { x: 3, y: 4 }, 5)).toBe(true);
    expect(touches({ x: 0, y: 0 }, { x: 3, y: 4 }, 4.99)).toBe(false);
  });

  it.each([
    ['passed in the middle of the way', 50, 4, true],
    ['passed too far off', 50, 6, false],
    ['at the start', -3, 0, true],
    ['behind the start', -6, 0, false],
    ['beyond the end', 106, 0, false],
  ])('a moving point meets a target %s: %i, %i', (_where, x, y, expected) => {
    expect(sweeps(0, 0, 100, 0, { x, y }, 5)).toBe(expected);
  });

  it('a point at rest meets what it is in', () => {
    expect(sweeps(1, 1, 1, 1, { x: 2, y: 1 }, 1)).toBe(true);
  });
});
