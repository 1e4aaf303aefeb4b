import { describe, expect, it } from '@jest/globals';
import { answerTimeoutMs, attemptTimeoutMs, reconnectDelayMs } from './backoff.ts';

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

  it.each([
    [0, 0, 1_000],
    [1, 0, 2_000],
    [2, 0, 4_000],
    [3, 0, 8_000],
    [100, 0, 8_000],
    [1, 200, 3_000],
  ])('behind %i unanswered attempts gives a server at %i ms %i ms to answer', (unanswered, rttMs, timeoutMs) => {
    expect(answerTimeoutMs(unanswered, rttMs)).toBe(timeoutMs);
  });
});
