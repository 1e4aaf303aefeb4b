import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ArenaServer } from '../../test/support/arena-server.ts';
import { type Ended, runMain } from '../testing/run-main.ts';
import { parseSoak } from './options.ts';
import type { SoakReport } from './soak.ts';

const runSoak = (...args: string[]): Promise<Ended> => runMain('soak', ...args);

beforeAll(() => ArenaServer.build(), 60_000);

describe('a soak', () => {
  it('plays, cuts connections, and finds nothing left', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'soak-'));
    const file = path.join(folder, 'report.json');
    // In seconds memory says nothing; what is left does.
    const args = '--minutes 0.06 --rooms 2 --clients 3 --stay 1 --every 1 --cut 50 --vanish 0 --most-growth 1000';
    const { code, stdout, stderr } = await runSoak(...args.split(' '), '--json', file);
    expect({ code, stderr: code === 0 ? '' : stderr, stdout: code === 0 ? '' : stdout }).toEqual({
      code: 0,
      stderr: '',
      stdout: '',
    });
    expect(stdout).toMatch(/flat, and nothing left\n$/);
    const report = JSON.parse(await readFile(file, 'utf8')) as SoakReport;
    expect(report.deeds.joins).toBeGreaterThan(5);
    expect(report.deeds.returns).toBeGreaterThan(0);
    expect(report.deeds.inputs).toBeGreaterThan(60);
    expect(report.deeds.errors).toEqual({});
    expect(report.after.objects['Timeout']).toBeGreaterThan(0); // they are really counted
    expect(report.samples.length).toBeGreaterThanOrEqual(3);
    expect(report.keysAfterEnd).toEqual([]);
    await rm(folder, { recursive: true });
  }, 90_000);

  it('says what is wrong with its options, or with Redis', async () => {
    expect(await runSoak('--minutes', 'long')).toMatchObject({ code: 2, stderr: expect.stringMatching(/--minutes/) });
    const nowhere = await runSoak('--redis', 'redis://user:secret@127.0.0.1:1');
    expect(nowhere).toMatchObject({ code: 4, stderr: 'soak: no Redis answers at that address (--redis)\n' });
  }, 60_000);
});

it.each([
  ['--minutes 2 --settle 2', /--settle/],
  ['--cut 60 --vanish 60', /--vanish/],
  ['--redis localhost', /--redis/],
  ['--bots 7', /--bots/],
  ['--rooms 1.5', /--rooms/],
])('%s is refused', (args, message) => {
  expect(() => parseSoak(args.split(' '))).toThrow(message);
});

it('settles for five minutes, or a quarter of a shorter time', () => {
  expect(parseSoak([])).toMatchObject({ minutes: 20, settleMinutes: 5, redisUri: undefined });
  expect(parseSoak(['--minutes', '2']).settleMinutes).toBe(0.5);
});
