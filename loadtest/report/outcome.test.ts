import { describe, expect, it } from '@jest/globals';
import { TimeHistogram } from '../histogram.ts';
import { generatorFigures } from './generator-health.ts';
import type { Contender } from '../contender.ts';
import type { Sweep } from '../sweep.ts';
import { baselineOutcome, conclude } from './outcome.ts';
import { renderPage } from './page.ts';
import { render } from './render.ts';
import type { RunReport } from './run-report.ts';
import { judge } from './targets.ts';

const TARGETS = { roundTripMs: 100, messageBytes: 1_024, updatesPerSecond: 59 };

function report(changes: Partial<RunReport> = {}): RunReport {
  const times = { count: 100, p50: 10, p95: 20, p99: 30, max: 40 };
  const figures = {
    joins: { wanted: 8, joined: 8, perSecond: 10, timeMs: times },
    stayed: 8,
    roundTripMs: times,
    updatesPerSecond: { mean: 60, slowest: 59.5 },
    messageBytes: { in: 40, out: 6 },
    ...changes,
  };
  return {
    contender: 'velarium',
    room: 'arena',
    rooms: 1,
    clients: 8,
    beganAtMs: 0,
    seconds: 2,
    interrupted: false,
    conditions: { decode: 'all', predict: false, lean: false, node: 'v24.0.0', cpu: 'a', cores: 2 },
    unanswered: 0,
    gapMs: times,
    bytesPerSecond: { in: 2_400, out: 360 },
    messagesPerSecond: { in: 60, out: 60 },
    server: { cpuSeconds: 1, cpuPerClientMs: 0.7, cpuShare: 0.5 },
    generator: { workers: 1, lateP99Ms: 1, cpuShare: 0.5 },
    errors: {},
    targets: judge(figures, TARGETS),
    moments: [0, 1].map((second) => ({
      second,
      clients: 8,
      updatesPerClient: 60,
      roundTripP50Ms: 10,
      roundTripP99Ms: 30,
      longestGapMs: 40,
      bytesPerClient: { in: 2_400, out: 360 },
      generatorLateP99Ms: 1,
      errors: 0,
    })),
    ...figures,
  };
}

const p99 = (ms: number) => ({ roundTripMs: { count: 1, p50: ms, p95: ms, p99: ms, max: ms } });
const isVoid = { generator: { workers: 1, lateP99Ms: 9, cpuShare: 0.5, void: 'late', advice: 'what helps: x' } };

describe('the conclusion', () => {
  it.each([
    ['nothing', report(), 0, undefined],
    ['round trip', report(p99(100)), 1, 'round trip: 99 % within 100.0 ms, wanted under 100 ms'],
    [
      'no acknowledgement',
      report({ roundTripMs: { count: 0, p50: 0, p95: 0, p99: 0, max: 0 } }),
      1,
      'round trip: no input was acknowledged',
    ],
    [
      'size',
      report({ messageBytes: { in: 1_024, out: 1 } }),
      1,
      'message size: 1024.0 bytes on average, wanted under 1024',
    ],
    [
      'updates',
      report({ updatesPerSecond: { mean: 60, slowest: 58.99 } }),
      1,
      'updates: 58.99 a second at the slowest client, wanted at least 59',
    ],
    ['clients', report({ stayed: 7 }), 1, 'clients: 7 of 8 joined and stayed connected'],
    [
      'a void run, whatever else',
      report({ ...isVoid, stayed: 7 }),
      3,
      'void: the generator was the bottleneck: late\nwhat helps: x',
    ],
    [
      'an interruption, whatever else',
      report({ ...isVoid, interrupted: true }),
      130,
      'interrupted: these are the figures until then',
    ],
    [
      'an interruption before anything',
      report({ seconds: 0, interrupted: true }),
      130,
      'interrupted before anything was measured',
    ],
  ])('of one that missed %s', (_what, run, code, line) => {
    const conclusion = conclude({ kind: 'run', run });
    expect(conclusion.code).toBe(code);
    if (line === undefined) expect(conclusion.line).toBeUndefined();
    else expect(conclusion.line).toContain(line);
  });

  it('of a comparison asks nothing of the others but a generator that kept up', () => {
    const colyseus = report({ contender: 'colyseus', stayed: 0 });
    expect(conclude({ kind: 'baseline', rounds: [[report(), colyseus]], comparison: [] }).code).toBe(0);
    const slow = report({ contender: 'ws', ...isVoid });
    expect(conclude({ kind: 'baseline', rounds: [[report(), slow]], comparison: [] }).code).toBe(3);
  });

  it('of a sweep is bad only where its first run is', () => {
    const sweep = { contender: 'velarium' as const, runs: [report({ stayed: 7 })], limit: '', mayHoldMore: false };
    expect(conclude({ kind: 'sweep', sweeps: [sweep] }).code).toBe(1);
    expect(conclude({ kind: 'sweep', sweeps: [{ ...sweep, most: report() }] }).code).toBe(0);
  });
});

