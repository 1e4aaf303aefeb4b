import { beforeEach, describe, expect, it } from '@jest/globals';
import { Random } from '../../test/support/random.ts';
import type { SeenBeat } from './beat-board.ts';
import { Detector } from './detector.ts';
import { FAILOVER_TIMINGS } from './timings.ts';

const { voidMs, refusedMs, lostMs, mostLostMs, lateFactor, lateForMs, aloneMs, suspectMs, askEveryMs } =
  FAILOVER_TIMINGS;
const LATENCY_MS = 2;
/** Between two beats that are in time. */
const LONGEST_BEAT_MS = 157.5;

let detector: Detector;
let nowMs: number;
/** What is on the board; ages are of no account unless a test says so. */
let board: Map<string, SeenBeat>;

beforeEach(() => {
  detector = new Detector('own/1', FAILOVER_TIMINGS);
  nowMs = 0;
  board = new Map();
});

/** The counters of these move by one. */
function bump(...keys: string[]): void {
  for (const key of keys) {
    const { count, weight } = board.get(key) ?? { count: 0, weight: 50 };
    board.set(key, { key, count: count + 1, weight, ageMs: 0, left: false });
  }
}

/** This node asks, at `sentMs`. @returns what it finds out, as words */
function ask(sentMs: number, latencyMs = LATENCY_MS): string[] {
  nowMs = sentMs + latencyMs;
  return detector.observe(sentMs, nowMs, [...board.values()]).map(({ kind, key }) => `${kind} ${key}`);
}

/** Asks every 150 ms until `untilMs`, while these move. @returns what it finds out, and when it had asked */
function watch(untilMs: number, ...moving: string[]): string[] {
  const found: string[] = [];
  for (let sentMs = nowMs - LATENCY_MS + 150; sentMs <= untilMs; sentMs += 150) {
    bump(...moving);
    found.push(...ask(sentMs).map((what) => `${sentMs}: ${what}`));
  }
  return found;
}

describe('a member that stops', () => {
  it('is lost when its counter has provably stood still for 600 ms, while others move', () => {
    bump('a/1', 'b/1');
    expect(ask(0)).toEqual(['joined a/1', 'joined b/1']);
    expect(watch(450, 'a/1')).toEqual([]);
    bump('a/1');
    expect(ask(601)).toEqual([]); // from the answer at 2 to the question at 601
    bump('a/1');
    expect(ask(602)).toEqual(['lost b/1']);
    expect(watch(3_000, 'a/1')).toEqual([]);
  });

  it('is told with how long it stood still, and how long it was given', () => {
    bump('a/1', 'b/1');
    ask(0);
    watch(450, 'a/1');
    bump('a/1');
    expect(detector.observe(612, 614, [...board.values()])).toEqual([
      { kind: 'lost', key: 'b/1', stillMs: 612 - LATENCY_MS, givenMs: lostMs },
    ]);
  });

  it('takes longer to be lost while nobody else moves either', () => {
    bump('a/1', 'b/1');
    ask(0);
    expect(watch(2_000)).toEqual(['1050: lost a/1', '1050: lost b/1']);
    expect(aloneMs).toBe(900);
  });

  it('is lost as soon when it was asked itself and was silent', () => {
    bump('a/1', 'b/1');
    ask(0);
    watch(300);
    detector.learned('a/1', 'silent');
    detector.learned('b/1', 'silent');
    expect(watch(1_000)).toEqual(['750: lost a/1', '750: lost b/1']);
  });

  it('is lost after two beats when nothing listens there any more, and not before', () => {
    bump('a/1');
    ask(0);
    detector.learned('a/1', 'refused');
    expect(ask(150)).toEqual([]);
    expect(detector.nextLookMs()).toBe(LATENCY_MS + refusedMs);
    expect(ask(LATENCY_MS + refusedMs)).toEqual(['lost a/1']);
  });

  it('is not condemned by what was said of it before it moved', () => {
    bump('a/1');
    ask(0);
    detector.learned('a/1', 'refused');
    watch(150, 'a/1');
    expect(watch(450)).toEqual([]);
  });

  it('with nobody else in the pool is lost after 600 ms', () => {
    bump('a/1');
    ask(0);
    expect(watch(2_000)).toEqual(['750: lost a/1']);
  });

  it('was seen by all at the same time, however long after its last beat each looked', () => {
    bump('a/1', 'b/1');
    ask(0);
    bump('a/1', 'b/1');
    board.get('b/1')!.ageMs = 100;
    ask(150);
    watch(600, 'a/1');
    bump('a/1');
    expect(ask(150 + LATENCY_MS - 100 + lostMs)).toEqual(['lost b/1']);
  });

  it.each([60_000, -60_000])('is not judged by a clock of the board that jumps by %i ms', (ageMs) => {
    bump('a/1');
    ask(0);
    for (let sentMs = 150; sentMs < 5_000; sentMs += 150) {
      bump('a/1');
      board.get('a/1')!.ageMs = ageMs;
      expect(ask(sentMs)).toEqual([]);
    }
  });

  it('is found out at the moment at which it can be', () => {
    bump('a/1', 'b/1');
    ask(0);
    expect(detector.nextLookMs()).toBe(Infinity);
    watch(300, 'a/1');
    expect(detector.nextLookMs()).toBe(LATENCY_MS + suspectMs);
    detector.asked('b/1', nowMs);
    watch(450, 'a/1');
    expect(detector.nextLookMs()).toBe(LATENCY_MS + lostMs);
  });
});

