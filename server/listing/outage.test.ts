import { RedisDriver } from '@colyseus/redis-driver';
import type { MatchMakerDriver } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisServer } from '../../test/support/redis-server.ts';
import { until, untilAnswer } from '../../test/support/until.ts';
import { REDIS_TIMEOUTS, redisOptions } from '../redis/redis-connection.ts';
import { roomRow } from './driver-contract.ts';
import { ListingNode } from './listing-node.ts';
import { NodeLease, NODES_KEY } from './node-lease.ts';
import { PoolDriver } from './pool-driver.ts';

const UNAVAILABLE = expect.objectContaining({ code: 503 });
const JOIN = { locked: false, name: 'arena', private: false };

let server: RedisServer;
let node: ListingNode;
let stockClient: Redis;

async function setUp(keeps: boolean): Promise<void> {
  server = await RedisServer.start({ keeps });
  node = await ListingNode.start(server, 'a');
}

beforeEach(() => {
  stockClient = new Redis({ lazyConnect: true });
});

afterEach(async () => {
  stockClient.disconnect();
  await node.stop();
  await server.close();
});

async function kill(): Promise<void> {
  await server.kill();
  await until('it is noticed', () => !node.redis.health.available);
}

async function restart(): Promise<void> {
  await server.start();
  await until('it is noticed', () => node.redis.health.available && stockClient.status !== 'reconnecting');
  await until('all rows are written', () => node.driver.rows.unsettled === 0);
}

it.each([
  ['stock', 'rejected'],
  ['ours', 'fulfilled'],
])('%s: after an outage with one query in it, the next query is %s', async (name, outcome) => {
  await setUp(true);
  // The same timeouts for both: what differs is what becomes of a query that failed.
  stockClient = new Redis(server.uri, { ...redisOptions(REDIS_TIMEOUTS), lazyConnect: true });
  stockClient.on('error', () => {});
  await stockClient.connect();
  const driver: MatchMakerDriver = name === 'stock' ? new RedisDriver(stockClient) : node.driver;
  expect(await driver.findOne(JOIN)).toBeUndefined();
  await kill();
  await until('both know', () => stockClient.status !== 'ready');
  await expect(Promise.resolve(driver.findOne(JOIN))).rejects.toThrow();
  await restart();
  await until('both are back', () => stockClient.status === 'ready');
  const [after] = await Promise.allSettled([Promise.resolve(driver.findOne(JOIN))]);
  expect(after.status).toBe(outcome);
});

it('a node that begins while Redis does not answer is there as soon as it does', async () => {
  server = await RedisServer.start();
  node = await ListingNode.start(server, 'a');
  await kill();
  const lease = new NodeLease({ redis: node.redis, processId: 'late', beatMs: 60_000 });
  const driver = new PoolDriver({ redis: node.redis, lease });
  await driver.boot();
  await server.start();
  await untilAnswer(
    'it has a lease',
    () => lease.alive(),
    (alive) => alive.has('late'),
  );
  await driver.shutdown();
});

it('a node whose lease is refused says so once, and again when it was taken in between', async () => {
  server = await RedisServer.start();
  node = await ListingNode.start(server, 'a');
  const { redis } = node;
  const told: unknown[] = [];
  const log = { info: () => {}, warn: (fields: object) => void told.push(fields) };
  const lease = new NodeLease({ redis, processId: 'b', beatMs: 60_000, log });
  const isList = { detail: expect.stringMatching(/^WRONGTYPE/) as unknown };
  await redis.client.set(NODES_KEY, 'no set');
  await lease.start();
  await lease.beat();
  expect(told).toEqual([isList]);
  await redis.client.del(NODES_KEY);
  await lease.beat();
  await redis.client.set(NODES_KEY, 'no set');
  await lease.beat();
  expect(told).toEqual([isList, isList]);
  await lease.stop();
});

