import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ArenaServer } from '../../test/support/arena-server.ts';
import type { Outcome } from '../report/outcome.ts';
import type { RunReport } from '../report/run-report.ts';
import { MainProcess } from '../testing/run-main.ts';

let directory: string;

beforeAll(async () => {
  ArenaServer.build();
  directory = await mkdtemp(path.join(tmpdir(), 'loadtest-'));
}, 60_000);

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** What is tested is that all three play; how well they do on a busy machine is not. */
const LENIENT = '--max-late 60000 --target-rtt 60000 --target-updates 1'.split(' ');

describe('the three contenders', () => {
  it('play the same game in turn, the bare one with the sizes of ours', async () => {
    const file = path.join(directory, 'baseline.json');
    const small = '--rounds 1 --rooms 1 --clients 4 --seconds 2 --warmup 1'.split(' ');
    const process = new MainProcess('', ['--baseline', '--predict', ...small, ...LENIENT, '--json', file]);
    const code = await process.exitCode;
    expect({ code, said: code === 0 ? '' : process.stderr }).toEqual({ code: 0, said: '' });
    const outcome = JSON.parse(await readFile(file, 'utf8')) as Outcome & { kind: 'baseline' };

    const [ours, stock, bare] = outcome.rounds[0] as [RunReport, RunReport, RunReport];
    expect([ours, stock, bare].map(({ contender }) => contender)).toEqual(['velarium', 'colyseus', 'ws']);
    for (const run of [ours, stock, bare]) {
      expect(run.stayed).toBe(4);
      expect(run.errors).toEqual({});
      expect(run.roundTripMs.count).toBe(4 * 120);
      expect(run.unanswered).toBe(0);
      expect(run.updatesPerSecond.mean).toBeGreaterThan(30);
      expect(run.server.cpuPerClientMs).toBeGreaterThan(0);
      expect(run.server.memoryBytes).toBeGreaterThan(10_000_000);
      expect(run.server.eventLoopLagP99Ms).toBeGreaterThanOrEqual(0);
    }
    expect(bare.messageBytes).toEqual({
      in: Math.round(ours.messageBytes.in),
      out: Math.round(ours.messageBytes.out),
    });
    // Bytes do not depend on the machine.
    expect(stock.messageBytes.in / ours.messageBytes.in).toBeGreaterThan(4);
    expect(process.stdout).toMatch(/bytes to a client, bytes\/s +\d+ +\d+ +\d+ /);
  }, 60_000);
});
