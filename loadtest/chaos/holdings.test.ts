import { describe, expect, it } from '@jest/globals';
import { growthOf, outgrown } from './holdings.ts';

const runs = (count: number, at: (i: number) => number): { held: Record<string, number> }[] =>
  Array.from({ length: count }, (_, i) => ({ held: { handles: at(i) } }));

describe('what nodes hold over many runs', () => {
  it('is compared by what is there in most of the first and the last runs: what comes and goes decides nothing', () => {
    const calm = growthOf(runs(100, (i) => (i % 3 === 0 ? 1_000 : 40)));
    expect(calm).toEqual({ handles: { began: 40, ended: 40, percent: 0 } });
    expect(outgrown(calm, 100)).toEqual([]);
  });

  it('is compared when the processes are warm', () => {
    expect(growthOf(runs(100, (i) => Math.min(30 + i, 40)))).toEqual({ handles: { began: 40, ended: 40, percent: 0 } });
  });

  it('may grow or shrink by a twentieth, or by one, and no more, where there were enough runs to tell', () => {
    const more = growthOf(runs(100, (i) => 40 + Math.floor(i / 25)));
    expect(more['handles']).toEqual({ began: 40, ended: 43, percent: 7.5 });
    expect(outgrown(more, 100)).toEqual(['handles: 40.0 became 43.0']);
    expect(outgrown(more, 20)).toEqual([]);
    expect(outgrown(growthOf(runs(100, (i) => 40 - Math.floor(i / 25))), 100)).toHaveLength(1);
    expect(outgrown(growthOf(runs(100, (i) => 40 + Math.floor(i / 50))), 100)).toEqual([]);
    expect(outgrown(growthOf(runs(100, (i) => 4 + Math.floor(i / 50))), 100)).toEqual([]);
    expect(outgrown(growthOf(runs(100, (i) => 4 + Math.floor(i / 25))), 100)).toEqual(['handles: 4.0 became 7.0']);
  });
});
