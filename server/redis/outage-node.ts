/**
 * For tests: a node of a pool, on Colyseus's own driver and presence or on ours. Prints its port once it listens.
 *
 *     node server/redis/outage-node.ts stock|ours REDIS_PORT
 */
import { createServer } from 'node:http';
import { registerHooks } from 'node:module';
import type { AddressInfo } from 'node:net';
import { matchMaker, Room, Server } from '@colyseus/core';
import { RedisDriver } from '@colyseus/redis-driver';
import { RedisPresence } from '@colyseus/redis-presence';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { openListing } from '../listing/open-listing.ts';
import { RedisConnection } from './redis-connection.ts';

// An optional companion of core's, which is there or not; where it is, it swallows rejections that nobody handles.
registerHooks({
  resolve: (name, context, next) => {
    if (name === '@pm2/io') throw new Error('left out');
    return next(name, context);
  },
});

const [kind, redisPort, patience] = process.argv.slice(2) as [string, string, string | undefined];

class TestRoom extends Room {
  override maxClients = 4;
  override seatReservationTimeout = 1;
}

const http = createServer();
const transport = new WebSocketTransport({ server: http });
let server: Server;
if (kind === 'stock') {
  // Gives up after a second or so; as it comes, ioredis does after ten.
  const options = { port: Number(redisPort), ...(patience === 'short' ? { maxRetriesPerRequest: 3 } : {}) };
  server = new Server({
    greet: false,
    transport,
    driver: new RedisDriver(options),
    presence: new RedisPresence(options),
  });
} else {
  const log = { info: () => {}, warn: () => {} };
  const redis = new RedisConnection({ uri: `redis://127.0.0.1:${redisPort}`, log });
  await redis.open(5_000);
  const { driver, presence } = await openListing({ redis, log });
  server = new Server({ greet: false, transport, driver, presence });
  server.onShutdown(() => redis.close());
}
matchMaker.defineRoomType('test', TestRoom);
await server.listen(0, '127.0.0.1');
console.log(`port ${(http.address() as AddressInfo).port}`);
