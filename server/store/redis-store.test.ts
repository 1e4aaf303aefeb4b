import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { RedisStore } from './redis-store.ts';
import { roomKeys } from './room-keys.ts';
import { code, content, describeStore, entries, seats } from './store-contract.ts';
import type { StoreUnderTest } from './store-contract.ts';

async function connect(server: RedisServer): Promise<RedisConnection> {
  const redis = new RedisConnection({ uri: server.uri, timeouts: { checkMs: 20 } });
  await redis.open(5_000);
  return redis;
}

async function emptied(redis: RedisConnection): Promise<void> {
  const { incarnation } = redis.health;
  await redis.client.flushall();
  await until('it is noticed', () => redis.health.incarnation !== incarnation);
}

describeStore('in Redis', async (): Promise<StoreUnderTest> => {
  const server = await RedisServer.start();
  const redis = await connect(server);
  const { client } = redis;
  return {
    store: new RedisStore({ redis, limits: { maxEntries: 50 } }),
    tamper: async (roomId, which, change) => {
      const key = roomKeys(roomId)[which === 'newest' ? 3 : 4]!;
      const bytes = change((await client.getBuffer(key)) ?? Buffer.alloc(0));
      await (bytes === undefined ? client.del(key) : client.set(key, bytes));
    },
    tamperEntry: async (roomId, sequence, change) => {
      const key = roomKeys(roomId)[1]!;
      const all = await client.xrangeBuffer(key, '-', '+');
      await client.del(key);
      for (const [id, [name, bytes]] of all) {
        const isIt = id.toString() === `1-${sequence}`;
        const changed = isIt ? change(bytes!) : bytes;
        if (changed !== undefined) await client.xadd(key, id, name!, changed);
      }
    },
    empty: () => emptied(redis),
    journalLength: (roomId) => client.xlen(roomKeys(roomId)[1]!),
    aside: async (roomId) => {
      const kept = await Promise.all([5, 6].map((i) => client.getBuffer(roomKeys(roomId)[i]!)));
      return kept.filter((bytes) => bytes !== null);
    },
    end: async () => {
      redis.close();
      await server.close();
    },
  };
});

