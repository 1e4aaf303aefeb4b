import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../../test/support/redis-server.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { RedisSessionDirectory, SESSION_KEY } from './redis-session-directory.ts';
import { MemorySessionDirectory, SESSION_TTL_SECONDS, type SessionDirectory } from './session-directory.ts';
import { MemoryStateCache, RedisStateCache, STATE_KEY, STATE_TTL_MS, type StateCache } from './state-cache.ts';

let server: RedisServer;
let redis: RedisConnection;

beforeAll(async () => {
  server = await RedisServer.start();
  redis = new RedisConnection({ uri: server.uri });
  await redis.open(5_000);
});

beforeEach(() => redis.client.flushall());

afterAll(async () => {
  redis.close();
  await server.close();
});

const home = { roomId: 'r', processId: 'p', address: '10.0.0.3:2567', epoch: 2 };

let nowMs = 0;
const now = (): number => nowMs;
beforeEach(() => {
  nowMs = 0;
});

const HALF_MS = STATE_TTL_MS / 2;
/** Each cache, and what makes the state of room `r` in it older than it is, by half of the time it is remembered. */
const CACHES: [string, () => StateCache, () => unknown][] = [
  ['in memory', () => new MemoryStateCache(now), () => (nowMs += HALF_MS)],
  ['in Redis', () => new RedisStateCache(redis), () => redis.client.pexpire(`${STATE_KEY}r`, HALF_MS)],
];

describe.each<[string, () => SessionDirectory]>([
  ['in memory', () => new MemorySessionDirectory()],
  ['in Redis', () => new RedisSessionDirectory(redis)],
])('a directory of sessions %s', (_, make) => {
  it('finds what was entered last, until it is removed', async () => {
    const directory = make();
    expect(await directory.find('a')).toBeUndefined();
    await directory.enter(new Map(['a', 'b'].map((id) => [id, home])));
    await directory.enter(new Map([['b', { ...home, roomId: 'r2' }]]));
    expect(await directory.find('a')).toEqual(home);
    expect(await directory.find('b')).toEqual({ ...home, roomId: 'r2' });
    await directory.remove(new Map(['a', 'unknown'].map((id) => [id, home])));
    expect([await directory.find('a'), (await directory.find('b'))?.roomId]).toEqual([undefined, 'r2']);
  });

  it('an owner that was replaced neither removes nor enters a session of the next one', async () => {
    const directory = make();
    const next = { ...home, processId: 'q', epoch: 3 };
    await directory.enter(new Map([['a', home]]));
    await directory.enter(new Map([['a', next]]));
    await directory.remove(new Map([['a', home]]));
    expect(await directory.find('a')).toEqual(next);
    await directory.enter(new Map([['a', home]]));
    expect(await directory.find('a')).toEqual(next);
    await directory.remove(new Map([['a', { ...next, epoch: 2 }]])); // had it before, and has it again
    expect(await directory.find('a')).toEqual(next);
    await directory.remove(new Map([['a', next]]));
    expect(await directory.find('a')).toBeUndefined();
  });
});

describe.each(CACHES)('a cache of states %s', (_, make, age) => {
  it('has what was published last, and how old that is since it was confirmed', async () => {
    const cache = make();
    expect(await cache.get('r')).toBeUndefined();
    await cache.confirm('r', 2); // nothing to confirm
    expect(await cache.get('r')).toBeUndefined();
    await cache.put('r', 2, '1');
    await cache.put('r', 2, '2');
    expect((await cache.get('r'))!.ageMs).toBeLessThan(HALF_MS);
    await age();
    const { json, ageMs } = (await cache.get('r'))!;
    expect(json).toBe('2');
    expect(ageMs).toBeGreaterThanOrEqual(HALF_MS);
    await cache.confirm('r', 2);
    expect((await cache.get('r'))!.ageMs).toBeLessThan(HALF_MS);
    await cache.remove('r', 2);
    expect(await cache.get('r')).toBeUndefined();
  });
});

describe.each(CACHES)('a cache of states %s, of a room that was taken over', (_, make, age) => {
  it('has what the owner of now said, whatever the one before says behind it', async () => {
    const cache = make();
    await cache.put('r', 2, '"old"');
    await cache.put('r', 3, '"new"');
    await cache.put('r', 2, '"late"');
    await cache.remove('r', 2);
    expect((await cache.get('r'))?.json).toBe('"new"');
    await age();
    await cache.confirm('r', 2);
    expect((await cache.get('r'))!.ageMs).toBeGreaterThanOrEqual(HALF_MS);
    await cache.remove('r', 3);
    expect(await cache.get('r')).toBeUndefined();
  });
});

it('what nobody renews runs out in Redis, and what is no session is none', async () => {
  await new RedisSessionDirectory(redis).enter(new Map([['a', home]]));
  await new RedisStateCache(redis).put('r', 2, '1');
  expect(await redis.client.ttl(`${SESSION_KEY}a`)).toBeGreaterThan(SESSION_TTL_SECONDS - 5);
  expect(await redis.client.pttl(`${STATE_KEY}r`)).toBeGreaterThan(STATE_TTL_MS - 5_000);
  for (const odd of ['', '{', 'null', '{"roomId":7}']) {
    await redis.client.set(`${SESSION_KEY}odd`, odd);
    expect(await new RedisSessionDirectory(redis).find('odd')).toBeUndefined();
  }
});
