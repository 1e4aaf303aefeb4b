import { describe, expect, it } from '@jest/globals';
import { NetStats } from './net-stats.ts';

describe('net stats', () => {
  it('takes the first round trip as it is, and is at 0 until then', () => {
    const stats = new NetStats();
    expect([stats.rttMs, stats.jitterMs]).toEqual([0, 0]);
    stats.sampleRtt(80);
    expect([stats.rttMs, stats.jitterMs]).toEqual([80, 0]);
  });

  it('smooths the round trip by a quarter, the jitter by an eighth', () => {
    const stats = new NetStats();
    for (const rttMs of [80, 120, 80]) stats.sampleRtt(rttMs);
    expect(stats.rttMs).toBe(80 + 10 - 2.5);
    expect(stats.jitterMs).toBe(5 + (40 - 5) / 8);
  });

  it('takes a round trip of 0 for one', () => {
    const stats = new NetStats();
    stats.sampleRtt(0);
    stats.sampleRtt(40);
    expect([stats.rttMs, stats.jitterMs]).toEqual([10, 5]);
  });

  it('finds a steady round trip, and no jitter on it', () => {
    const stats = new NetStats();
    stats.sampleRtt(500);
    for (let i = 0; i < 100; i++) stats.sampleRtt(42);
    expect(stats.rttMs).toBeCloseTo(42, 6);
    expect(stats.jitterMs).toBeCloseTo(0, 3);
  });
});
