import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ArenaServer } from '../test/support/arena-server.ts';
import type { RunReport } from './report/run-report.ts';
import { MainProcess } from './testing/run-main.ts';

const SMALL = '--rooms 4 --clients 2 --workers 1 --warmup 0 --seconds 5 --lean --max-late 60000'.split(' ');
const LENIENT = '--target-rtt 60000 --target-updates 1'.split(' ');

describe('the load test with chaos', () => {
  beforeAll(() => ArenaServer.build());

  it('kills a server in the middle, and says how long its clients were away', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'chaos-load-'));
    const files = ['json', 'html'].map((name) => path.join(folder, name)) as [string, string];
    const args = [...SMALL, ...LENIENT, '--chaos', 'kill', '--json', files[0], '--html', files[1]];
    const process = new MainProcess('', args);
    expect({ code: await process.exitCode, stdout: process.stdout }).toMatchObject({ code: 0 });
    const { run } = JSON.parse(await readFile(files[0], 'utf8')) as { run: RunReport };
    expect(run.chaos).toMatchObject({ fault: 'kill', node: expect.stringMatching(/^node [123]$/) });
    const { count, max, p99, p50 } = run.chaos!.backMs;
    expect(count).toBeGreaterThanOrEqual(4); // of four rooms on three servers one server has two
    expect(count % 2).toBe(0); // whole rooms
    expect(p50).toBeGreaterThan(0);
    expect(max).toBeGreaterThanOrEqual(p99);
    expect(run.gapMs.max).toBeGreaterThanOrEqual(p50);
    expect(run.stayed).toBe(8);
    expect(process.stdout).toMatch(/three servers of its own, node \d killed after \d\.\d s: 4 rooms, 8 clients/);
    expect(process.stdout).toMatch(/back, ms without an update +50 % .*99 % .*longest .*\(\d+\)/);
    expect(await readFile(files[1], 'utf8')).toMatch(/8 clients; kill of node \d after/);
    await rm(folder, { recursive: true });
  }, 60_000);
});
