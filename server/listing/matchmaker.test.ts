import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';

// Core reads it when it is loaded: how long it waits for another node.
process.env['COLYSEUS_PRESENCE_SHORT_TIMEOUT'] = '300';

const { matchMaker, Room } = await import('@colyseus/core');
const { RedisDriver } = await import('@colyseus/redis-driver');
const { RedisPresence } = await import('@colyseus/redis-presence');
const { Redis } = await import('ioredis');
const { REDIS_TIMEOUTS, redisOptions, RedisConnection } = await import('../redis/redis-connection.ts');
const { openListing } = await import('./open-listing.ts');

/** The parts of a room that core does not publish. */
interface Seats {
  _reserveSeat(sessionId: string): Promise<boolean>;
  _reservedSeats: Record<string, unknown>;
  _reservedSeatTimeouts: Record<string, unknown>;
}

class TestRoom extends Room {
  static disposed = 0;
  override maxClients = 2;
  override autoDispose = false;
  override seatReservationTimeout = 0.2;
  override onDispose(): void {
    TestRoom.disposed++;
  }
}

/** What a test needs of a connection of ioredis. */
type Connection = Pick<InstanceType<typeof Redis>, 'status' | 'quit'>;

type Pool = Pick<typeof matchMaker, 'driver' | 'presence'> & {
  /** Redis was found gone; and it is back for every connection. */
  away: () => boolean;
  back: () => boolean;
  end: () => Promise<void>;
};

let server: RedisServer;
const pools: Record<string, () => Promise<Pool>> = {
  stock: async () => {
    // It gives up at once what ioredis, as it comes, gives up after ten seconds.
    const client = new Redis(server.uri, redisOptions(REDIS_TIMEOUTS));
    client.on('error', () => {});
    await client.connect();
    const presence = new RedisPresence(server.port);
    const { pub, sub } = presence as unknown as { pub: Connection; sub: Connection };
    const connections = [client, pub, sub];
    return {
      driver: new RedisDriver(client),
      presence,
      away: () => client.status !== 'ready',
      back: () => connections.every(({ status }) => status === 'ready'),
      // What is under way is answered first: cut off, it would be a rejection that stock Colyseus does not handle.
      end: async () => {
        await Promise.all(connections.map((connection) => connection.quit()));
      },
    };
  },
  ours: async () => {
    const redis = new RedisConnection({ uri: server.uri, timeouts: { checkMs: 50 } });
    await redis.open(5_000);
    const { driver, presence } = await openListing({ redis });
    return {
      driver,
      presence,
      away: () => !redis.health.available,
      back: () => redis.health.available,
      end: async () => {
        presence.shutdown();
        await driver.shutdown();
        redis.close();
      },
    };
  },
};

async function withPool(name: string, use: (pool: Pool) => Promise<void>): Promise<void> {
  const pool = await pools[name]!();
  await matchMaker.setup(pool.presence, pool.driver);
  await pool.driver.clear();
  try {
    await use(pool);
  } finally {
    matchMaker.stats.clearAutoPersistInterval();
    await pool.end();
  }
}

beforeAll(async () => {
  server = await RedisServer.start();
  matchMaker.defineRoomType('test', TestRoom);
});

afterAll(() => server.close());

describe('one request for a room, answered late by the node that was asked', () => {
  it.each([
    ['stock', 2, 0],
    ['ours', 1, 1],
  ])('%s: ends with %i rooms, %i of them disposed of', async (name, listed, disposed) => {
    await withPool(name, async ({ driver, presence }) => {
      TestRoom.disposed = 0;
      matchMaker.setHealthChecksEnabled(false);
      // The other node is this process, too; what it is asked it does, later.
      let request: unknown[] | undefined;
      await presence.subscribe('p:other', ([, , args]: [unknown, unknown, unknown[]]) => (request = args));
      await matchMaker.setup(presence, driver, undefined, () => Promise.resolve('other'));
      await matchMaker.accept();
      const room = await matchMaker.createRoom('test', {});
      expect(room.processId).toBe(matchMaker.processId);
      const [roomName, options, restoring, preset] = request as [string, object, undefined, string | undefined];
      const late = await matchMaker.handleCreateRoom(roomName, options, restoring, preset ?? undefined);
      expect(late.roomId === room.roomId).toBe(listed === 1);
      expect(await driver.query({ name: 'test' })).toHaveLength(listed);
      await until('the other one is disposed of', () => TestRoom.disposed === disposed);
      for (const { roomId } of await driver.query({})) await matchMaker.getLocalRoomById(roomId)?.disconnect();
    });
  });
});

describe('a seat that is reserved when Redis goes away', () => {
  it.each([
    ['stock', 'is kept for ever'],
    ['ours', 'is free again when its time is over'],
  ])('%s: %s', async (name, fate) => {
    await withPool(name, async ({ driver, away, back }) => {
      const { roomId } = await matchMaker.handleCreateRoom('test', {});
      const room = matchMaker.getLocalRoomById(roomId);
      const seats = room as unknown as Seats;
      await server.kill();
      await until('it is noticed', away);
      const [answer] = await Promise.allSettled([seats._reserveSeat('session')]);
      if (fate === 'is kept for ever') {
        expect(answer.status).toBe('rejected');
        // The seat is taken, and no timer will free it.
        expect([Object.keys(seats._reservedSeats), Object.keys(seats._reservedSeatTimeouts)]).toEqual([
          ['session'],
          [],
        ]);
        await server.start();
        await until('Redis is back', back);
        await room.disconnect();
      } else {
        expect(answer).toEqual({ status: 'fulfilled', value: true });
        await until('the seat is free', () => Object.keys(seats._reservedSeats).length === 0);
        await server.start();
        await until('Redis is back', back);
        let clients: number | undefined;
        await until('the listing says so', () => {
          void Promise.resolve(driver.findOne({ roomId })).then(
            (row) => (clients = row?.clients),
            () => {},
          );
          return clients === 0;
        });
        await room.disconnect();
      }
    });
  });
});

it('a room that cannot be recorded is disposed of at once, and its creator told why', async () => {
  await withPool('ours', async ({ away }) => {
    TestRoom.disposed = 0;
    await server.kill();
    await until('it is noticed', away);
    await expect(matchMaker.handleCreateRoom('test', {})).rejects.toMatchObject({ code: 503 });
    await until('it is disposed of', () => TestRoom.disposed === 1);
    await server.start();
  });
});
