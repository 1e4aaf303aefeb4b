import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RoomClaimer } from '../server/failover/room-claimer.ts';
import { type StoreClaim, StoreClaims } from '../server/keeper/store-claims.ts';
import { RedisConnection } from '../server/redis/redis-connection.ts';
import type { LoopClock } from '../server/room/tick-loop.ts';
import { JournalWriter } from '../server/store/journal-writer.ts';
import { RedisStore } from '../server/store/redis-store.ts';
import { RedisServer } from './support/redis-server.ts';
import { until } from './support/until.ts';

const ROUNDS = 200;
const ROOMS = 3;
const FROM = 'dead/1';
const nothing = new Uint8Array(1);

let server: RedisServer;
let admin: Redis;

beforeAll(async () => {
  server = await RedisServer.start();
  admin = new Redis(server.port);
});

afterAll(async () => {
  admin.disconnect();
  await server.close();
});

/** One who adopts: its own connection, store and claims. */
class Adopter {
  readonly key: string;
  readonly store: RedisStore;
  readonly claims: StoreClaims;
  readonly writers = new Map<string, JournalWriter>();
  /** That were set and have not run. */
  readonly timers = new Set<unknown>();
  readonly #redis: RedisConnection;
  #claimer: RoomClaimer<StoreClaim> | undefined;
  #told = 0;

  constructor(i: number) {
    this.key = `adopter-${i}/1`;
    this.#redis = new RedisConnection({ uri: server.uri });
    this.store = new RedisStore({ redis: this.#redis });
    this.claims = new StoreClaims(this.store, this.#redis, this.key);
  }

  open(): Promise<void> {
    return this.#redis.open(10_000);
  }

  /** Everybody takes all rooms in the same turn of the event loop: nobody waits for a better candidate. */
  release(roomIds: readonly string[]): void {
    this.#told = 0;
    this.#claimer = new RoomClaimer<StoreClaim>({
      own: this.key,
      claims: this.claims,
      adopt: (roomId, claim) => this.#adopt(roomId, claim),
      candidates: () => [{ key: this.key, weight: 1 }],
      isFenced: () => false,
      term: () => 0,
      report: (event) => {
        if (event.kind === 'claim-failed' || event.kind === 'adoption-failed') throw event.error;
        this.#told++;
      },
      clock: this.#clock(),
      random: Math.random,
      staggerMs: 0,
      soundMs: 0,
    });
    this.#claimer.take(roomIds, FROM);
  }

  /** Whether it knows of all rooms what became of them. */
  get isDone(): boolean {
    return this.#told === ROOMS;
  }

  async end(): Promise<void> {
    await this.#claimer?.stop();
    for (const writer of this.writers.values()) {
      writer.close();
      await this.store.end(writer.owner);
    }
    this.writers.clear();
  }

  close(): void {
    this.#redis.close();
  }

  /** As a keeper does: reads the room, and begins to write its journal. */
  async #adopt(roomId: string, { owner }: StoreClaim): Promise<void> {
    await this.store.load(roomId, { owner });
    const writer = new JournalWriter({ store: this.store, owner, tick: 1 });
    this.writers.set(roomId, writer);
    writer.add(2, nothing);
    writer.flush();
    await writer.settled();
  }

  #clock(): LoopClock {
    return {
      now: () => performance.now(),
      setTimeout: (callback, delayMs) => {
        const timer = setTimeout(() => {
          this.timers.delete(timer);
          callback();
        }, delayMs);
        this.timers.add(timer);
        return timer;
      },
      clearTimeout: (handle) => {
        this.timers.delete(handle);
        clearTimeout(handle as NodeJS.Timeout | undefined);
      },
    };
  }
}

/** Of this process: sockets, timers and the like, by kind. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const clientsOf = async (): Promise<{ all: number; subscribed: number }> => {
  const lines = ((await admin.client('LIST')) as string).trim().split('\n');
  return { all: lines.length, subscribed: lines.filter((line) => !/ sub=0 psub=0 /.test(line)).length };
};

describe.each([2, 5, 20])('%i who adopt the same rooms at the same instant', (count) => {
  it(`leave each room with exactly one owner, ${ROUNDS} times, and the others with nothing`, async () => {
    const adopters = Array.from({ length: count }, (_, i) => new Adopter(i));
    await Promise.all(adopters.map((adopter) => adopter.open()));
    const founder = adopters[0]!.store;
    const before = { clients: await clientsOf(), sockets: resources()['TCPSocketWrap'] };
    for (let round = 0; round < ROUNDS; round++) {
      const roomIds = Array.from({ length: ROOMS }, () => randomUUID());
      for (const roomId of roomIds) {
        await founder.create(roomId, { node: FROM }, { tick: 1, fingerprint: nothing, body: nothing });
      }
      for (const adopter of adopters) adopter.release(roomIds);
      await until('everybody knows', () => adopters.every(({ isDone }) => isDone));
      for (const roomId of roomIds) {
        const winners = adopters.filter(({ writers }) => writers.has(roomId));
        expect(winners.length).toBe(1);
        expect(await founder.owner(roomId)).toEqual({ roomId, node: winners[0]!.key, epoch: 2 });
        const ids = (await admin.xrange(`velarium:{${roomId}}:journal`, '-', '+')).map(([id]) => id);
        expect(ids).toEqual(['1-0', '2-0', '2-1']); // one barrier, and the one entry of who won
      }
      await Promise.all(adopters.map((adopter) => adopter.end()));
      expect(adopters.map(({ timers }) => timers.size)).toEqual(Array<number>(count).fill(0));
    }
    expect({ clients: await clientsOf(), sockets: resources()['TCPSocketWrap'] }).toEqual(before);
    for (const adopter of adopters) adopter.close();
    await until('no connection is left', () => (resources()['TCPSocketWrap'] ?? 0) <= 1);
  }, 120_000);
});
