import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';
import { PoolPresence } from './pool-presence.ts';
import { RedisConnection } from './redis-connection.ts';

let server: RedisServer;
let nobody: string[];
const open: { redis: RedisConnection; presence: PoolPresence }[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.close());

beforeEach(() => {
  nobody = [];
});

afterEach(async () => {
  for (const { redis, presence } of open.splice(0)) {
    presence.shutdown();
    redis.close();
  }
  await server.kill();
  await server.start();
});

async function start() {
  const redis = new RedisConnection({ uri: server.uri, timeouts: { checkMs: 50, commandTimeoutMs: 300 } });
  await redis.open(5_000);
  const presence = new PoolPresence({ redis, checkMs: 100, onNobody: (channel) => nobody.push(channel) });
  open.push({ redis, presence });
  await presence.open();
  return { redis, presence };
}

const away = (redis: RedisConnection) => until('Redis is away', () => !redis.health.available);
const back = (redis: RedisConnection) => until('Redis is back', () => redis.health.available);
const UNAVAILABLE = expect.objectContaining({ code: 503 });

/** Publishes until it is heard. */
async function reaches(from: PoolPresence, topic: string, heard: unknown[]): Promise<void> {
  const already = heard.length;
  const timer = setInterval(() => void from.publish(topic, 'hello'), 20);
  await until(`${topic} is heard`, () => heard.length > already).finally(() => clearInterval(timer));
  expect(heard.at(-1)).toBe('hello');
}

describe('subscriptions', () => {
  it.each(['kill', 'freeze'] as const)('hold over a Redis that goes (%s) and comes back', async (how) => {
    const [a, b] = [await start(), await start()];
    const [before, during]: unknown[][] = [[], []];
    await a.presence.subscribe('before', (data: unknown) => before!.push(data));
    await reaches(b.presence, 'before', before!);
    if (how === 'kill') await server.kill();
    else server.freeze();
    await Promise.all([away(a.redis), away(b.redis)]);
    await a.presence.subscribe('during', (data: unknown) => during!.push(data));
    if (how === 'kill') await server.start();
    else server.thaw();
    await Promise.all([back(a.redis), back(b.redis)]);
    await reaches(b.presence, 'before', before!);
    await reaches(b.presence, 'during', during!);
  });

  it('come to life again when only their own connection was lost', async () => {
    const [a, b] = [await start(), await start()];
    const heard: unknown[] = [];
    await a.presence.subscribe('topic', (data: unknown) => heard.push(data));
    await b.redis.client.client('KILL', 'TYPE', 'pubsub');
    await reaches(b.presence, 'topic', heard);
    expect(a.redis.health.available).toBe(true);
  });

  it('end when asked to, also while Redis is away', async () => {
    const { redis, presence } = await start();
    await presence.subscribe('topic', () => {});
    await server.kill();
    await away(redis);
    await presence.unsubscribe('topic');
    await server.start();
    await back(redis);
    const heard: unknown[] = [];
    await presence.subscribe('other', (data: unknown) => heard.push(data));
    await reaches(presence, 'other', heard); // its own connection may come back after the one that publishes
    expect(await presence.channels()).toEqual(['other']);
  });
});

describe('while Redis is away', () => {
  it('whoever awaits an answer gets an error at once', async () => {
    const { redis, presence } = await start();
    await server.kill();
    await away(redis);
    await expect(presence.get('key')).rejects.toEqual(UNAVAILABLE);
    await expect(presence.set('key', 'value')).rejects.toEqual(UNAVAILABLE);
    await expect(presence.publish('topic', 1)).rejects.toEqual(UNAVAILABLE);
    await expect(presence.hgetall('key')).rejects.toEqual(UNAVAILABLE);
    await expect(presence.hset('mine', 'field', 'value')).rejects.toEqual(UNAVAILABLE);
  });

  it('what core counts and hints at fails nobody', async () => {
    const { redis, presence } = await start();
    await server.kill();
    await away(redis);
    expect(await presence.hincrbyex('ch:arena', 'key', 1, 1)).toBe(1);
    expect(await presence.hset('roomcount', 'a', '1,2')).toBe(false);
    expect(await presence.hdel('roomcount', 'a')).toBe(false);
  });

  it('a request to another node is answered with the error', async () => {
    const { redis, presence } = await start();
    await server.kill();
    await away(redis);
    const answers: [number, string][] = [];
    await presence.subscribe('ipc:1', (answer: [number, string]) => answers.push(answer));
    await expect(presence.publish('$room', [null, '1', []])).rejects.toEqual(UNAVAILABLE);
    expect(answers.map(([code, text]) => [code, JSON.parse(text) as unknown])).toEqual([[1, UNAVAILABLE]]);
  });
});

