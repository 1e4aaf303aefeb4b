import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChaosProxy } from '../../test/support/chaos-proxy.ts';
import { RedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { RedisUnavailableError } from '../redis/redis-error.ts';
import { JournalWriter } from './journal-writer.ts';
import { RedisStore } from './redis-store.ts';
import type { Ownership } from './room-store.ts';
import { code, content, entries, seats } from './store-contract.ts';

let server: RedisServer;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  closing.length = 0;
});

afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function start(options: { keeps?: boolean } = {}): Promise<void> {
  server = await RedisServer.start(options);
  closing.push(() => server.close());
}

async function connect(port = server.port): Promise<{ redis: RedisConnection; store: RedisStore }> {
  const timeouts = { checkMs: 50, commandTimeoutMs: 400, reconnectMaxMs: 50 };
  const redis = new RedisConnection({ uri: `redis://127.0.0.1:${port}`, timeouts });
  closing.push(() => redis.close());
  await redis.open(5_000);
  return { redis, store: new RedisStore({ redis }) };
}

const away = (redis: RedisConnection) => until('Redis is away', () => !redis.health.available);
const back = (redis: RedisConnection) => until('Redis is back', () => redis.health.available);

/** How many scripts Redis was asked to run, by whomever. */
async function scriptsRun(redis: RedisConnection): Promise<number> {
  return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(await redis.client.info('commandstats'))![1]);
}

interface Played {
  writer: JournalWriter;
  durable: number[];
  events: string[];
  /** Plays on to `tick`, flushing after each. */
  play(tick: number): void;
  /** Plays and flushes on until the tick is durable. Resolves with the last tick that was played. */
  durableTo(tick: number): Promise<void>;
}

function playOn(store: RedisStore, owner: Ownership): Played {
  const durable: number[] = [];
  const events: string[] = [];
  let tick = 0;
  const writer: JournalWriter = new JournalWriter({
    store,
    owner,
    tick,
    onDurable: (through) => durable.push(through),
    onFenced: (error) => events.push(error.code),
    onStopped: (reason) => {
      events.push(reason);
      writer.restart(content(tick), seats({ alice: `at ${tick}` }) as Map<string, Uint8Array>);
    },
  });
  const play = (to: number): void => {
    while (tick < to) {
      writer.add(++tick, Buffer.from(`t${tick}`));
      writer.seat('alice', Buffer.from(`at ${tick}`));
      writer.flush();
    }
  };
  const durableTo = (wanted: number) =>
    until(`tick ${wanted} is durable`, () => {
      writer.flush();
      return writer.durableTick >= wanted;
    });
  return { writer, durable, events, play, durableTo };
}

/** What a new owner would find: the ticks from the snapshot on, and alice's seat. */
async function found(store: RedisStore, roomId = 'room') {
  const { snapshot, ticks, seats: kept, epoch } = await store.load(roomId);
  return {
    epoch,
    from: snapshot.tick,
    ticks: ticks.map(({ tick }) => tick),
    alice: Buffer.from(kept.get('alice') ?? []).toString(),
  };
}
const counting = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a Redis that is killed and comes back with what it had', () => {
  it('has all that was durable, and gets what was played meanwhile', async () => {
    await start({ keeps: true });
    const { redis, store } = await connect();
    const game = playOn(store, await store.create('room', { node: 'a' }, content(0)));
    game.play(20);
    await game.durableTo(20);
    game.play(40); // under way when it dies
    await server.kill();
    await away(redis);
    game.play(200);
    expect(game.writer.durableTick).toBeLessThanOrEqual(40);
    expect(game.writer.queuedTicks).toBeGreaterThanOrEqual(160);
    await server.start();
    await back(redis);
    await game.durableTo(200);
    expect(game.events).toEqual([]);
    expect(game.durable).toEqual(game.durable.toSorted((a, b) => a - b));
    expect(await found(store)).toEqual({ epoch: 1, from: 0, ticks: counting(1, 200), alice: 'at 200' });
  });
});

