import { describe, expect, it } from '@jest/globals';
import { attemptTimeoutMs, reconnectDelayMs } from './backoff.ts';

describe('back-off', () => {
  it('begins at once, then waits 100 ms doubling to 500 ms', () => {
    expect([0, 1, 2, 3, 4, 5, 100].map((attempt) => reconnectDelayMs(attempt, 0))).toEqual([
      0, 100, 200, 400, 500, 500, 500,
    ]);
  });

  it('leaves out a random half at most', () => {
    expect([0, 1, 2, 3, 4].map((attempt) => reconnectDelayMs(attempt, 1))).toEqual([0, 50, 100, 200, 250]);
  });

  it.each([
    [0, 1_000],
    [100, 1_000],
    [200, 1_500],
    [1_000, 5_500],
  ])('gives an attempt at a round trip of %i ms %i ms', (rttMs, timeoutMs) => {
    expect(attemptTimeoutMs(rttMs)).toBe(timeoutMs);
  });
});
