import { describe, expect, it } from '@jest/globals';
import { growthOf, type Inventory, leftOver, type Sample } from './verdict.ts';

const samples = (...heaps: number[]): Sample[] =>
  heaps.map((heapBytes, minute) => ({ minute, heapBytes, residentBytes: 2 * heapBytes }));

describe('growth', () => {
  it('is percent of where the trend began', () => {
    expect(growthOf(samples(100, 110, 120), 'heapBytes')).toBeCloseTo(20);
    expect(growthOf(samples(100, 110, 120), 'residentBytes')).toBeCloseTo(20);
    expect(growthOf(samples(120, 110, 100), 'heapBytes')).toBeCloseTo(-100 / 6);
  });

  it('is none of what goes up and down, nor of what was looked at once', () => {
    expect(growthOf(samples(100, 120, 120, 100), 'heapBytes')).toBeCloseTo(0);
    expect(growthOf(samples(100), 'heapBytes')).toBe(0);
  });
});

describe('left over', () => {
  const nothing: Inventory = { heapBytes: 1, objects: { Timeout: 5, Room: 1 }, keys: ['a', 'b'], listingRows: 0 };

  it('is what there is more of, and what was not there', () => {
    const after: Inventory = { heapBytes: 9, objects: { Timeout: 7, Room: 1 }, keys: ['b', 'c'], listingRows: 2 };
    expect(leftOver(nothing, after)).toEqual(['Timeout: 7, before 5', 'key in Redis: c', 'rooms in the listing: 2']);
  });

  it('is nothing when there is as much or less, or what was not counted', () => {
    const after: Inventory = { ...nothing, objects: { Timeout: 4, Socket: 3 }, keys: ['a'] };
    expect(leftOver(nothing, after)).toEqual([]);
  });
});
