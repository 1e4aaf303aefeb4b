import { describe, expect, it } from '@jest/globals';
import { Liveness, type LivenessRules, QUIET, TICKING, type Verdict } from './liveness.ts';

/** Looks as often as the rules say; the verdicts other than `alive`, and when. */
function watch(liveness: Liveness, rules: LivenessRules, fromMs: number, toMs: number): [number, Verdict][] {
  const verdicts: [number, Verdict][] = [];
  for (let nowMs = fromMs + rules.checkEveryMs; nowMs <= toMs; nowMs += rules.checkEveryMs) {
    const verdict = liveness.check(nowMs);
    if (verdict !== 'alive') verdicts.push([nowMs, verdict]);
  }
  return verdicts;
}

describe('liveness in a room that ticks (S10)', () => {
  it('one second of silence is the end, and not less', () => {
    const liveness = new Liveness(TICKING, 5_000);
    expect(watch(liveness, TICKING, 5_000, 5_900)).toEqual([]);
    expect(liveness.check(6_000)).toBe('lost');
  });

  it('whatever is heard begins it anew', () => {
    const liveness = new Liveness(TICKING, 0);
    for (let nowMs = 0; nowMs <= 60_000; nowMs += 100) {
      if (nowMs % 900 === 0) liveness.heard(nowMs);
      expect(liveness.check(nowMs)).toBe('alive');
    }
  });

  it('who slept gives the peer 300 ms to be heard, and once', () => {
    const liveness = new Liveness(TICKING, 0);
    expect(liveness.check(60_000)).toBe('alive');
    expect(watch(liveness, TICKING, 60_000, 60_200)).toEqual([]);
    expect(liveness.check(60_300)).toBe('lost');
  });

  it('what arrived in sleep and is delivered on waking counts', () => {
    const liveness = new Liveness(TICKING, 0);
    liveness.check(60_000);
    liveness.heard(60_100);
    expect(watch(liveness, TICKING, 60_000, 61_000)).toEqual([]);
    expect(liveness.check(61_100)).toBe('lost');
  });

  it('sleep does not shorten the second of one who was heard just before', () => {
    const liveness = new Liveness(TICKING, 0);
    liveness.heard(650);
    liveness.check(700);
    expect(watch(liveness, TICKING, 700, 1_600)).toEqual([]);
    expect(liveness.check(1_700)).toBe('lost');
  });

  it('timers that come once a second, as in a hidden tab, end nothing', () => {
    const liveness = new Liveness(TICKING, 0);
    for (let nowMs = 1_000; nowMs < 100_000; nowMs += 1_000) expect(liveness.check(nowMs)).toBe('alive');
  });

  it('timers that are late by less than sleep do not put it off', () => {
    const liveness = new Liveness(TICKING, 0);
    expect(liveness.check(590)).toBe('alive');
    expect(liveness.check(1_180)).toBe('lost');
  });
});

describe('liveness in any other room (S10)', () => {
  it('asks after 30 s, and is lost 10 s later', () => {
    const liveness = new Liveness(QUIET, 0);
    expect(watch(liveness, QUIET, 0, 40_000)).toEqual([
      [30_000, 'ask'],
      [40_000, 'lost'],
    ]);
  });

  it('an answer begins it anew', () => {
    const liveness = new Liveness(QUIET, 0);
    expect(watch(liveness, QUIET, 0, 39_000)).toEqual([[30_000, 'ask']]);
    liveness.heard(39_500);
    expect(watch(liveness, QUIET, 39_000, 70_000)).toEqual([[70_000, 'ask']]);
  });

  it('who slept behind its question waits 300 ms more', () => {
    const liveness = new Liveness(QUIET, 0);
    watch(liveness, QUIET, 0, 30_000);
    expect(liveness.check(100_000)).toBe('alive');
    expect(liveness.check(100_300)).toBe('lost');
  });
});