describe('a member whose beats are late', () => {
  /** From a beat of `b` to its next. */
  function bLate(byMs: number): void {
    watch(nowMs + 150, 'a/1', 'b/1');
    const dueMs = nowMs + LONGEST_BEAT_MS;
    expect(watch(dueMs + byMs - 1, 'a/1')).toEqual([]);
    bump('a/1', 'b/1');
    expect(ask(dueMs + byMs)).toEqual([]); // it moved not later than this
  }

  /** It never moves again. @returns how long it provably stood still until it was lost */
  function lostAfterMs(): number {
    watch(nowMs + 300, 'a/1', 'b/1');
    const stillSinceMs = nowMs;
    for (let sentMs = nowMs + 10; sentMs < stillSinceMs + 2_000; sentMs += 10) {
      bump('a/1');
      if (ask(sentMs).includes('lost b/1')) return sentMs - stillSinceMs;
    }
    return NaN;
  }

  beforeEach(() => {
    bump('a/1', 'b/1');
    ask(0);
  });

  it('once is lost as soon as any other', () => {
    bLate(120);
    watch(nowMs + 900, 'a/1', 'b/1');
    expect(lostAfterMs()).toBe(lostMs);
  });

  it('twice is given several times as long as that', () => {
    bLate(100);
    bLate(80);
    expect(lostAfterMs()).toBe(150 + lateFactor * 80);
    expect(150 + lateFactor * 80).toBeGreaterThan(lostMs);
  });

  it('by little is lost as soon as any other', () => {
    for (let i = 0; i < 20; i++) bLate(40);
    expect(lostAfterMs()).toBe(lostMs);
  });

  it('by however much is given 1.2 s', () => {
    for (let i = 0; i < 20; i++) bLate(300);
    expect(lostAfterMs()).toBe(mostLostMs);
    expect(mostLostMs).toBe(1_200);
  });

  it('is in time again when that was thirty seconds ago', () => {
    bLate(120);
    bLate(120);
    watch(nowMs + lateForMs, 'a/1', 'b/1');
    expect(lostAfterMs()).toBe(lostMs);
  });

  it('is dead all the same where nothing listens there any more', () => {
    bLate(300);
    bLate(300);
    detector.learned('b/1', 'refused');
    const sinceMs = nowMs;
    bump('a/1');
    expect(ask(sinceMs + refusedMs)).toEqual(['lost b/1']);
  });

  it('so much that it was held lost is lost as soon as any other: that may have been a stop', () => {
    for (let i = 0; i < 3; i++) {
      expect(lostAfterMs()).toBe(lostMs);
      bump('b/1');
      expect(ask(nowMs + 100)).toEqual(['back b/1']);
    }
  });

  it('lends nothing to those that are in time', () => {
    bLate(300);
    bLate(300);
    const sinceMs = nowMs;
    bump('b/1');
    expect(watch(sinceMs + 1_000, 'b/1')).toEqual([`${sinceMs - LATENCY_MS + 750}: lost a/1`]);
  });

  it.each([
    ['is none where this node asks late, and has its answers late', 0, lostMs],
    ['is told from that', 400, mostLostMs],
  ])('%s', (_what, mostLateMs, expectedMs) => {
    const random = new Random(5);
    const startMs = nowMs;
    let [movedMs, nextMs] = [startMs, startMs + 150];
    for (let sentMs = startMs + 150; sentMs < startMs + 60_000;) {
      // Some way there, and a longer one back: the answer lies about while this node is not scheduled.
      const [there, back] = [random.next() * 5, random.chance(0.2) ? random.next() * 280 : 2];
      while (nextMs <= sentMs + there) {
        bump('a/1', 'b/1');
        movedMs = nextMs;
        nextMs += random.chance(0.2) ? LONGEST_BEAT_MS + random.next() * mostLateMs : LONGEST_BEAT_MS;
      }
      board.get('b/1')!.ageMs = sentMs + there - movedMs;
      expect(ask(sentMs, there + back)).toEqual([]);
      // The next question is late too, now and then so much that all is void.
      sentMs = Math.max(nowMs, sentMs + 150 + (random.chance(0.2) ? random.next() * 200 : 0));
    }
    board.get('b/1')!.ageMs = 0;
    expect(lostAfterMs()).toBe(expectedMs);
  });
});

