import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { matchMaker, Room, ServerError } from '@colyseus/core';
import { MemoryDriver } from '../listing/memory-driver.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { RedisServer } from '../../test/support/redis-server.ts';
import { type CreationLock, ownLock, RedisCreationLock } from './creation-lock.ts';
import { SeatFinder } from './seat-finder.ts';

const now = () => performance.now();

class PairRoom extends Room {
  static made = 0;
  override maxClients = 2;
  override onCreate(): void {
    PairRoom.made++;
  }
  static override async onAuth(token: string | undefined): Promise<unknown> {
    if (token === 'wrong') return Promise.resolve(false);
    return Promise.resolve({ token });
  }
}

class ShutRoom extends Room {
  override onCreate(): void {
    throw new ServerError(4_010, 'not today');
  }
}

beforeAll(async () => {
  await matchMaker.setup(undefined, new MemoryDriver());
  await matchMaker.accept();
  matchMaker.defineRoomType('pair', PairRoom).filterBy(['mode'] as never);
  matchMaker.defineRoomType('shut', ShutRoom);
});

afterAll(() => matchMaker.stats.clearAutoPersistInterval());

afterEach(async () => {
  for (const { roomId } of await matchMaker.query({})) await matchMaker.getLocalRoomById(roomId)?.disconnect();
  PairRoom.made = 0;
});

describe('joins at once', () => {
  it('fill rooms one after the other, by kind', async () => {
    const finder = new SeatFinder(ownLock, now);
    const modes = Array.from({ length: 40 }, (_, i) => ({ mode: i % 4 === 0 ? 'duel' : 'team' }));
    const seats = await Promise.all(modes.map((options) => finder.joinOrCreate('pair', options)));
    expect(PairRoom.made).toBe(20);
    const rooms = await matchMaker.query({ name: 'pair' });
    expect(rooms.map(({ clients }) => clients)).toEqual(Array(20).fill(2));
    expect(new Set(seats.map(({ sessionId }) => sessionId)).size).toBe(40);
    expect(finder.waitingKinds).toBe(0);
  });

  it('are each told why there is no room, and hold nobody up', async () => {
    const finder = new SeatFinder(ownLock, now);
    const joins = await Promise.allSettled(Array.from({ length: 5 }, () => finder.joinOrCreate('shut')));
    for (const join of joins) expect(join).toMatchObject({ status: 'rejected', reason: { code: 4_010 } });
    await expect(finder.joinOrCreate('nothing')).rejects.toMatchObject({ code: 520 });
    expect(finder.waitingKinds).toBe(0);
  });

  it('wait for the node that makes a room, and take it', async () => {
    let isTaken = true;
    const lock: CreationLock = {
      take: () => Promise.resolve(isTaken ? undefined : () => Promise.resolve()),
    };
    const joining = new SeatFinder(lock, now).joinOrCreate('pair', { mode: 'duel' });
    const { roomId } = await matchMaker.createRoom('pair', { mode: 'duel' });
    expect((await joining).roomId).toBe(roomId);
    expect(PairRoom.made).toBe(1);
    isTaken = false;
  });

  it('do not wait for ever for a node that has gone', async () => {
    let nowMs = 0;
    const finder = new SeatFinder({ take: () => Promise.resolve(undefined) }, () => (nowMs += 1_000));
    await finder.joinOrCreate('pair', {});
    expect(PairRoom.made).toBe(1);
  });
});

it('asks onAuth first, once', async () => {
  const finder = new SeatFinder(ownLock, now);
  const context = (token: string) => ({ token, headers: new Headers(), ip: '127.0.0.1' });
  await expect(finder.joinOrCreate('pair', {}, context('wrong'))).rejects.toMatchObject({ code: 525 });
  expect(PairRoom.made).toBe(0);
  const { roomId, sessionId } = await finder.joinOrCreate('pair', {}, context('right'));
  const room = matchMaker.getLocalRoomById(roomId) as unknown as { _reservedSeats: Record<string, unknown[]> };
  expect(room._reservedSeats[sessionId]![1]).toEqual({ token: 'right' });
});

describe('the lock of a pool', () => {
  let server: RedisServer;
  let redis: RedisConnection;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new RedisConnection({ uri: server.uri });
    await redis.open(5_000);
  });
  afterAll(async () => {
    redis.close();
    await server.close();
  });

  it('is one node’s at a time, by kind, and only its own to give back', async () => {
    const [one, other] = [new RedisCreationLock(redis), new RedisCreationLock(redis)];
    const release = (await one.take('duel'))!;
    expect(await other.take('duel')).toBeUndefined();
    expect(await other.take('team')).toBeDefined();
    expect(await redis.client.pttl('velarium:creating:duel')).toBeGreaterThan(0);
    await redis.client.set('velarium:creating:duel', 'somebody who came after it had run out');
    await release();
    expect(await one.take('duel')).toBeUndefined();
    await redis.client.del('velarium:creating:duel');
    await (await other.take('duel'))!();
    expect(await redis.client.exists('velarium:creating:duel')).toBe(0);
  });
});