describe('a Redis that comes back empty', () => {
  it('gets the room anew from its owner, who alone can bring it back', async () => {
    await start();
    const [a, b] = [await connect(), await connect()];
    const zombie = await a.store.create('room', { node: 'a' }, content(0));
    const claim = await b.store.claim('room', { node: 'b' }, { node: 'a' });
    if (!claim.won) throw new Error('not claimed');
    const game = playOn(b.store, claim.owner);
    const emptied: string[] = [];
    closing.push(b.store.onEmptied(() => emptied.push('emptied')));
    game.play(30);
    await game.durableTo(30);
    await server.kill();
    await Promise.all([away(a.redis), away(b.redis)]);
    game.play(60);
    await server.start();
    await Promise.all([back(a.redis), back(b.redis)]);
    await until('it is noticed', () => emptied.length === 1);
    // The one that slept comes first: what it still has to write makes no room, not even a key.
    await expect(a.store.append(zombie, entries(zombie, 1, 9))).rejects.toEqual(code('lost'));
    expect(await a.redis.client.keys('velarium:{*')).toEqual([]);
    await game.durableTo(60);
    expect(game.events).toEqual(['lost']);
    game.play(70);
    await game.durableTo(70);
    expect(await found(b.store)).toEqual({ epoch: 3, from: 60, ticks: counting(61, 70), alice: 'at 70' });
    await expect(a.store.append(zombie, entries(zombie, 1, 9))).rejects.toEqual(code('fenced', { epoch: 3 }));
    await expect(a.store.begin(zombie, content(0), new Map())).rejects.toEqual(code('fenced', { epoch: 3 }));
    expect(await b.store.roomsOf('b')).toEqual([{ roomId: 'room', node: 'b', epoch: 3 }]);
  });

  it('gives the room to its owner even if the one that slept has brought it back', async () => {
    await start();
    const [a, b] = [await connect(), await connect()];
    const slept = await a.store.create('room', { node: 'a' }, content(0));
    const claim = await b.store.claim('room', { node: 'b' }, { node: 'a' });
    if (!claim.won) throw new Error('not claimed');
    const [old, game] = [playOn(a.store, slept), playOn(b.store, claim.owner)];
    await server.kill();
    await Promise.all([away(a.redis), away(b.redis)]);
    await server.start();
    await Promise.all([back(a.redis), back(b.redis)]);
    old.play(5);
    await old.durableTo(5); // it begins anew, under the epoch that b has
    expect(await a.store.owner('room')).toEqual({ roomId: 'room', node: 'a', epoch: 2 });
    game.play(50);
    await game.durableTo(50);
    old.play(6);
    await until('it is told', () => {
      old.writer.flush();
      return old.events.includes('fenced');
    });
    old.play(20);
    await old.writer.settled();
    expect(old.writer.durableTick).toBe(5);
    expect(game.events).toEqual(['lost']);
    expect(await found(b.store)).toMatchObject({ epoch: 3, alice: 'at 50' });
  });
});

