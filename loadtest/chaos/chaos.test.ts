import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ChaosReport } from './chaos-run.ts';
import { readNodeLine } from './node-line.ts';
import { parseChaos } from './options.ts';
import { takeoverOf } from './takeover-line.ts';

const MAIN = path.join(import.meta.dirname, 'main.ts');

async function runChaos(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (said.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...said };
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
      expect(backMs.length).toBe(2 * lostMs.length);
    }
    await rm(folder, { recursive: true });
  }, 90_000);

  it('lets a node stand still under play: for 0.3 s nobody takes its rooms, for longer they go on elsewhere', async () => {
    const { code, stdout, stderr } = await runChaos(...'pause --runs 2 --rooms 2 --clients 2 --seed 6'.split(' '));
    expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' });
    expect(stdout).toMatch(/nothing was broken\n$/);
    const [short, long] = stderr.split('\n');
    expect(short).toMatch(/stood still for 300 ms/);
    expect(long).toMatch(/stood still for 1000 ms/);
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

  it('says what is wrong with its options', async () => {
    expect(await runChaos('earthquake')).toMatchObject({ code: 2, stderr: expect.stringMatching(/earthquake/) });
    expect(await runChaos('kill', '--runs', 'many')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--runs/),
    });
    expect(parseChaos(['kill'])).toMatchObject({ runs: 5, rooms: 4, clients: 2, seed: 1, help: false });
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
