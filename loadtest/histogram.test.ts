import { describe, expect, it } from '@jest/globals';
import { percentilesOf, TimeHistogram } from './histogram.ts';

const filled = (from: number, to: number): TimeHistogram => {
  const times = new TimeHistogram();
  for (let ms = from; ms <= to; ms++) times.record(ms);
  return times;
};

describe('times', () => {
  it('of 1 to 1,000 ms have the percentiles of that, within 0.1 %', () => {
    const { count, p50, p95, p99, max } = percentilesOf(filled(1, 1_000));
    expect(count).toBe(1_000);
    for (const [measured, known] of [
      [p50, 500],
      [p95, 950],
      [p99, 990],
      [max, 1_000],
    ] as const)
      expect(Math.abs(measured - known)).toBeLessThanOrEqual(known / 1_000);
  });

  it('add up, also after a way through text', () => {
    const sum = filled(1, 500);
    sum.add(TimeHistogram.decode(filled(501, 1_000).encode()));
    expect(percentilesOf(sum)).toEqual(percentilesOf(filled(1, 1_000)));
  });

  it('below zero count as zero and beyond two minutes as that', () => {
    const times = new TimeHistogram();
    times.record(-5);
    times.record(1e9);
    expect(times.percentile(50)).toBe(0);
    expect(Math.abs(times.maxMs - 120_000)).toBeLessThanOrEqual(120);
    expect(percentilesOf(new TimeHistogram())).toEqual({ count: 0, p50: 0, p95: 0, p99: 0, max: 0 });
  });
});
