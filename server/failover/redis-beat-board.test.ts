import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RedisServer } from '../../test/support/redis-server.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { FORGET_MS } from './beat-board.ts';
import { describeBeatBoard } from './beat-board-contract.ts';
import { BEATS_KEY, RedisBeatBoard } from './redis-beat-board.ts';

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

describeBeatBoard('in Redis', async () => {
  await redis.client.del(BEATS_KEY);
  return {
    board: new RedisBeatBoard(redis),
    // Instead of waiting: what is there was written so much earlier.
    pass: async (ms) => {
      for (const [key, value] of Object.entries(await redis.client.hgetall(BEATS_KEY))) {
        const parts = value.split(' ');
        await redis.client.hset(BEATS_KEY, key, [...parts.slice(0, -1), Number(parts.at(-1)) - ms].join(' '));
      }
    },
    end: async () => {},
  };
});

it('is gone from Redis when nobody has written for long', async () => {
  await redis.client.del(BEATS_KEY);
  await new RedisBeatBoard(redis).beat({ key: 'a/1', count: 1, weight: 1 });
  const leftMs = await redis.client.pttl(BEATS_KEY);
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(FORGET_MS);
});

it('leaves out, and removes, what it cannot read', async () => {
  await redis.client.del(BEATS_KEY);
  await redis.client.hset(BEATS_KEY, 'x/1', 'something else', 'y/1', '1 2 3');
  const seen = await new RedisBeatBoard(redis).beat({ key: 'a/1', count: 1, weight: 1 });
  expect(seen.map(({ key }) => key)).toEqual(['a/1']);
  expect(await redis.client.hkeys(BEATS_KEY)).toEqual(['a/1']);
});