describe('while Redis is away', () => {
  it.each(['kill', 'freeze'] as const)('(%s) every question is refused with the same clear error', async (how) => {
    await setUp(false);
    await node.driver.insert(roomRow('r1', { processId: 'a' }));
    if (how === 'kill') await server.kill();
    else server.freeze();
    const { driver } = node;
    // The first ones find out, the later ones know.
    for (let i = 0; i < 2; i++) {
      const asked = [
        driver.findOne(JOIN),
        driver.findOne({ ...JOIN, mode: 'duel' }, { clients: 1 }),
        driver.findOne({ roomId: 'r1' }),
        driver.findByIds(['r1']),
        driver.query({}),
        driver.query({ name: 'arena' }),
        driver.has('r1'),
      ];
      for (const answer of asked) await expect(answer).rejects.toEqual(UNAVAILABLE);
      await until('it is noticed', () => !node.redis.health.available);
    }
    if (how === 'freeze') server.thaw();
  });

  it('a room that could not be recorded is given up, and whoever asked for it learns why', async () => {
    await setUp(true);
    server.freeze(); // the command is under way, and may be carried out
    const row = roomRow('new', { processId: 'a' });
    expect(await node.driver.insert(row)).toBe(false);
    await expect(node.driver.findOne({ roomId: 'new' })).rejects.toEqual(UNAVAILABLE);
    server.thaw();
    await until('Redis is back', () => node.redis.health.available && node.driver.rows.unsettled === 0);
    expect(await node.driver.has('new')).toBe(false);
    expect(await node.driver.findOne({ roomId: 'new' })).toBeUndefined();
    expect(await node.driver.insert(row)).toBe(true);
  });
});

describe.each([
  ['as it was', true],
  ['empty', false],
])('when Redis comes back %s', (_, keeps) => {
  it('the listing is what the rooms are by now', async () => {
    await setUp(keeps);
    const { driver } = node;
    const rows = Array.from({ length: 300 }, (_, i) =>
      roomRow(`r${i}`, { processId: 'a', metadata: { mode: 'duel' } }),
    );
    for (const row of rows) await driver.insert(row);
    await kill();
    // Rooms play on: clients come back and leave, rooms end, matches begin.
    const [first, second, third] = rows as [(typeof rows)[0], (typeof rows)[0], (typeof rows)[0]];
    await driver.update(first, { $inc: { clients: 1 } });
    await driver.update(first, { $inc: { clients: 1 } });
    second.metadata = { mode: 'teams' };
    await driver.persist(second);
    await driver.update(third, { $set: { locked: true } });
    await driver.remove('r3');
    await restart();
    const listed = await driver.query({});
    expect(listed).toHaveLength(299);
    expect(await driver.findOne({ roomId: 'r0' })).toMatchObject({ clients: 2, processId: 'a', epoch: 1 });
    expect(await driver.findOne({ ...JOIN, mode: 'teams' })).toMatchObject({ roomId: 'r1' });
    expect(await driver.query({ locked: true })).toMatchObject([{ roomId: 'r2' }]);
    expect(await driver.has('r3')).toBe(false);
    expect([...(await node.lease.alive())]).toEqual(['a']);
  });
});

it('what was flushed under an open connection is there again', async () => {
  await setUp(false);
  const row = roomRow('r1', { processId: 'a' });
  await node.driver.insert(row);
  await node.redis.client.flushall();
  let found: unknown;
  await until('the row is there', () => {
    void node.driver.findOne(JOIN).then((answer) => (found = answer));
    return found !== undefined;
  });
  expect(found).toMatchObject({ roomId: 'r1' });
});

it('changes that come while a write is under way travel together', async () => {
  await setUp(false);
  const row = roomRow('r1', { processId: 'a', maxClients: 1_000 });
  await node.driver.insert(row);
  const calls = async () => Number(/cmdstat_hset:calls=(\d+)/.exec(await node.redis.client.info('commandstats'))![1]);
  const before = await calls();
  await Promise.all(Array.from({ length: 500 }, () => node.driver.update(row, { $inc: { clients: 1 } })));
  expect(await node.driver.findOne({ roomId: 'r1' })).toMatchObject({ clients: 500 });
  expect((await calls()) - before).toBe(2);
});
