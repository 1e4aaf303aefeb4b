import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, type Room } from 'colyseus.js';
import { Redis } from 'ioredis';
import type { ArenaServer } from './support/arena-server.ts';
import { startPoolNode } from './support/pool-node.ts';
import { RedisServer } from './support/redis-server.ts';
import type { SeatsHere } from './support/seats-node.ts';
import { untilAnswer } from './support/until.ts';

const CLIENTS = 300;
const SEATS = 8;
const NODES = 3;

let redis: RedisServer;
let admin: Redis;
let nodes: ArenaServer[] = [];
let rooms: Room[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
  admin = new Redis(redis.port);
  const start = () => startPoolNode(redis.uri, { VELARIUM_LOG_LEVEL: 'silent' }, 'test/support/seats-node.ts');
  nodes = await Promise.all(Array.from({ length: NODES }, start));
  await eventually(async () => (await admin.keys('velarium:node:*')).length, NODES);
}, 60_000);

afterAll(async () => {
  for (const room of rooms) room.reconnection.enabled = false;
  await Promise.all(nodes.map((node) => node.stop()));
  admin.disconnect();
  await redis.close();
});

/** Waits until what is asked for is as expected. */
const eventually = <T>(ask: () => Promise<T>, expected: T): Promise<T> =>
  untilAnswer(JSON.stringify(expected), ask, (answer) => JSON.stringify(answer) === JSON.stringify(expected), 15_000);

const roomsOf = async ({ url }: ArenaServer): Promise<SeatsHere[]> =>
  (await fetch(`${url}/here`)).json() as Promise<SeatsHere[]>;

/** By room: how many clients the listing says it has. */
async function listed(): Promise<Record<string, number>> {
  const rows = await admin.hgetall('velarium:rooms');
  const clients = ([id, value]: [string, string]): [string, number] => [
    id,
    (JSON.parse(value.slice(value.indexOf('\n') + 1)) as { clients: number }).clients,
  ];
  return Object.fromEntries(Object.entries(rows).map(clients).sort());
}

it('300 joins at once at three matchmakers fill rooms exactly, and nothing is left when they leave', async () => {
  const joins = await Promise.allSettled(
    Array.from({ length: CLIENTS }, (_, i) => new Client(nodes[i % NODES]!.url).joinOrCreate('seats')),
  );
  rooms = joins.flatMap((join) => (join.status === 'fulfilled' ? [join.value as Room] : []));
  const refusals = joins.flatMap((join) => (join.status === 'rejected' ? [String(join.reason)] : []));
  expect(refusals).toEqual([]);

  const here = (await Promise.all(nodes.map(roomsOf))).flat();
  // No twin: a room id is on one node.
  expect(new Set(here.map(({ roomId }) => roomId)).size).toBe(here.length);
  // Nobody is where the server does not know them, and nobody twice.
  const seated = here.flatMap(({ roomId, sessions }) => sessions.map((id) => `${roomId}/${id}`));
  expect(seated.sort()).toEqual(rooms.map(({ roomId, sessionId }) => `${roomId}/${sessionId}`).sort());
  // Each room is full, but for the one that was made last.
  const sizes = here.map(({ sessions, reserved }) => sessions.length + reserved).sort((a, b) => b - a);
  expect(sizes).toEqual([...Array<number>(Math.floor(CLIENTS / SEATS)).fill(SEATS), CLIENTS % SEATS]);
  expect(here.filter(({ reserved }) => reserved > 0)).toEqual([]);
  // Nobody is in a room that is not listed, or listed otherwise.
  const counts = here.map(({ roomId, sessions }): [string, number] => [roomId, sessions.length]).sort();
  await eventually(listed, Object.fromEntries(counts));
  await eventually(async () => (await admin.keys('velarium:session:*')).length, CLIENTS);

  await Promise.all(rooms.map((room) => room.leave()));
  await eventually(async () => (await Promise.all(nodes.map(roomsOf))).flat(), []);
  await eventually(async () => (await admin.keys('velarium:rooms*')).sort(), []);
  await eventually(async () => (await admin.keys('velarium:session:*')).sort(), []);
  await eventually(async () => (await admin.keys('*')).filter((key) => /seats/.test(key)), []);
}, 60_000);
