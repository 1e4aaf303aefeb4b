import { describe, expect, it } from '@jest/globals';
import { MAX_TICKS_PER_FRAME, TickAccumulator } from './tick-accumulator.ts';

describe('TickAccumulator', () => {
  it('makes no tick in the first frame', () => {
    expect(new TickAccumulator(10).advance(123_456)).toBe(0);
  });

  it('carries the remainder from frame to frame', () => {
    const ticks = new TickAccumulator(10);
    ticks.advance(0);
    expect([ticks.advance(7), ticks.fraction]).toEqual([0, 0.7]);
    expect([ticks.advance(14), ticks.fraction]).toEqual([1, 0.4]);
    expect([ticks.advance(36), ticks.fraction]).toEqual([2, 0.6]);
  });

  it('makes exactly one tick a step over a long time, at any frame rate', () => {
    for (const frameMs of [1000 / 144, 1000 / 60, 1000 / 30]) {
      const ticks = new TickAccumulator(1000 / 60);
      let made = 0;
      for (let now = 0; now <= 10_000; now += frameMs) made += ticks.advance(now);
      expect(Math.abs(made - 600)).toBeLessThanOrEqual(2);
    }
  });

  it('gives up what a hidden tab missed', () => {
    const ticks = new TickAccumulator(10);
    ticks.advance(0);
    expect(ticks.advance(60_004)).toBe(MAX_TICKS_PER_FRAME);
    expect(ticks.advance(60_009)).toBe(0);
    expect(ticks.fraction).toBeCloseTo(0.9);
  });

  it('is not moved by a clock that steps back', () => {
    const ticks = new TickAccumulator(10);
    ticks.advance(1000);
    expect(ticks.advance(500)).toBe(0);
    expect(ticks.advance(510)).toBe(1);
  });
});