describe('the generator', () => {
  const seconds = (...shares: number[]) => shares.map((cpuShare) => ({ cpuShare, lateness: new TimeHistogram() }));

  it('voids a run in which it was late or had no CPU left', () => {
    expect(generatorFigures(1, 5, 5, seconds(0.8, 0.8), 'all').void).toBeUndefined();
    expect(generatorFigures(1, 5.1, 5, seconds(0.5), 'all')).toMatchObject({
      void: 'its inputs were late by 5.1 ms (99th percentile, 5 at most)',
      advice:
        'what helps: fewer --rooms; --decode none; a machine with less else to do; --max-late 6, where that much does not matter',
    });
    expect(generatorFigures(1, 1, 5, seconds(0.7, 1), 'none')).toMatchObject({
      void: 'a worker took 85 % of a core (80 % at most)',
      advice: 'what helps: fewer --rooms; a machine with less else to do',
    });
  });
});

describe('the page', () => {
  it('loads nothing, and has the text and a chart of each run in it', async () => {
    const outcome = { kind: 'run', run: report({ errors: { 'closed </script>': 1 } }) } as const;
    const page = await renderPage(outcome, render(outcome));
    expect(page).toContain('velarium: 1 rooms, 8 clients');
    expect(page).toContain('1 x closed &lt;/script>');
    expect(page).not.toMatch(/(src|href)=|@import|url\(/);
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    const data = JSON.parse(/id="data">(.*)<\/script>/.exec(page)![1]!) as { charts: { data: unknown[] }[] }[];
    expect(data[0]!.charts[0]!.data).toEqual([
      [1, 2],
      [10, 10],
      [30, 30],
    ]);
  });
});

describe('the table', () => {
  it('of a comparison has no ratio where every round had a void run', () => {
    const outcome = baselineOutcome([[report(), report({ contender: 'ws', ...isVoid })]]);
    const text = render(outcome);
    expect(text).toContain('Nothing is compared: in every round the generator was the bottleneck of a run.');
    expect(text).not.toContain('times floor');
    expect(conclude(outcome).code).toBe(3);
  });

  it('of sweeps has no ratio to a server whose limit the generator hid, and none that is too small', () => {
    const sweep = (contender: Contender, clients: number, mayHoldMore = false): Sweep => {
      const most = report({ contender, clients });
      return { contender, runs: [most], most, limit: '', mayHoldMore };
    };
    const said = (...sweeps: Sweep[]): string => render({ kind: 'sweep', sweeps });
    expect(said(sweep('velarium', 30), sweep('colyseus', 20))).toContain('holds 1.50 times as many clients as');
    expect(said(sweep('velarium', 30, true), sweep('colyseus', 20))).toContain('holds at least 1.50 times');
    const hidden = said(sweep('velarium', 30), sweep('ws', 40, true));
    expect(hidden).toContain(': its limit was not reached');
    expect(hidden).not.toContain('times as many');
  });

  it('says of a server without metrics that it does not say', () => {
    const text = render({ kind: 'run', run: report({ server: {} }) });
    expect(text.match(/the server does not say/g)).toHaveLength(6);
  });

  it('tells what a journal takes by how long the server was watched, which is longer than clients measure', () => {
    const journal = { noteSeconds: 0.2, writeSeconds: 0.1, tickSeconds: 4, entries: 60, bytes: 30_000 };
    const text = render({ kind: 'run', run: report({ rooms: 1, seconds: 2, server: { seconds: 3, journal } }) });
    expect(text).toContain('5.0 % of the time in ticks, and outside them as much as 2.5 % to write it');
    expect(text).toContain('20.0 writes and 10000 bytes a second');
  });
});
