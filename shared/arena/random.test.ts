import { describe, expect, it } from '@jest/globals';
import { Random } from './random.ts';

describe('Random', () => {
  it('is mulberry32, number for number', () => {
    const random = new Random(1);
    expect([random.next(), random.next(), random.next()]).toEqual([2_693_262_067, 11_749_833, 2_265_367_787]);
  });

  it('carries on from its state', () => {
    const first = new Random(7);
    first.next();
    const second = new Random(0);
    second.state = first.state;
    expect(second.next()).toBe(first.next());
  });

  it('stays in its ranges and reaches both ends', () => {
    const random = new Random(3);
    const seen = new Set<number>();
    for (let i = 0; i < 500; i++) seen.add(random.between(-2, 2));
    expect([...seen].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
  });
});
