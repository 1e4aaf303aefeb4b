import { describe, expect, it } from '@jest/globals';
import { LagCompensation, MAX_LAG_MS } from './lag-compensation.ts';

/** A past in which everything moved 1 unit a millisecond along x. */
const history = {
  at: (timeMs: number) => ({
    value: (body: { x: number; y: number }, field: 'x' | 'y') => (field === 'x' ? timeMs : body.y),
  }),
};

describe('LagCompensation', () => {
  const lag = new LagCompensation(history, () => 10_000);

  it.each([
    ['what the input says', 9_900, 100],
    ['nothing, for an input without a time', 0, 0],
    ['nothing, for a time to come', 10_050, 0],
    ['at most the limit', 2_000, MAX_LAG_MS],
    ['nothing, for what is no time', Number.NaN, 0],
  ])('takes %s', (_what, renderTimeMs, expected) => {
    expect(lag.lagMs(renderTimeMs)).toBe(expected);
  });

  it('looks up where a target was', () => {
    const out = { x: 0, y: 0 };
    lag.sight({ x: 1, y: 7 }, 150, out);
    expect(out).toEqual({ x: 9_850, y: 7 });
  });
});
