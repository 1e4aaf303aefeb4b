import { describe, expect, it } from '@jest/globals';
import { VirtualTimers } from '../../test/support/virtual-timers.ts';
import { Random } from '../../test/support/random.ts';
import type { NodeLoad } from './load-meter.ts';
import { type Candidate, Placement } from './placement.ts';

const idle: NodeLoad = { tickShare: 0, loopShare: 0, lagMs: 0, rooms: 0, clients: 0 };
const node = (processId: string, load: Partial<NodeLoad> = {}): Candidate => ({
  processId,
  load: { ...idle, ...load },
});

function placed(placement: Placement, candidates: readonly Candidate[], times: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < times; i++) {
    const chosen = placement.choose(candidates)!;
    counts[chosen] = (counts[chosen] ?? 0) + 1;
  }
  return counts;
}

const seededRandom = (seed: number): (() => number) => {
  const random = new Random(seed);
  return () => random.next();
};

describe('placement', () => {
  it('chooses none where there is none', () => {
    expect(new Placement(new VirtualTimers()).choose([])).toBeUndefined();
  });

  it.each([
    ['ticks take less time', { tickShare: 0.3, loopShare: 0.3 }, { tickShare: 0.5, loopShare: 0.5 }],
    ['the event loop is busy with less', { loopShare: 0.3 }, { loopShare: 0.6 }],
    ['timers come less late', { lagMs: 1 }, { lagMs: 20 }],
    ['ticks take less time, though it has more rooms', { tickShare: 0.1, rooms: 50 }, { tickShare: 0.9, rooms: 2 }],
  ])('chooses the node where %s', (_what, lighter, heavier) => {
    const placement = new Placement({ now: () => 0, random: () => 0 });
    expect(placement.choose([node('heavy', heavier), node('light', lighter)])).toBe('light');
    expect(
      new Placement({ now: () => 0, random: () => 0 }).choose([node('light', lighter), node('heavy', heavier)]),
    ).toBe('light');
  });

  it('spreads a burst over nodes that are alike, though their loads do not change meanwhile', () => {
    const placement = new Placement({ now: () => 0, random: seededRandom(1) });
    const counts = placed(placement, [node('a'), node('b'), node('c')], 100);
    for (const id of ['a', 'b', 'c']) expect(counts[id]).toBeGreaterThanOrEqual(30);
  });

  it.each([
    [{ tickShare: 0.4 }, { tickShare: 0.2 }, [43, 57]],
    [{ loopShare: 0.9 }, { loopShare: 0.1 }, [10, 90]],
    [{ loopShare: 1, lagMs: 100 }, { loopShare: 0.2 }, [0, 100]],
  ])('deals a burst out in proportion to headroom: %j, %j', (busy, free, expected) => {
    const placement = new Placement({ now: () => 0, random: () => 0 });
    const counts = placed(placement, [node('busy', busy), node('free', free)], 100);
    expect([counts['busy'] ?? 0, counts['free']]).toEqual(expected);
  });

  it('spreads a burst over nodes that are alike but for noise, also where all are full', () => {
    const random = new Random(3);
    for (let run = 0; run < 200; run++) {
      // As measured on a machine that has other things to do: timers up to two ticks late, a fifth of a core here or there.
      const share = run % 2 === 0 ? 0.3 : 1.2;
      const candidates = ['a', 'b', 'c'].map((id) =>
        node(id, { loopShare: Math.min(1, share + 0.2 * random.next()), lagMs: 35 * random.next(), rooms: 10 }),
      );
      const counts = placed(new Placement({ now: () => 0, random: () => random.next() }), candidates, 30);
      for (const { processId } of candidates) expect(counts[processId]).toBeGreaterThanOrEqual(5);
    }
  });

  it('spreads a burst of which each node takes a part', () => {
    const candidates = [node('a', { lagMs: 3 }), node('b', { lagMs: 20 }), node('c', { lagMs: 12 })];
    const sums: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let matchmaker = 0; matchmaker < 3; matchmaker++) {
      const counts = placed(new Placement({ now: () => 0, random: seededRandom(matchmaker) }), candidates, 10);
      for (const [id, count] of Object.entries(counts)) sums[id]! += count;
    }
    for (const id of ['a', 'b', 'c']) expect(sums[id]).toBeGreaterThanOrEqual(6);
  });

  it('keeps several matchmakers that begin at once from choosing alike', () => {
    const candidates = [node('a'), node('b'), node('c')];
    const firsts = Array.from({ length: 60 }, (_, seed) =>
      new Placement({ now: () => 0, random: seededRandom(seed) }).choose(candidates),
    );
    for (const id of ['a', 'b', 'c']) expect(firsts.filter((first) => first === id).length).toBeGreaterThan(8);
  });

  it('forgets what it placed when the loads have had the time to show it', () => {
    const timers = new VirtualTimers();
    const placement = new Placement(timers);
    expect(placed(placement, [node('a')], 20)).toEqual({ a: 20 });
    const candidates = [node('a', { loopShare: 0.1, rooms: 20 }), node('b', { loopShare: 0.15, rooms: 20 })];
    expect(placement.choose(candidates)).toBe('b');
    timers.advance(2_500);
    expect(placement.choose(candidates)).toBe('a');
  });
});