describe('in Redis', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  let store: RedisStore;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = await connect(server);
    store = new RedisStore({ redis, limits: { roomTtlMs: 60_000, fenceMs: 10_000 } });
  });
  afterAll(async () => {
    redis.close();
    await server.close();
  });
  beforeEach(() => emptied(redis));

  const keys = () => redis.client.keys('velarium:*').then((found) => found.toSorted());

  it('a room’s keys have these names, lie in one slot, and all run out', async () => {
    const owner = await store.create('r1', { node: 'a' }, content(0));
    await store.append(owner, entries(owner, 1, 1), seats({ alice: 'a' }));
    await store.saveSnapshot(owner, 1, content(1));
    const room = ['journal', 'owner', 'seats', 'snapshot', 'snapshot:previous'].map((key) => `velarium:{r1}:${key}`);
    const all = [...room, 'velarium:kept-by:a', 'velarium:room-nodes'].toSorted();
    expect((await keys()).filter((key) => key !== 'velarium:incarnation')).toEqual(all);
    for (const key of all) {
      const leftMs = await redis.client.pttl(key);
      expect([key, leftMs > 0 && leftMs <= 60_000]).toEqual([key, true]);
    }
    expect(new Set(roomKeys('r1').map(slotOf)).size).toBe(1);
  });

  /** CRC16 as Redis Cluster takes it, of what stands in the first braces. */
  function slotOf(key: string): number {
    const open = key.indexOf('{');
    const close = key.indexOf('}', open);
    expect(close).toBeGreaterThan(open + 1);
    let crc = 0;
    for (const byte of Buffer.from(key.slice(open + 1, close))) {
      crc ^= byte << 8;
      for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
    }
    return crc % 16_384;
  }

  it('writes renew what would run out', async () => {
    const owner = await store.create('r1', { node: 'a' }, content(0));
    const room = roomKeys('r1').slice(0, 5);
    for (const key of room) await redis.client.pexpire(key, 20_000);
    await store.append(owner, entries(owner, 1, 1));
    for (const i of [0, 1, 3, 4])
      expect([room[i], (await redis.client.pttl(room[i]!)) > 50_000]).toEqual([room[i], true]);
  });

  it('the journal is a stream whose ids Redis itself compares', async () => {
    const owner = await store.create('r1', { node: 'a' }, content(0));
    await store.append(owner, entries(owner, 1, 2));
    await store.claim('r1', { node: 'b' }, { node: 'a' });
    const journal = roomKeys('r1')[1]!;
    const ids = (await redis.client.xrange(journal, '-', '+')).map(([id]) => id);
    expect(ids).toEqual(['1-0', '1-1', '1-2', '2-0']);
    await expect(redis.client.xadd(journal, '1-3', 'e', 'late')).rejects.toThrow('equal or smaller');
  });

  it('the stream is a fence of its own: an owner key that went back opens nothing', async () => {
    const old = await store.create('r1', { node: 'a' }, content(0));
    const [ownerKey, journal] = roomKeys('r1') as [string, string];
    const before = await redis.client.hgetall(ownerKey);
    await store.claim('r1', { node: 'b' }, { node: 'a' });
    await redis.client.hset(ownerKey, before);
    await expect(store.append(old, entries(old, 1, 1), seats({ alice: 'x' }))).rejects.toEqual(code('lost'));
    expect(await redis.client.xlen(journal)).toBe(2);
    expect(await redis.client.hgetall(roomKeys('r1')[2]!)).toEqual({});
  });

  it('a journal that was removed is not begun in its middle', async () => {
    const owner = await store.create('r1', { node: 'a' }, content(0));
    await store.append(owner, entries(owner, 1, 1));
    await redis.client.del(roomKeys('r1')[1]!);
    await expect(store.append(owner, entries(owner, 2, 2))).rejects.toEqual(code('lost'));
    expect(await redis.client.exists(roomKeys('r1')[1]!)).toBe(0);
  });

  it('an owner whose last writes were lost is told, and begins anew', async () => {
    const owner = await store.create('r1', { node: 'a' }, content(0));
    const [ownerKey, journal] = roomKeys('r1') as [string, string];
    await store.append(owner, entries(owner, 1, 2));
    const replica = { hash: await redis.client.hgetall(ownerKey), last: 2 };
    await store.append(owner, entries(owner, 3, 4));
    await redis.client.xdel(journal, '1-3', '1-4');
    await redis.client.hset(ownerKey, replica.hash);
    await expect(store.append(owner, entries(owner, 5, 5))).rejects.toEqual(code('lost'));
    const anew = await store.begin(owner, content(5), new Map());
    await store.append(anew, entries(anew, 1, 1));
    expect(await store.load('r1')).toMatchObject({ epoch: 2, sequence: 1 });
  });

  it('a room that was ended long ago stays so, while the data set is the same', async () => {
    const owner = await store.create('r1', { node: 'a' }, content(0));
    await store.end(owner);
    const leftMs = await redis.client.pttl(roomKeys('r1')[0]!);
    expect([leftMs > 0, leftMs <= 10_000]).toEqual([true, true]);
    await redis.client.del(roomKeys('r1')[0]!); // its fence has run out
    await expect(store.append(owner, entries(owner, 1, 1))).rejects.toEqual(code('ended'));
    await expect(store.begin(owner, content(1), new Map())).rejects.toEqual(code('ended'));
    expect(await keys()).not.toContain('velarium:{r1}:owner');
  });

  it('what is put aside runs out', async () => {
    const owner = await store.create('r1', { node: 'a' }, content(0));
    await redis.client.set('velarium:{r1}:snapshot', 'no snapshot');
    await store.load('r1', { owner });
    await store.end(owner, { keepAside: true });
    const aside = (await keys()).filter((key) => key.includes(':aside:'));
    expect(aside).toEqual(['journal', 'previous', 'snapshot'].map((what) => `velarium:{r1}:aside:${what}`));
    for (const key of aside) expect([key, (await redis.client.pttl(key)) > 0]).toEqual([key, true]);
  });

  it('the first seat of a room that had none runs out as well', async () => {
    const owner = await store.create('r1', { node: 'a' }, content(0));
    await store.append(owner, entries(owner, 1, 1), seats({ alice: 'a' }));
    expect(await redis.client.pttl('velarium:{r1}:seats')).toBeGreaterThan(0);
  });

  it('a Redis that is out of memory is away for a while; nothing is lost over it', async () => {
    const owner = await store.create('r1', { node: 'a' }, content(0));
    await store.append(owner, entries(owner, 1, 1));
    await redis.client.config('SET', 'maxmemory', '1');
    const away = expect.objectContaining({ name: 'RedisUnavailableError' });
    await expect(store.append(owner, entries(owner, 2, 2))).rejects.toEqual(away);
    await expect(store.begin(owner, content(2), new Map())).rejects.toEqual(away);
    await redis.client.config('SET', 'maxmemory', '0');
    await store.append(owner, entries(owner, 2, 2));
    expect(await store.load('r1')).toMatchObject({ epoch: 1, sequence: 2, ticks: [{ tick: 1 }, { tick: 2 }] });
  });

  it('a journal that is no stream is not taken for one, and begun anew', async () => {
    const owner = await store.create('r1', { node: 'a' }, content(0));
    await redis.client.set('velarium:{r1}:journal', 'text');
    await expect(store.begin(owner, content(1), new Map())).resolves.toMatchObject({ epoch: 2 });
    expect(await store.load('r1')).toMatchObject({ epoch: 2, ticks: [] });
  });

  it('an end leaves the fence and nothing else', async () => {
    const owner = await store.create('r1', { node: 'a' }, content(0), seats({ a: 'a' }) as Map<string, Uint8Array>);
    await store.append(owner, entries(owner, 1, 1));
    await store.end(owner);
    expect((await keys()).filter((key) => key.includes('{r1}'))).toEqual(['velarium:{r1}:owner']);
    expect(await redis.client.hgetall('velarium:{r1}:owner')).toMatchObject({ epoch: '1', ended: '1' });
    expect(await store.roomsOf('a')).toEqual([]);
  });

  it('the index of a node is mended by who reads it', async () => {
    await store.create('r1', { node: 'a' }, content(0));
    await store.create('r2', { node: 'b' }, content(0));
    // A node that died between taking r2 and saying so, one that died between ending r3 and saying so.
    await redis.client.srem('velarium:kept-by:b', 'r2');
    await redis.client.sadd('velarium:kept-by:a', 'r2', 'r3');
    expect(await store.roomsOf('a')).toEqual([{ roomId: 'r1', node: 'a', epoch: 1 }]);
    expect(await redis.client.smembers('velarium:kept-by:a')).toEqual(['r1']);
    expect(await store.roomsOf('b')).toEqual([{ roomId: 'r2', node: 'b', epoch: 1 }]);
    await redis.client.srem('velarium:kept-by:b', 'r2');
    const owner = (await store.claim('r2', { node: 'b' }, { node: 'b' })) as { owner: Parameters<typeof store.end>[0] };
    await redis.client.srem('velarium:kept-by:b', 'r2');
    await store.append(owner.owner, entries(owner.owner, 1, 1));
    await store.saveSnapshot(owner.owner, 1, content(1)); // says it again
    expect(await redis.client.smembers('velarium:kept-by:b')).toEqual(['r2']);
    expect((await store.nodes()).toSorted()).toEqual(['a', 'b']);
    await store.end(owner.owner);
    expect(await store.roomsOf('b')).toEqual([]);
    expect(await store.nodes()).toEqual(['a']);
  });

  it('appends of one turn travel together, each for itself', async () => {
    const owners = [];
    for (let i = 0; i < 100; i++) owners.push(await store.create(`r${i}`, { node: 'a' }, content(0)));
    await store.claim('r7', { node: 'b' }, { node: 'a' });
    await redis.client.script('FLUSH');
    const written = await Promise.allSettled(owners.map((owner) => store.append(owner, entries(owner, 1, 1))));
    expect(written.map(({ status }) => status)).toEqual(owners.map((_, i) => (i === 7 ? 'rejected' : 'fulfilled')));
    expect((written[7] as { reason: unknown }).reason).toEqual(code('fenced'));
    const lengths = await Promise.all(owners.map(({ roomId }) => redis.client.xlen(roomKeys(roomId)[1]!)));
    expect(lengths).toEqual(Array(100).fill(2));
  });
});
