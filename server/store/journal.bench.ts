/**
 * What the journal costs: a node's CPU and Redis's an append, and bytes a second, of rooms that flush 20 times a second.
 * Each round is one flush of all rooms, one after the other as fast as they go; the CPU an append does not depend on that.
 *
 *     npx node server/store/journal.bench.ts [ROOMS] [BYTES]
 */
import { readFileSync } from 'node:fs';
import { RedisServer } from '../../test/support/redis-server.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { JournalWriter } from './journal-writer.ts';
import { MemoryStore } from './memory-store.ts';
import { RedisStore } from './redis-store.ts';
import type { RoomStore } from './room-store.ts';

const ROOMS = Number(process.argv[2] ?? 100);
/** Of a flush of three ticks of a room of eight. */
const BYTES = Number(process.argv[3] ?? 600);
const FLUSHES_A_SECOND = 20;
const TICKS_A_FLUSH = 3;
const SEAT_BYTES = 200;
/** Of play, each round. */
const SECONDS = 10;
const SNAPSHOT_BYTES = 20_000;
const SNAPSHOT_EVERY_S = 5;

const server = await RedisServer.start();
const redis = new RedisConnection({ uri: server.uri });
await redis.open(5_000);

/** Microseconds of CPU of the Redis. */
async function redisCpuUs(): Promise<number> {
  const info = await redis.client.info('cpu');
  const of = (name: string): number => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)![1]);
  return (of('used_cpu_sys') + of('used_cpu_user')) * 1_000_000;
}

async function measure(name: string, store: RoomStore, seats: boolean): Promise<void> {
  const content = { tick: 0, fingerprint: Buffer.alloc(16), body: Buffer.alloc(SNAPSHOT_BYTES, 7) };
  let durable = 0;
  const writers = await Promise.all(
    Array.from({ length: ROOMS }, async (_, i) => {
      const owner = await store.create(`${name}-${i}-${process.hrtime.bigint()}`, { node: 'bench' }, content);
      return new JournalWriter({ store, owner, tick: 0, onDurable: () => durable++ });
    }),
  );
  const body = Buffer.alloc(Math.round(BYTES / TICKS_A_FLUSH), 5);
  const seat = Buffer.alloc(SEAT_BYTES, 3);
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const redisUs = await redisCpuUs();
  const memory = redis.client.status === 'ready' ? await usedMemory() : 0;
  let tick = 0;
  for (let flush = 0; flush < SECONDS * FLUSHES_A_SECOND; flush++) {
    for (let i = 0; i < TICKS_A_FLUSH; i++) {
      tick++;
      for (const writer of writers) writer.add(tick, body);
    }
    for (const [i, writer] of writers.entries()) {
      if (seats) writer.seat(`session-${flush % 8}`, seat);
      if ((flush + i) % (SNAPSHOT_EVERY_S * FLUSHES_A_SECOND) === 0) writer.snapshot({ ...content, tick });
      writer.flush();
    }
    await Promise.all(writers.map((writer) => writer.settled()));
  }
  const { user, system } = process.cpuUsage(cpu);
  const appends = ROOMS * SECONDS * FLUSHES_A_SECOND;
  if (durable !== appends) throw new Error(`${durable} of ${appends} are durable`);
  const perAppendUs = (user + system) / appends;
  const redisPerAppendUs = ((await redisCpuUs()) - redisUs) / appends;
  const grownKb = ((await usedMemory()) - memory) / 1_024 / ROOMS;
  const seconds = (performance.now() - startMs) / 1_000;
  console.log(
    [
      `  ${name.padEnd(22)} node ${perAppendUs.toFixed(1)} us an append`,
      `(${((perAppendUs * FLUSHES_A_SECOND) / 10_000).toFixed(3)} % of a core a room)`,
      `Redis ${redisPerAppendUs.toFixed(1)} us`,
      `${(appends / seconds).toFixed(0)} appends/s one flush after the other`,
      `${grownKb.toFixed(0)} KB kept a room`,
    ].join(', '),
  );
}

async function usedMemory(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))![1]);
}

const kernel = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown CPU';
const perRoom = (BYTES * FLUSHES_A_SECOND) / 1_000;
console.log(
  `${ROOMS} rooms, ${FLUSHES_A_SECOND} flushes/s of ${TICKS_A_FLUSH} ticks, ${BYTES} bytes each ` +
    `(${perRoom.toFixed(1)} KB/s a room), a snapshot of ${SNAPSHOT_BYTES} bytes every ${SNAPSHOT_EVERY_S} s; ${kernel}`,
);
for (let round = 1; round <= 3; round++) {
  await measure('Redis', new RedisStore({ redis }), false);
  await measure('Redis, a seat each', new RedisStore({ redis }), true);
  await measure('memory', new MemoryStore(), false);
}
redis.close();
await server.close();
