import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';
import { roomRow } from './driver-contract.ts';
import { ListingNode } from './listing-node.ts';

let server: RedisServer;
let admin: Redis;
let nodes: ListingNode[];

beforeAll(async () => {
  server = await RedisServer.start();
  admin = new Redis(server.port);
});

afterAll(async () => {
  admin.disconnect();
  await server.close();
});

beforeEach(async () => {
  await admin.flushall();
  nodes = [];
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
});

async function start(processId: string): Promise<ListingNode> {
  const node = await ListingNode.start(server, processId);
  nodes.push(node);
  return node;
}

const rooms = async (node: ListingNode): Promise<string[]> =>
  (await node.driver.query({})).map(({ roomId }) => roomId).toSorted();

/** Waits until `node` sees these rooms. */
async function seen(node: ListingNode, expected: string[], withinMs?: number): Promise<void> {
  let last: string[] = [];
  let asking: Promise<void> | undefined;
  await until(
    `the listing is ${expected.join()}`,
    () => {
      asking ??= rooms(node).then(
        (now) => {
          last = now;
          asking = undefined;
        },
        () => (asking = undefined),
      );
      return last.join() === expected.join();
    },
    withinMs,
  );
}

it('rows of a node that died are gone, also from what joins find, and those of others stay', async () => {
  const [a, b] = [await start('a'), await start('b')];
  for (let i = 0; i < 450; i++) await a.driver.insert(roomRow(`a${i}`, { processId: 'a' }));
  await b.driver.insert(roomRow('b0', { processId: 'b', name: 'ladder' }));
  a.crash();
  await seen(b, ['b0']);
  expect(await b.driver.findOne({ name: 'arena', locked: false, private: false })).toBeUndefined();
  expect([...(await b.lease.alive())]).toEqual(['b']);
  expect((await admin.keys('*')).filter((key) => key.includes('arena') || key.endsWith(':a'))).toEqual([]);
});

it('[C13] with the times of a pool, rows of a node that died are gone within five seconds', async () => {
  for (const id of ['a', 'b']) nodes.push(await ListingNode.startAsInPool(server, id));
  const [a, b] = nodes as [ListingNode, ListingNode];
  await a.driver.insert(roomRow('a0', { processId: 'a' }));
  await b.driver.insert(roomRow('b0', { processId: 'b' }));
  await seen(b, ['a0', 'b0']);
  a.crash();
  await seen(b, ['b0'], 5_000);
});

it('a node that was held dead puts its rows back, as they are by now', async () => {
  const [a, b] = [await start('a'), await start('b')];
  const row = roomRow('a0', { processId: 'a' });
  await a.driver.insert(row);
  // What others do to a node that stood still for too long.
  await admin.del('velarium:node:a');
  row.clients = 3;
  expect(await admin.hdel('velarium:rooms', 'a0')).toBe(1);
  await a.driver.persist(row);
  await admin.del('velarium:node:a', 'velarium:rooms:of:a', 'velarium:rooms:named:arena');
  await admin.hdel('velarium:rooms', 'a0');
  await seen(b, ['a0']);
  expect(await b.driver.findOne({ name: 'arena', locked: false, private: false })).toMatchObject({ clients: 3 });
});

it('a row that somebody removed comes back, and one that a late write left behind goes', async () => {
  const a = await start('a');
  await a.driver.insert(roomRow('kept', { processId: 'a' }));
  const value = (await admin.hget('velarium:rooms', 'kept'))!;
  await admin
    .multi()
    .hdel('velarium:rooms', 'kept')
    .srem('velarium:rooms:of:a', 'kept')
    .hset('velarium:rooms', 'ghost', value.replaceAll('kept', 'ghost'))
    .hset('velarium:rooms', 'ghost2', value.replaceAll('kept', 'ghost2'))
    .sadd('velarium:rooms:of:a', 'ghost', 'ghost2')
    .exec();
  await seen(a, ['kept']);
  expect(await admin.smembers('velarium:rooms:of:a')).toEqual(['kept']);
});

it('nobody is held dead because Redis stood still for longer than a lease', async () => {
  const [a, b] = [await start('a'), await start('b')];
  await a.driver.insert(roomRow('a0', { processId: 'a' }));
  await b.driver.insert(roomRow('b0', { processId: 'b' }));
  let removed = 0;
  const watcher = new Redis(server.port);
  await watcher.config('SET', 'notify-keyspace-events', 'KEh');
  await watcher.subscribe('__keyevent@0__:hdel');
  watcher.on('message', () => removed++);
  server.freeze();
  const frozenMs = performance.now();
  await until('both know that Redis is away', () => !a.redis.health.available && !b.redis.health.available);
  await until('all leases have run out', () => performance.now() - frozenMs > 2 * a.lease.leaseMs);
  server.thaw();
  await until('both see it again', () => a.redis.health.available && b.redis.health.available);
  const backMs = performance.now();
  await until('a node could have been held dead', () => performance.now() - backMs > 2 * a.lease.leaseMs);
  await seen(a, ['a0', 'b0']);
  watcher.disconnect();
  expect(removed).toBe(0);
});

it('a renewal that is asked for while one is under way says what is so by then', async () => {
  const { lease } = await start('a');
  let words = 'before';
  lease.describe = () => words;
  const first = lease.beat();
  words = 'after';
  await lease.beat();
  await first;
  expect((await lease.living()).get('a')).toBe('after');
});

it('a node that ends in order is gone at once', async () => {
  const [a, b] = [await start('a'), await start('b')];
  await a.driver.insert(roomRow('a0', { processId: 'a' }));
  await a.driver.cleanup('a');
  await a.stop();
  expect(await rooms(b)).toEqual([]);
  expect([...(await b.lease.alive())]).toEqual(['b']);
});
