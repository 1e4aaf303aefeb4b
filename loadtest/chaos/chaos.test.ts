import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { until } from '../../test/support/until.ts';
import { type Ended, MainProcess, runMain } from '../testing/run-main.ts';
import type { ChaosReport } from './chaos-run.ts';
import { readNodeLine } from './node-line.ts';
import { parseChaos } from './options.ts';
import { takeoverOf } from './takeover-line.ts';

const runChaos = (...args: string[]): Promise<Ended> => runMain('chaos', ...args);

/** Of a process, those that it started: from /proc where there is one, as not every Linux has ps. */
function childrenOf(pid: number): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  if (existsSync(list)) return readFileSync(list, 'utf8').trim().split(' ').map(Number);
  const rows = execFileSync('ps', ['-Ao', 'ppid=,pid='], { encoding: 'utf8' }).trim().split('\n');
  return rows
    .map((row) => row.trim().split(/ +/).map(Number))
    .flatMap(([parent, child]) => (parent === pid ? child! : []));
}

/** They are waited for by whoever adopts them, so none stays as one that has ended. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('npm run chaos', () => {
  it('kills a node of three under play: everybody is back as who they were, and each room runs once', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'chaos-'));
    const file = path.join(folder, 'report.json');
    const { code, stdout, stderr } = await runChaos(...'kill --runs 2 --rooms 2 --clients 2 --json'.split(' '), file);
    expect({ code, stderr: code === 0 ? '' : stderr, stdout: code === 0 ? '' : stdout }).toEqual({
      code: 0,
      stderr: '',
      stdout: '',
    });
    expect(stdout).toMatch(/nothing was broken\n$/);
    const { runs } = JSON.parse(await readFile(file, 'utf8')) as ChaosReport;
    expect(runs.length).toBe(2);
    for (const { backMs, lostMs, broken } of runs) {
      expect(broken).toEqual([]);
      expect(lostMs.length).toBeGreaterThan(0); // somebody's room was there
      expect(backMs.length).toBeGreaterThanOrEqual(2);
    }
    await rm(folder, { recursive: true });
  }, 90_000);

  it('lets a node stand still under play: for 0.3 s nobody takes its rooms, for longer they go on elsewhere', async () => {
    const { code, stdout, stderr } = await runChaos(...'pause --runs 2 --rooms 2 --clients 2 --seed 3'.split(' '));
    expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' });
    expect(stdout).toMatch(/nothing was broken\n$/);
    const [short, long] = stderr.split('\n');
    expect(short).toMatch(/stood still for 300 ms/);
    expect(long).toMatch(/stood still for 2000 ms/);
    // Whose node it was lost it, and let go of it.
    expect(stdout).toMatch(/^rooms let go .*\([12]\)$/m);
  }, 90_000);

  it('kills one of three, starts it again and fills it, and looks what the others hold', async () => {
    const { code, stdout } = await runChaos(...'cycle --runs 1 --rooms 3 --clients 1'.split(' '));
    expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' });
    for (const held of ['heap, MiB', 'handles', 'timers', 'keys in Redis', 'subscriptions']) {
      expect(stdout).toMatch(
        new RegExp(`^${held} +\\d+\\.\\d at the beginning, \\d+\\.\\d at the end \\(0\\.0 %\\)$`, 'm'),
      );
    }
  }, 90_000);

  it('plays beside busy processes while nothing happens, and counts what is taken over', async () => {
    const { code, stdout } = await runChaos(...'calm --minutes 0.05 --load 1 --rooms 1 --clients 1'.split(' '));
    expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' });
    expect(stdout).toMatch(/^nothing happened, for 0\.05 minutes, .* beside 1 busy processes/);
    expect(stdout).toMatch(/^rooms taken over +0$/m);
    expect(stdout).toMatch(/^connections lost +0$/m);
    expect(stdout).toMatch(/^longest gap of a client .*\(1\)$/m);
  }, 90_000);

  it('leaves nothing running where it is interrupted', async () => {
    const chaos = new MainProcess('chaos', 'kill --runs 50 --rooms 1 --clients 1'.split(' '));
    await until('it plays', () => /^run 1: /m.test(chaos.stderr), 60_000);
    const started = childrenOf(chaos.pid);
    expect(started.length).toBeGreaterThanOrEqual(4); // Redis and three nodes
    chaos.interrupt();
    expect(await chaos.exitCode).toBe(130);
    await until('they have ended', () => !started.some(isRunning));
  }, 90_000);

  it('says what is wrong with its options', async () => {
    expect(await runChaos('earthquake')).toMatchObject({ code: 2, stderr: expect.stringMatching(/earthquake/) });
    expect(await runChaos('kill', '--runs', 'many')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--runs/),
    });
    expect(parseChaos(['kill'])).toMatchObject({ runs: 5, rooms: 4, clients: 2, seed: 1, load: 0, help: false });
    expect(parseChaos(['--help']).help).toBe(true);
  });

  it('finds what a node says of a takeover, and nothing else', () => {
    const line =
      'node 2 | {"level":30,"time":7,"room":"r1","epoch":2,"elapsedMs":1250.5,"sessions":3,"msg":"room taken over"}';
    expect(readNodeLine(line)).toMatchObject({ node: 'node 2', timeMs: 7, message: 'room taken over' });
    expect(takeoverOf(readNodeLine(line)!)).toEqual({ roomId: 'r1', elapsedMs: 1250.5 });
    expect(takeoverOf(readNodeLine('node 2 | {"level":30,"roomId":"r1","msg":"takeover: adopted"}')!)).toBeUndefined();
    expect(readNodeLine('node 2 ended (exit code 1)')).toBeUndefined();
  });
});
