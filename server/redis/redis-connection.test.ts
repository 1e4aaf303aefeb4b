import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';
import { RedisConnection } from './redis-connection.ts';
import type { RedisChange } from './redis-health.ts';
import { RedisScript } from './redis-script.ts';

const UNAVAILABLE = expect.objectContaining({ name: 'RedisUnavailableError', code: 503 });

let server: RedisServer;
let redis: RedisConnection;
let lines: [string, object][];
let changes: RedisChange[];

beforeEach(async () => {
  server = await RedisServer.start({ keeps: true });
  lines = [];
  changes = [];
  redis = connectTo(server.uri);
  redis.health.subscribe((change) => changes.push(change));
  await redis.open(5_000);
});

afterEach(async () => {
  redis.close();
  await server.close();
});

const connectTo = (uri: string): RedisConnection =>
  new RedisConnection({
    uri,
    timeouts: { checkMs: 50, commandTimeoutMs: 300 },
    log: {
      info: (fields, message) => lines.push([message, fields]),
      warn: (fields, message) => lines.push([message, fields]),
    },
  });

const messages = (): string[] => lines.map(([message]) => message);

describe('a Redis that goes away and comes back', () => {
  it('is told of in one line each way, and commands fail in between', async () => {
    await server.kill();
    await until('it is noticed', () => !redis.health.available);
    await expect(redis.run((client) => client.get('key'))).rejects.toEqual(UNAVAILABLE);
    const awayMs = performance.now();
    await until('several attempts to connect failed', () => performance.now() - awayMs > 600);
    await server.start();
    await until('it is noticed', () => redis.health.available);
    expect(await redis.run((client) => client.get('key'))).toBeNull();
    expect(messages()).toEqual(['redis answers', 'redis does not answer', 'redis answers']);
    expect(changes).toEqual([
      { available: true, restarted: false, emptied: false },
      { available: false, restarted: false, emptied: false },
      { available: true, restarted: true, emptied: false },
    ]);
  });

  it('fails what was under way when it went', async () => {
    const waiting = redis.client.duplicate({ lazyConnect: true });
    await waiting.connect();
    const failed = expect(redis.run((client) => client.brpop('nothing', 10))).rejects.toEqual(UNAVAILABLE);
    await waiting.ping();
    await server.kill();
    await failed;
    waiting.disconnect();
  });

  it('is noticed when it answers nothing on a connection that stays open', async () => {
    const client = redis.client;
    server.freeze();
    const asked = Promise.allSettled(Array.from({ length: 10 }, () => redis.run(() => client.get('key'))));
    for (const { status, ...rest } of await asked) {
      expect([status, (rest as { reason: unknown }).reason]).toEqual(['rejected', UNAVAILABLE]);
    }
    await until('it is noticed', () => !redis.health.available);
    await expect(redis.run(() => client.get('key'))).rejects.toEqual(UNAVAILABLE);
    server.thaw();
    await until('it is noticed', () => redis.health.available);
    expect(changes.at(-1)).toEqual({ available: true, restarted: false, emptied: false });
  });

  it('does not carry out later what failed', async () => {
    server.freeze();
    await until('it is noticed', () => !redis.health.available);
    await expect(redis.run((client) => client.incr('late'))).rejects.toEqual(UNAVAILABLE);
    server.thaw();
    await until('it is noticed', () => redis.health.available);
    expect(await redis.run((client) => client.get('late'))).toBeNull();
  });
});

describe('a Redis that lost what it held', () => {
  it('is told from one that did not, when it comes back', async () => {
    await server.kill();
    await until('it is noticed', () => !redis.health.available);
    const other = await RedisServer.start({ port: server.port });
    await until('it is noticed', () => redis.health.available);
    expect(changes.at(-1)).toEqual({ available: true, restarted: true, emptied: true });
    redis.close();
    await other.close();
  });

  it('is noticed while the connection holds', async () => {
    const { runId, incarnation } = redis.health;
    await redis.run((client) => client.flushall());
    await until('it is noticed', () => changes.length === 2);
    expect(changes[1]).toEqual({ available: true, restarted: false, emptied: true });
    expect(redis.health.runId).toBe(runId);
    expect(redis.health.incarnation).not.toBe(incarnation);
  });
});

it('measures how long Redis takes', () => {
  expect(redis.health.latencyMs).toBeGreaterThan(0);
});

it('says when there is no Redis to begin with, and goes on looking', async () => {
  await server.kill();
  const early = connectTo(server.uri);
  await expect(early.open(200)).rejects.toEqual(UNAVAILABLE);
  expect(messages().filter((message) => message === 'redis does not answer')).toHaveLength(1); // the other connection's
  await server.start();
  await until('it is found', () => early.health.available);
  early.close();
});

it('never logs a password', async () => {
  await redis.run((client) => client.config('SET', 'requirepass', 'right-secret'));
  const wrong = connectTo(`redis://user:wrong-secret@127.0.0.1:${server.port}`);
  await expect(wrong.open(500)).rejects.toEqual(UNAVAILABLE);
  wrong.close();
  const right = connectTo(`redis://:right-secret@127.0.0.1:${server.port}`);
  await right.open(5_000);
  right.close();
  expect(JSON.stringify(lines)).not.toContain('secret');
});

it('passes on what Redis itself objects to', async () => {
  await redis.run((client) => client.set('text', 'value'));
  await expect(redis.run((client) => client.incr('text'))).rejects.toMatchObject({ name: 'ReplyError' });
});

it('a closed connection does not come back', async () => {
  redis.close();
  await until('it is closed', () => redis.client.status === 'end');
  await expect(redis.run((client) => client.get('key'))).rejects.toEqual(UNAVAILABLE);
  const admin = new Redis(server.port);
  expect(((await admin.client('LIST')) as string).trim().split('\n')).toHaveLength(1);
  admin.disconnect();
});

it('scripts are sent whole to a Redis that does not know them', async () => {
  const script = new RedisScript(`return redis.call('INCRBY', KEYS[1], ARGV[1])`);
  expect(await script.run(redis.client, ['n'], [2])).toBe(2);
  await redis.client.script('FLUSH');
  expect(await script.run(redis.client, ['n'], [3])).toBe(5);
  await expect(script.run(redis.client, ['n'], ['x'])).rejects.toThrow('not an integer');
});