describe('requests', () => {
  it('to a room whose node is gone are answered soon, as core understands it', async () => {
    const { presence } = await start();
    const answers: unknown[] = [];
    await presence.subscribe('ipc:1', (answer: unknown) => answers.push(answer));
    await presence.publish('$room', ['_reserveSeat', '1', []]);
    await until('it is answered', () => answers.length > 0);
    expect(answers).toEqual([[1, 'ipc_timeout']]);
    expect(nobody).toEqual(['$room']);
  });

  it('to a room that is there are left to it, also when its connection is just being made', async () => {
    const [a, b] = [await start(), await start()];
    const [answers, asked]: unknown[][] = [[], []];
    await a.presence.subscribe('ipc:1', (answer: unknown) => answers!.push(answer));
    await a.presence.publish('$room', ['_reserveSeat', '1', []]);
    await b.presence.subscribe('$room', (request: unknown) => asked!.push(request));
    await until('it got there', () => asked!.length > 0);
    expect(asked).toEqual([['_reserveSeat', '1', []]]);
    expect([answers, nobody]).toEqual([[], []]);
  });

  it('are told from news that nobody wants to hear', async () => {
    const { presence } = await start();
    await presence.publish('$room', 'news');
    await presence.publish('topic', ['a', 'b', 'c']);
    await presence.publish('topic', undefined);
    expect(nobody).toEqual([]);
  });
});

it('does what core and games ask of it, also through the object that core hands to rooms', async () => {
  const presence = Object.create((await start()).presence) as PoolPresence;
  await presence.set('text', 'value');
  await presence.setex('short', 'value', 100);
  expect(await presence.get('text')).toBe('value');
  expect(await presence.exists('text')).toBe(true);
  expect(await presence.expire('text', 100)).toBe(1);
  expect(await presence.del('text')).toBe(1);
  expect(await presence.get('text')).toBeNull();
  expect(await presence.sadd('set', 'x')).toBe(1);
  expect([await presence.smembers('set'), await presence.scard('set'), await presence.sismember('set', 'x')]).toEqual([
    ['x'],
    1,
    1,
  ]);
  expect(await presence.sinter('set', 'set')).toEqual(['x']);
  expect(await presence.srem('set', 'x')).toBe(1);
  expect(await presence.hset('hash', 'a', '1')).toBe(true);
  expect(await presence.hincrby('hash', 'a', 2)).toBe(3);
  expect(await presence.hincrbyex('hash', 'a', 2, 100)).toBe(5);
  expect([await presence.hget('hash', 'a'), await presence.hlen('hash'), await presence.hgetall('hash')]).toEqual([
    '5',
    1,
    { a: '5' },
  ]);
  expect(await presence.hdel('hash', 'a')).toBe(true);
  expect([await presence.incr('n'), await presence.incr('n'), await presence.decr('n')]).toEqual([1, 2, 1]);
  expect([
    await presence.rpush('list', 'b', 'c'),
    await presence.lpush('list', 'a'),
    await presence.llen('list'),
  ]).toEqual([2, 3, 3]);
  expect([await presence.lpop('list'), await presence.rpop('list')]).toEqual(['a', 'c']);
});

it('waits for a list for longer than a command may take', async () => {
  const { presence } = await start();
  const waiting = presence.brpop('list', 5);
  const startMs = performance.now();
  await until('a command would have been given up', () => performance.now() - startMs > 600);
  await presence.lpush('list', 'at last');
  expect(await waiting).toEqual(['list', 'at last']);
  expect(await presence.brpop('list', 0.01)).toBeNull();
});
