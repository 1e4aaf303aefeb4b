/**
 * What a join costs the node that looks for a room: CPU of this process a search, Colyseus's driver against ours, in turn.
 *
 *     npx node server/listing/join.bench.ts [ROOMS]
 */
import { RedisDriver } from '@colyseus/redis-driver';
import type { MatchMakerDriver } from '@colyseus/core';
import { Redis } from 'ioredis';
import { RedisServer } from '../../test/support/redis-server.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { NodeLease } from './node-lease.ts';
import { PoolDriver } from './pool-driver.ts';

const ROOMS = Number(process.argv[2] ?? 20_000);
const ROUNDS = 3;

const server = await RedisServer.start();
const redis = new RedisConnection({ uri: server.uri });
await redis.open(5_000);
const rules = () => ({ filterBy: ['mode'], sortBy: undefined });
const ours = new PoolDriver({ redis, lease: new NodeLease({ redis, processId: 'a' }), rules });
await ours.boot();
const client = new Redis(server.port);
const stock = new RedisDriver(client);

for (let from = 0; from < ROOMS; from += 500) {
  const rows = Array.from({ length: Math.min(500, ROOMS - from) }, (_, i) => ({
    name: 'arena',
    roomId: `room-${from + i}`,
    processId: 'a',
    clients: i % 8,
    maxClients: 8,
    locked: false,
    private: false,
    createdAt: new Date(),
    metadata: { mode: i % 2 === 0 ? 'duel' : 'teams' },
  }));
  await Promise.all(rows.flatMap((row) => [ours.insert(row), stock.persist(row)]));
}

/** @returns milliseconds of CPU and of waiting, each a search, one after the other */
async function measure(driver: MatchMakerDriver, searches: number): Promise<{ cpuMs: number; waitMs: number }> {
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  for (let i = 0; i < searches; i++) {
    const found = await driver.findOne({ locked: false, name: 'arena', private: false, mode: 'duel' } as object);
    if (found === undefined) throw new Error('no room found');
  }
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1_000 / searches, waitMs: (performance.now() - startMs) / searches };
}

console.log(`a join among ${ROOMS} rooms, on the node that looks for one`);
for (let round = 1; round <= ROUNDS; round++) {
  for (const [name, driver, searches] of [
    ['stock', stock, 20],
    ['ours', ours, 2_000],
  ] as const) {
    const { cpuMs, waitMs } = await measure(driver, searches);
    console.log(`  ${round}  ${name.padEnd(6)} ${cpuMs.toFixed(3)} ms of CPU, answered after ${waitMs.toFixed(3)} ms`);
  }
}

client.disconnect();
await ours.shutdown();
redis.close();
await server.close();
