import { RedisDriver } from '@colyseus/redis-driver';
import type { MatchMakerDriver } from '@colyseus/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisServer } from '../../test/support/redis-server.ts';
import { roomRow } from './driver-contract.ts';
import { ListingNode } from './listing-node.ts';

let server: RedisServer;
let admin: Redis;
/** Two nodes each of a pool with Colyseus's driver and of one with ours. */
let stock: [MatchMakerDriver, MatchMakerDriver];
let nodes: [ListingNode, ListingNode];
let ours: [MatchMakerDriver, MatchMakerDriver];
let lost: string[];

beforeAll(async () => {
  server = await RedisServer.start();
  admin = new Redis(server.port);
  stock = [new RedisDriver(server.port), new RedisDriver(server.port)];
});

afterAll(async () => {
  for (const driver of stock) await driver.shutdown();
  admin.disconnect();
  await server.close();
});

beforeEach(async () => {
  await admin.flushall();
  lost = [];
  const onRoomLost = (roomId: string) => lost.push(roomId);
  nodes = [await ListingNode.start(server, 'a', { onRoomLost }), await ListingNode.start(server, 'b')];
  ours = [nodes[0].driver, nodes[1].driver];
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
});

const pools = (): Record<string, [MatchMakerDriver, MatchMakerDriver]> => ({ stock, ours });
const rowOf = (processId: string, fields = {}) => roomRow('r1', { processId, ...fields });

describe('a row is written by its owner alone', () => {
  it.each([
    ['stock', 'a'],
    ['ours', 'b'],
  ])(
    '%s: a node that wakes up late leaves the room to the one that took it over: the owner is %s',
    async (pool, owner) => {
      const [a, b] = pools()[pool]!;
      const old = rowOf('a');
      const taken = { ...rowOf('b'), epoch: 2 };
      if (a.insert) await a.insert(old);
      else await a.persist(old, true);
      if (b.insert) expect(await b.insert(taken)).toBe(true);
      else await b.persist(taken, true);
      await a.update(old, { $set: { metadata: { said: 'late' } } });
      expect((await b.findOne({ roomId: 'r1' })).processId).toBe(owner);
    },
  );

  it.each([
    ['stock', false],
    ['ours', true],
  ])('%s: a late remove by the old owner leaves the new row there: %s', async (pool, isThere) => {
    const [a, b] = pools()[pool]!;
    const taken = { ...rowOf('b'), epoch: 2 };
    if (a.insert) await a.insert(rowOf('a'));
    else await a.persist(rowOf('a'), true);
    if (b.insert) await b.insert(taken);
    else await b.persist(taken, true);
    await a.remove('r1');
    expect(await b.has('r1')).toBe(isThere);
  });

  it('says to the old owner that the room is lost, once, and no longer writes it', async () => {
    const [a, b] = ours;
    const old = rowOf('a');
    await a.insert!(old);
    await b.insert!({ ...rowOf('b'), epoch: 2 } as never);
    await a.update(old, { $inc: { clients: 1 } });
    await a.update(old, { $inc: { clients: 1 } });
    await nodes[0].driver.rows.restore();
    expect(lost).toEqual(['r1']);
    expect(nodes[0].driver.rows.size).toBe(0);
    expect((await b.findOne({ roomId: 'r1' })).clients).toBe(0);
  });

  it('is not taken over with an epoch that is not above', async () => {
    const [a, b] = ours;
    await a.insert!({ ...rowOf('a'), epoch: 3 } as never);
    expect(await b.insert!({ ...rowOf('b'), epoch: 3 } as never)).toBe(false);
    expect(await b.insert!({ ...rowOf('b'), epoch: 2 } as never)).toBe(false);
    expect(await b.insert!({ ...rowOf('b'), epoch: 4 } as never)).toBe(true);
    expect(await b.findOne({ roomId: 'r1' })).toMatchObject({ processId: 'b', epoch: 4 });
    expect((await b.query({ processId: 'a' })).length).toBe(0);
  });

  it('of a living node is not cleaned up by another', async () => {
    const [a, b] = ours;
    await a.insert!(rowOf('a'));
    await b.cleanup!('a');
    expect(await b.has('r1')).toBe(true);
  });
});

describe('twins of a room id', () => {
  it('stock: has nothing to settle them with', () => {
    expect(stock[0].insert).toBeUndefined();
  });

  it('ours: one of two nodes gets the id, a hundred times', async () => {
    const [a, b] = ours;
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        Promise.all([a, b].map((driver, n) => driver.insert!(roomRow(`r${i}`, { processId: 'ab'[n]! })))),
      ),
    );
    for (const both of answers) expect(both.filter(Boolean)).toHaveLength(1);
    const rooms = await a.query({});
    expect(rooms).toHaveLength(100);
    for (const { roomId, processId } of rooms) {
      expect(answers[Number(roomId.slice(1))]!['ab'.indexOf(processId)]).toBe(true);
    }
  });
});

it('leaves nothing in Redis when the rooms are gone', async () => {
  const [a, b] = ours;
  const rows = Array.from({ length: 20 }, (_, i) => roomRow(`r${i}`, { processId: 'a', metadata: { mode: 'duel' } }));
  await Promise.all(rows.map((row) => a.insert!(row)));
  await b.insert!(roomRow('other', { processId: 'b', name: 'ladder' }));
  for (const row of rows) await a.update(row, { $inc: { clients: 1 } });
  await Promise.all(rows.map(async (row) => a.remove(row.roomId)));
  await b.remove('other');
  await Promise.all(nodes.map((node) => node.stop()));
  expect(await admin.keys('*')).toEqual(['velarium:incarnation']);
});
