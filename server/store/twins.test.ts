import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Random } from '../../test/support/random.ts';
import { RedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { MemoryStore } from './memory-store.ts';
import { RedisStore } from './redis-store.ts';
import type { Ownership, RoomStore } from './room-store.ts';
import { content, entries, seats } from './store-contract.ts';

/** Owners that sleep, come late, repeat themselves and fight over one room: both stores must say and hold the same. */
const ACTORS = ['a', 'b', 'c', 'd'];
const STEPS = 400;
const LIMITS = { maxEntries: 12 };

let server: RedisServer;
let redis: RedisConnection;

beforeAll(async () => {
  server = await RedisServer.start();
  redis = new RedisConnection({ uri: server.uri, timeouts: { checkMs: 10 } });
  await redis.open(5_000);
});

afterAll(async () => {
  redis.close();
  await server.close();
});

/** What one of the two stores has told the actors. */
class Actors {
  readonly owners = new Map<string, Ownership>();
  readonly store: RoomStore;
  readonly roomId: string;

  constructor(store: RoomStore, roomId: string) {
    this.store = store;
    this.roomId = roomId;
  }

  /** Does what `random` says; the same for every store whose answers were the same so far. */
  async step(random: Random, empty: () => Promise<void>): Promise<string> {
    const { store, roomId } = this;
    const node = random.pick(ACTORS);
    const kind = random.below(100);
    const [first, count, number] = [random.below(4), 1 + random.below(3), random.below(1_000)];
    const mine = this.owners.get(node);
    const known = [...this.owners.values()];
    const other = known.length > 0 ? random.pick(known) : undefined;
    const keep = (owner: Ownership): string => {
      this.owners.set(node, owner);
      return `is ${owner.node}'s in ${owner.epoch}`;
    };
    try {
      if (kind < 1) return await empty().then(() => 'emptied');
      if (kind < 8) return keep(await store.create(roomId, { node, token: `${number}` }, content(number)));
      if (kind < 30) {
        const from = random.chance(0.5) ? { node: other?.node ?? 'a' } : { epoch: other?.epoch ?? 1 };
        const result = await store.claim(roomId, { node, token: `${number}` }, from);
        return result.won ? keep(result.owner) : `lost to ${result.owner.node} in ${result.owner.epoch}`;
      }
      if (kind < 34 && mine) return await store.end(mine).then(() => 'ended');
      if (kind < 44 && mine) {
        const epoch = mine.epoch + 1 + random.below(2);
        return keep(await store.begin(mine, content(number), seats({ [node]: 'begun' }) as Map<string, Buffer>, epoch));
      }
      if (kind < 55 && mine)
        return await store.saveSnapshot(mine, random.below(3), content(number)).then(() => 'saved');
      if (kind < 95 && mine) {
        // What is due, if it is this actor's turn; otherwise from the beginning, or with a gap.
        const due = (await store.load(roomId).catch(() => undefined))?.sequence ?? 0;
        const start = random.chance(0.7) ? due + 1 : Math.max(1, due + first - 2);
        const changed = seats({ [`${node}${first}`]: random.chance(0.7) ? `${number}` : undefined });
        await store.append(mine, entries(mine, start, start + count - 1, `${number} `), changed);
        return `appended ${start} and ${count}`;
      }
      const room = await store.load(roomId);
      const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
      return JSON.stringify({
        ...{ epoch: room.epoch, node: room.node, sequence: room.sequence, passedOver: room.passedOver },
        snapshot: [room.snapshot.epoch, room.snapshot.sequence, room.snapshot.tick],
        ticks: room.ticks.map((tick) => [tick.epoch, tick.sequence, tick.tick, text(tick.body)]),
        seats: [...room.seats].map(([id, seat]) => [id, text(seat)]).toSorted(),
        owner: await store.owner(roomId),
      });
    } catch (error) {
      const { code, epoch } = error as { code?: string; epoch?: number };
      if (code === undefined) throw error;
      return `${code} in ${epoch}`;
    }
  }
}

it.each([1, 2, 3, 4, 5, 6])('the twins agree on whatever happens (seed %i)', async (seed) => {
  const memory = new MemoryStore({ limits: LIMITS });
  const twins = [
    { actors: new Actors(memory, `r${seed}`), random: new Random(seed), empty: () => Promise.resolve(memory.empty()) },
    { actors: new Actors(new RedisStore({ redis, limits: LIMITS }), `r${seed}`), random: new Random(seed), empty },
  ];
  const seen = new Map<string, number>();
  const history: string[] = [];
  let epoch = 0;
  for (let i = 0; i < STEPS; i++) {
    const [inMemory, inRedis] = (await Promise.all(
      twins.map(({ actors, random, empty }) => actors.step(random, empty)),
    )) as [string, string];
    history.push(inMemory);
    if (inMemory !== inRedis) expect({ history: history.slice(-12), says: inRedis }).toEqual({ says: inMemory });
    // Short of a loss epochs never go back, not even from one room of this id to the next.
    const now = (await twins[1]!.actors.store.owner(`r${seed}`))?.epoch ?? epoch;
    expect([history.slice(-3), now >= epoch || inMemory === 'emptied']).toEqual([history.slice(-3), true]);
    epoch = inMemory === 'emptied' ? 0 : now;
    const what = inMemory.split(' ')[0]!.slice(0, 8);
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }
  // Otherwise nothing was tried.
  for (const what of ['is', 'lost', 'appended', 'fenced', 'ended', 'saved'])
    expect([what, seen.has(what)]).toEqual([what, true]);
});

async function empty(): Promise<void> {
  const { incarnation } = redis.health;
  await redis.client.flushall();
  await until('it is noticed', () => redis.health.incarnation !== incarnation);
}