describe('a Redis that stands still', () => {
  it('fails writes in time, and has each once when it goes on', async () => {
    await start();
    const { redis, store } = await connect();
    const game = playOn(store, await store.create('room', { node: 'a' }, content(0)));
    game.play(10);
    await game.durableTo(10);
    server.freeze();
    game.play(11);
    const failed = await game.writer.settled().then(() => 'settled');
    expect(failed).toBe('settled'); // though nobody answered
    expect(game.writer.durableTick).toBe(10);
    await away(redis);
    game.play(40);
    server.thaw(); // and does now what it was sent before, beside what is sent again
    await back(redis);
    await game.durableTo(40);
    expect(await found(store)).toEqual({ epoch: 1, from: 0, ticks: counting(1, 40), alice: 'at 40' });
    expect(game.events).toEqual([]);
  });

  it('does the late writes of the one that was replaced meanwhile, in vain', async () => {
    await start();
    const [a, b] = [await connect(), await connect()];
    const proxy = await ChaosProxy.before(server.port);
    closing.push(() => proxy.close());
    const late = await connect(proxy.port);
    const owner = await a.store.create('room', { node: 'a' }, content(0));
    // Its writes are on their way, and will be for long.
    proxy.stall();
    const writes = [
      late.store.append(owner, entries(owner, 1, 3, 'late '), seats({ alice: 'late' })),
      late.store.saveSnapshot(owner, 0, content(9, 'late')),
    ];
    for (const write of writes) await expect(write).rejects.toBeInstanceOf(RedisUnavailableError);
    const claim = await b.store.claim('room', { node: 'b' }, { node: 'a' });
    if (!claim.won) throw new Error('not claimed');
    await b.store.append(claim.owner, entries(claim.owner, 1, 1));
    const before = await scriptsRun(a.redis);
    proxy.release();
    let now = before;
    await until('what waited has arrived', () => {
      void scriptsRun(a.redis).then((count) => (now = count));
      return now >= before + 2;
    });
    await back(late.redis);
    await expect(late.store.append(owner, entries(owner, 1, 3))).rejects.toEqual(code('fenced', { epoch: 2 }));
    expect(await found(b.store)).toEqual({ epoch: 2, from: 0, ticks: [1], alice: '' });
    expect((await b.store.load('room')).ticks[0]!.epoch).toBe(2);
  });
});

describe('a claim whose answer is lost', () => {
  it('is still the claimant’s when it asks again', async () => {
    await start();
    const [a, b] = [await connect(), await connect()];
    await a.store.create('room', { node: 'a' }, content(0));
    const claimant = { node: 'b', token: 'b-1' };
    server.freeze();
    await expect(b.store.claim('room', claimant, { node: 'a' })).rejects.toBeInstanceOf(RedisUnavailableError);
    await until('it is noticed', () => !b.redis.health.available);
    server.thaw();
    await Promise.all([back(a.redis), back(b.redis)]);
    const [mine, other] = await Promise.all([
      b.store.claim('room', claimant, { node: 'a' }),
      a.store.claim('room', { node: 'c' }, { node: 'a' }),
    ]);
    expect([mine.won, other.won].filter(Boolean)).toHaveLength(1);
    expect(await a.store.owner('room')).toMatchObject({ epoch: 2, node: mine.won ? 'b' : 'c' });
  });
});

describe('many that claim one room', () => {
  it('one of 20 on connections of their own wins, 50 times over, and it alone can write', async () => {
    await start();
    const nodes = await Promise.all(Array.from({ length: 20 }, () => connect()));
    let owner = await nodes[0]!.store.create('room', { node: 'first' }, content(0));
    const epochs: number[] = [];
    for (let round = 0; round < 50; round++) {
      const from = round % 2 === 0 ? { node: owner.node } : { epoch: owner.epoch };
      const results = await Promise.all(
        nodes.map(({ store }, i) => store.claim('room', { node: `round ${round} node ${i}` }, from)),
      );
      const winners = results.flatMap((result) => (result.won ? [result.owner] : []));
      expect(winners).toHaveLength(1);
      for (const result of results) expect(result.owner).toMatchObject({ node: winners[0]!.node, epoch: round + 2 });
      const old = owner;
      owner = winners[0]!;
      const written = await Promise.allSettled([
        nodes[round % 20]!.store.append(old, entries(old, 2, 2)),
        nodes[(round + 1) % 20]!.store.append(owner, entries(owner, 1, 1)),
      ]);
      expect(written.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
      epochs.push(owner.epoch);
    }
    const { ticks } = await nodes[0]!.store.load('room');
    expect(ticks.map(({ epoch }) => epoch)).toEqual(epochs);
    expect(await nodes[0]!.store.roomsOf(owner.node)).toHaveLength(1);
  });
});
