import { Room } from '@colyseus/core';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RedisServer } from '../test/support/redis-server.ts';
import { type RunningServer, serve } from './serve.ts';

class HallRoom extends Room {}

let redis: RedisServer;

beforeAll(async () => {
  redis = await RedisServer.start();
});

afterAll(() => redis.close());

const start = (redisUri?: string): Promise<RunningServer> =>
  serve({ rooms: { hall: HallRoom }, port: 0, host: '127.0.0.1', handleSignals: false, redisUri });

async function join({ port }: RunningServer, method: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const url = `http://127.0.0.1:${port}/matchmake/${method}/hall`;
  return (await fetch(url, { method: 'POST', body: '{}', headers })).status;
}

it('a server that is started again in one process asks nothing of the one before', async () => {
  for (const redisUri of [redis.uri, undefined]) {
    const server = await start(redisUri);
    expect([await join(server, 'create'), await join(server, 'joinOrCreate')]).toEqual([200, 200]);
    await server.close();
  }
}, 60_000);
