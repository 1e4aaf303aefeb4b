import { describe, expect, it } from '@jest/globals';
import type { Contender } from '../contender.ts';
import type { RunReport } from '../report/run-report.ts';
import { compare, median } from './compare.ts';

const run = (contender: Contender, bytes: number, updates: number, cpu?: number, step?: number): RunReport =>
  ({
    contender,
    bytesPerSecond: { in: bytes, out: 1 },
    messageBytes: { in: bytes / 60, out: 1 },
    updatesPerSecond: { mean: updates, slowest: updates },
    roundTripMs: { p99: 20 },
    generator: { workers: 1, lateP99Ms: 0, cpuShare: 0 },
    server: { ...(cpu === undefined ? {} : { cpuPerClientMs: cpu }), ...(step && { stepPerClientMs: step }) },
  }) as unknown as RunReport;

describe('the comparison', () => {
  const rounds = [
    [run('velarium', 2_000, 60, 0.7, 0.1), run('colyseus', 9_000, 30, 1.0, 0.2), run('ws', 2_000, 60, 0.5)],
    [run('velarium', 2_400, 60, 0.6), run('colyseus', 8_000, 30, 1.2), run('ws', 2_000, 60, 0.4)],
    [run('velarium', 2_200, 60, 0.8), run('colyseus', 8_800, 30, 1.1)],
  ];
  const of = (name: string) => compare(rounds).find((figure) => figure.name === name)!;

  it('takes medians over the rounds, and ratios of those', () => {
    expect(of('bytes to a client')).toMatchObject({
      medians: { velarium: 2_200, colyseus: 8_800, ws: 2_000 },
      timesBetter: 4,
      timesFloor: 1.1,
    });
    expect(of('server CPU a client').medians).toEqual({ velarium: 0.7, colyseus: 1.1, ws: 0.45 });
    const withoutStep = of("... the game's step left out").medians;
    expect(withoutStep.velarium).toBeCloseTo(0.6, 10); // of 0.7 - 0.1, 0.6, 0.8
    expect(withoutStep.colyseus).toBeCloseTo(1.1, 10); // of 1.0 - 0.2, 1.2, 1.1
    expect(withoutStep.ws).toBe(0.45);
  });

  it('leaves rounds with a void run out, and says nothing where there is no other', () => {
    const isVoid = { ...run('ws', 1, 60), generator: { void: 'late' } } as RunReport;
    const withVoid = [run('velarium', 9_999, 60), run('colyseus', 1, 30), isVoid];
    expect(compare([...rounds, withVoid])).toEqual(compare(rounds));
    expect(compare([withVoid])).toEqual([]);
  });

  it('turns the ratio around for what is better high', () => {
    expect(of('updates a client')).toMatchObject({ timesBetter: 2, timesFloor: 1 });
  });

  it('says nothing of what no server told', () => {
    const [memory] = compare([[run('velarium', 1, 1), run('colyseus', 1, 1)]]).filter(({ name }) =>
      /memory/.test(name),
    );
    expect(memory).toEqual({ name: 'server memory', unit: 'MiB', digits: 0, medians: {} });
  });

  it('has a median of an even count too', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});
