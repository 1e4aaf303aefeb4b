import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../test/support/until.ts';
import type { RunReport } from './report/run-report.ts';
import { during, type KnownBehaviour, KnownServer } from './testing/known-server.ts';
import { MainProcess } from './testing/run-main.ts';

let server: KnownServer;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'loadtest-'));
});

afterEach(async () => {
  await server?.stop();
  await rm(directory, { recursive: true });
});

/** Two rooms of two clients; the machine of a test may be busy, which is not what is tested. */
const SMALL = '--rooms 2 --clients 2 --workers 1 --warmup 0 --max-late 60000'.split(' ');

const LENIENT = '--target-rtt 5000 --target-updates 1'.split(' ');

async function start(behaviour: KnownBehaviour, ...args: string[]): Promise<MainProcess> {
  server = await KnownServer.start(behaviour);
  return new MainProcess('', ['--endpoint', server.endpoint, ...SMALL, ...args]);
}

async function reportOf(file: string): Promise<RunReport> {
  return (JSON.parse(await readFile(file, 'utf8')) as { run: RunReport }).run;
}

describe('the load test against a server whose figures are known', () => {
  it('reports its delays, its stall, its rate and its sizes, and writes its files', async () => {
    const files = ['json', 'html', 'output'].flatMap((name) => [`--${name}`, path.join(directory, name)]);
    const known = { answerMs: 50, updateBytes: 77, stall: { atInput: 120, forMs: 400 } };
    const process = await start(known, '--seconds', '4', '--workers', '2', ...files);
    expect(await process.exitCode).toBe(1); // the stall is more than the round trip may take
    const report = await reportOf(path.join(directory, 'json'));

    expect(report.joins).toMatchObject({ wanted: 4, joined: 4 });
    expect(report.stayed).toBe(4);
    expect(report.errors).toEqual({});
    expect(report.unanswered).toBe(0);
    expect(report.roundTripMs.count).toBe(4 * 240); // one input a tick and client was due
    // Never less than the server waits; a tenth of the inputs came into the stall and waited for its end.
    expect(report.roundTripMs.p50).toBeGreaterThanOrEqual(50);
    expect(report.roundTripMs.p50).toBeLessThan(200);
    expect(report.roundTripMs.p95).toBeGreaterThanOrEqual(200);
    expect(report.roundTripMs.p99).toBeGreaterThanOrEqual(350);
    expect(report.roundTripMs.max).toBeGreaterThanOrEqual(400);
    expect(report.gapMs.max).toBeGreaterThanOrEqual(390);
    expect(report.gapMs.p50).toBeLessThan(100);

    const sent = during(server.sent, report.beganAtMs, report.seconds);
    const received = during(server.received, report.beganAtMs, report.seconds);
    expect(report.messageBytes.in).toBe(77);
    // What was under way at either end of the measurement is counted on one side only.
    const within = (measured: number, known: number) => expect(Math.abs(measured / known - 1)).toBeLessThan(0.05);
    within(report.bytesPerSecond.in * 4 * report.seconds, sent.bytes);
    within(report.messagesPerSecond.in * 4 * report.seconds, sent.count);
    within(report.updatesPerSecond.mean * 4 * report.seconds, sent.count);
    within(report.bytesPerSecond.out * 4 * report.seconds, received.bytes);
    expect(report.moments.map(({ second }) => second)).toEqual([0, 1, 2, 3]);
    expect(report.targets.filter(({ kept }) => !kept).map(({ name }) => name)).toEqual(['round trip', 'updates']);

    expect(process.stdout).toMatch(/^target missed: round trip: 99 % within .* updates: /m);
    expect(process.stderr.match(/\/4 s {2}4 clients/g)).toHaveLength(4);
    expect(await readFile(path.join(directory, 'output'), 'utf8')).toBe(process.stdout);
    expect(await readFile(path.join(directory, 'html'), 'utf8')).toContain('velarium: 2 rooms, 4 clients');
  }, 60_000);

  it('ends with 0 where every target is kept', async () => {
    const process = await start({ answerMs: 0, updateBytes: 40 }, '--seconds', '1', ...LENIENT);
    expect(await process.exitCode).toBe(0);
    expect(process.stdout).not.toContain('MISSED');
  }, 60_000);

  it('ends with 1 and names the target that was missed', async () => {
    const process = await start({ answerMs: 0, updateBytes: 40 }, '--seconds', '1', ...LENIENT, '--target-bytes', '40');
    expect(await process.exitCode).toBe(1);
    expect(process.stdout).toContain('target missed: message size: 40.0 bytes on average, wanted under 40\n');
  }, 60_000);

  it('counts a client that is thrown out, by the code', async () => {
    const file = path.join(directory, 'json');
    const process = await start({ answerMs: 0, updateBytes: 40, closeAtInput: 90 }, '--seconds', '2', '--json', file);
    expect(await process.exitCode).toBe(1);
    const report = await reportOf(file);
    expect(report.errors).toEqual({ 'closed (4001)': 4 });
    expect(report.stayed).toBe(0);
    expect(process.stdout).toContain('clients: 0 of 4 joined and stayed connected');
  }, 60_000);

  it('prints what it has when it is interrupted, and ends with 130', async () => {
    const file = path.join(directory, 'json');
    const process = await start({ answerMs: 0, updateBytes: 40 }, '--seconds', '600', '--json', file);
    await until('a second is measured', () => process.stderr.includes('1/600 s'), 20_000);
    process.interrupt();
    expect(await process.exitCode).toBe(130);
    expect(process.stdout).toContain('(interrupted)');
    expect(process.stdout).toMatch(/interrupted: these are the figures until then\n$/);
    const report = await reportOf(file);
    expect(report.interrupted).toBe(true);
    expect(report.seconds).toBeGreaterThanOrEqual(1);
    expect(report.messageBytes.in).toBe(40);
    expect(report.stayed).toBe(4);
  }, 60_000);
});

describe('the load test with nothing to measure', () => {
  it('says that there is no server, with 4', async () => {
    server = await KnownServer.start({ answerMs: 0, updateBytes: 40 });
    const { endpoint } = server;
    await server.stop();
    const process = new MainProcess('', ['--endpoint', endpoint, ...SMALL]);
    expect(await process.exitCode).toBe(4);
    expect(process.stderr).toContain(`loadtest: no server at ${endpoint} (--endpoint): ECONNREFUSED\n`);
    expect(process.stdout).toBe('');
  }, 60_000);

  it('says that there is no such room, with 4', async () => {
    const process = await start({ answerMs: 0, updateBytes: 40 }, '--room', 'nothing');
    expect(await process.exitCode).toBe(4);
    expect(process.stderr).toContain(`loadtest: ${server.endpoint} has no rooms named "nothing" (--room)\n`);
  }, 60_000);

  it('says what is wrong with the command line, with 2', async () => {
    const process = new MainProcess('', ['--seconds', 'many']);
    expect(await process.exitCode).toBe(2);
    expect(process.stderr).toContain('loadtest: --seconds: is a number from 1 to 86400, not "many"\n');
  }, 60_000);
});
