import { RedisDriver } from '@colyseus/redis-driver';
import type { MatchMakerDriver } from '@colyseus/core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisServer } from '../../test/support/redis-server.ts';
import { roomRow } from './driver-contract.ts';
import { ListingNode } from './listing-node.ts';

const ROOMS = 20_000;

let server: RedisServer;
let node: ListingNode;
let stockClient: Redis;
let admin: Redis;
let drivers: Record<string, [MatchMakerDriver, Redis]>;

beforeAll(async () => {
  server = await RedisServer.start();
  // Nothing but the joins is to be on the wire.
  const quiet = { beatMs: 600_000, leaseMs: 600_000, housekeepingMs: 600_000, timeouts: { checkMs: 600_000 } };
  node = await ListingNode.start(server, 'a', quiet);
  stockClient = new Redis(server.port);
  admin = new Redis(server.port);
  const stock = new RedisDriver(stockClient);
  for (let from = 0; from < ROOMS; from += 500) {
    await Promise.all(
      Array.from({ length: 500 }, async (_, i) => {
        const row = roomRow(`room-${from + i}`, {
          processId: 'a',
          clients: i % 9,
          locked: i % 9 === 8,
          metadata: { mode: i % 2 === 0 ? 'duel' : 'teams', map: `map-${i % 10}` },
        });
        await Promise.all([node.driver.insert(row), stock.persist(row)]);
      }),
    );
  }
  drivers = { stock: [stock, stockClient], ours: [node.driver, node.redis.client] };
}, 60_000);

afterAll(async () => {
  node.crash();
  stockClient.disconnect();
  admin.disconnect();
  await server.close();
});

/** Calls of each command so far, those of scripts included. */
async function calls(): Promise<Record<string, number>> {
  const found = (await admin.info('commandstats')).matchAll(/^cmdstat_(\w+):calls=(\d+)/gm);
  return Object.fromEntries(Array.from(found, ([, name, count]) => [name!, Number(count)]));
}

/** What `work` had Redis do. */
async function callsOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await calls();
  await work();
  const after = Object.entries(await calls()).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(after.filter(([name, count]) => count > 0 && name !== 'info'));
}

describe(`a join among ${ROOMS} rooms`, () => {
  it.each([
    ['stock', { hgetall: 1 }, { from: 4_000_000, to: 20_000_000 }],
    ['ours', { evalsha: 1, zrange: 1, hget: 1 }, { from: 100, to: 1_000 }],
  ])('%s: has Redis do %j and send so many bytes: %j', async (name, expected, { from, to }) => {
    const [driver, client] = drivers[name]!;
    const conditions = { locked: false, name: 'arena', private: false, mode: 'duel', map: 'map-4' };
    expect(await driver.findOne(conditions)).toMatchObject({ metadata: { mode: 'duel', map: 'map-4' } });
    const before = client.stream.bytesRead;
    expect(await callsOf(async () => driver.findOne(conditions))).toEqual(expected);
    expect(client.stream.bytesRead - before).toBeGreaterThanOrEqual(from);
    expect(client.stream.bytesRead - before).toBeLessThanOrEqual(to);
  });

  it('costs less when there is none', async () => {
    const before = node.redis.client.stream.bytesRead;
    const conditions = { locked: false, name: 'arena', private: false };
    expect(await node.driver.findOne({ ...conditions, mode: 'nobody plays this' })).toBeUndefined();
    expect(await node.driver.findOne({ ...conditions, name: 'nothing' })).toBeUndefined();
    expect(node.redis.client.stream.bytesRead - before).toBe(2 * '$-1\r\n'.length);
  });

  it('passes over rooms that nobody answers for', async () => {
    const conditions = { locked: false, name: 'arena', private: false };
    const first = await node.driver.findOne(conditions);
    node.driver.passOver(first.roomId);
    const second = await node.driver.findOne(conditions);
    expect(second).toBeDefined();
    expect(second.roomId).not.toBe(first.roomId);
  });
});

it('a change of a room costs one command', async () => {
  const row = roomRow('room-1', { processId: 'a', clients: 1, metadata: { mode: 'teams', map: 'map-1' } });
  expect(await callsOf(() => node.driver.update(row, { $inc: { clients: 1 } }))).toMatchObject({ evalsha: 1, hset: 1 });
});