describe('what is void', () => {
  it.each([
    ['this node stood still', (): string[] => ask(nowMs + 5_000)],
    ['an answer took long', (): string[] => ask(nowMs + 10, voidMs + 1)],
    ['answers were far apart', (): string[] => ask(nowMs + voidMs)],
  ])('all that was seen before %s', (_what, stall) => {
    bump('a/1', 'b/1');
    ask(0);
    watch(450, 'a/1');
    expect(stall()).toEqual([]);
    const fromMs = nowMs;
    expect(watch(fromMs + lostMs - 10, 'a/1')).toEqual([]);
    expect(watch(fromMs + lostMs + 150, 'a/1')).toHaveLength(1);
  });

  it('an answer that was overtaken by a later one', () => {
    bump('a/1');
    ask(0);
    bump('a/1');
    ask(150);
    board.clear();
    expect(ask(100, 60)).toEqual([]);
    expect(detector.presence('a/1')).toBe('alive');
  });
});

describe('a member that comes and goes', () => {
  it('is back when its counter moves after all', () => {
    bump('a/1');
    ask(0);
    watch(900);
    expect(detector.presence('a/1')).toBe('gone');
    bump('a/1');
    expect(ask(1_050)).toEqual(['back a/1']);
    expect(detector.presence('a/1')).toBe('alive');
  });

  it('is somebody else after a restart', () => {
    bump('a/1');
    ask(0);
    bump('a/2');
    expect(ask(150)).toEqual(['joined a/2']);
    expect(detector.membersOf('a', nowMs)).toEqual(['a/1', 'a/2']);
    expect(watch(900, 'a/2')).toEqual(['750: lost a/1']);
  });

  it('is not lost when it said goodbye', () => {
    bump('a/1');
    ask(0);
    board.get('a/1')!.left = true;
    expect(ask(150)).toEqual(['left a/1']);
    expect(watch(3_000)).toEqual([]);
    expect(detector.presence('a/1')).toBe('gone');
  });

  it('is no candidate when it drains, is late, or is gone', () => {
    bump('a/1', 'b/1', 'c/1');
    ask(0);
    bump('a/1', 'b/1');
    board.get('b/1')!.weight = 0;
    ask(150);
    expect(detector.candidates().map(({ key }) => key)).toEqual(['a/1', 'c/1']);
    watch(450, 'a/1', 'b/1');
    expect(detector.candidates().map(({ key }) => key)).toEqual(['a/1']);
  });

  it('is alive while it is missing from a board that was emptied, until it would be lost', () => {
    bump('a/1', 'b/1');
    ask(0);
    board.delete('b/1');
    expect(watch(600, 'a/1')).toEqual([]);
    expect(watch(750, 'a/1')).toEqual(['750: lost b/1']);
  });
});

describe('an owner that was never seen', () => {
  it('is gone when it was missed for long enough, by a node that saw all the time', () => {
    expect(detector.presence('old/1')).toBe('unknown');
    ask(0);
    watch(750);
    expect(detector.presence('old/1')).toBe('unknown');
    watch(1_050);
    expect(detector.presence('old/1')).toBe('gone');
    ask(5_000); // a pause
    expect(detector.presence('old/1')).toBe('unknown');
    expect(detector.presence('own/1')).toBe('alive');
  });
});

describe('who is asked', () => {
  it('are those who missed two beats, and none of them too often', () => {
    bump('a/1', 'b/1');
    ask(0);
    watch(150, 'a/1');
    expect(detector.suspects(nowMs)).toEqual([]);
    watch(450, 'a/1');
    expect(detector.suspects(nowMs)).toEqual(['b/1']);
    detector.asked('b/1', nowMs);
    expect(detector.suspects(nowMs + askEveryMs - 1)).toEqual([]);
    expect(detector.membersOf('b', nowMs + askEveryMs - 1)).toEqual([]);
    expect(detector.suspects(nowMs + askEveryMs)).toEqual(['b/1']);
    expect(detector.membersOf('nobody', nowMs)).toEqual([]);
  });
});

describe('a node that is asked whether it watches the others', () => {
  it('says so while its answers come, from 200 ms on', () => {
    expect(detector.isWatching(0)).toBe(false);
    ask(0);
    expect(detector.isWatching(100)).toBe(false);
    watch(150);
    expect(detector.isWatching(160)).toBe(false);
    watch(300);
    expect([300, 600, 601].map((atMs) => detector.isWatching(atMs))).toEqual([true, true, false]);
  });

  it('does not for a while behind an outage, in which it holds nobody lost', () => {
    bump('a/1');
    ask(0);
    watch(600, 'a/1');
    ask(2_000);
    expect(detector.isWatching(2_002)).toBe(false);
    ask(2_150);
    expect(detector.isWatching(2_152)).toBe(false);
    ask(2_300);
    expect(detector.isWatching(2_302)).toBe(true);
  });
});
