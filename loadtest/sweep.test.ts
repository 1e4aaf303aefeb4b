import { describe, expect, it } from '@jest/globals';
import type { RunReport } from './report/run-report.ts';
import { sweep } from './sweep.ts';

const report = (rooms: number, kept: boolean, isVoid = false, sent = 1): RunReport =>
  ({
    rooms,
    ...{ clients: 10, seconds: 5, roundTripMs: { count: sent * 3_000 - 7 }, unanswered: 7 },
    interrupted: false,
    generator: { workers: 1, lateP99Ms: 0, cpuShare: 0, ...(isVoid ? { void: 'late' } : {}) },
    targets: [{ name: 'updates', kept, text: '12 a second' }],
  }) as unknown as RunReport;

const going = new AbortController().signal;

async function sweepUpTo(holds: number, steps: number[], isVoid = false) {
  const asked: number[] = [];
  const result = await sweep(
    'velarium',
    steps,
    (rooms) => {
      asked.push(rooms);
      return Promise.resolve(report(rooms, rooms <= holds, isVoid && rooms > holds));
    },
    going,
  );
  return { asked, ...result };
}

describe('a sweep', () => {
  it('stops at the first miss and halves what lies before it, to within a twentieth', async () => {
    const { asked, most, limit, mayHoldMore, runs } = await sweepUpTo(137, [50, 100, 200, 400]);
    expect(asked).toEqual([50, 100, 200, 150, 125, 137, 143]);
    expect(most?.rooms).toBe(137);
    expect(mayHoldMore).toBe(false);
    expect(limit).toBe('143 rooms missed updates (12 a second)');
    expect(runs.map(({ rooms }) => rooms)).toEqual([50, 100, 125, 137, 143, 150, 200]);
  });

  it('says when nothing was missed, when all was, and when it was the generator', async () => {
    expect(await sweepUpTo(100, [1, 2])).toMatchObject({
      asked: [1, 2],
      most: { rooms: 2 },
      limit: 'no run missed a target: it may hold more',
      mayHoldMore: true,
    });
    const none = await sweepUpTo(0, [1, 2]);
    expect(none).toMatchObject({ asked: [1] });
    expect(none.most).toBeUndefined();
    expect(await sweepUpTo(1, [1, 2], true)).toMatchObject({
      limit: 'with 2 rooms the generator was the bottleneck: late',
      mayHoldMore: true,
    });
  });

  it('counts what is kept with a late generator, if that sent what was due', async () => {
    const late = (sent: number) =>
      sweep('velarium', [1, 2, 3], (rooms) => Promise.resolve(report(rooms, rooms < 3, rooms > 1, sent)), going);
    expect(await late(0.99)).toMatchObject({ most: { rooms: 2 }, mayHoldMore: true });
    expect(await late(0.98)).toMatchObject({ most: { rooms: 1 }, mayHoldMore: true });
  });

  it('ends with the run that was interrupted', async () => {
    const stop = new AbortController();
    const { runs, most } = await sweep(
      'velarium',
      [1, 2, 3],
      (rooms) => {
        if (rooms === 2) stop.abort();
        return Promise.resolve({ ...report(rooms, true), interrupted: rooms === 2 });
      },
      stop.signal,
    );
    expect(runs.map(({ rooms }) => rooms)).toEqual([1, 2]);
    expect(most?.rooms).toBe(1);
  });
});
