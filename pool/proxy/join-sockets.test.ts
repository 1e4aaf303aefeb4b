import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { until } from '../../test/support/until.ts';
import { joinSockets } from './join-sockets.ts';

let server: Server;
/** Client, and its end in between; node, and its end in between. */
let client: Socket;
let a: Socket;
let node: Socket;
let b: Socket;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  [client, a] = await pair();
  [node, b] = await pair();
  joinSockets(a, b);
});

afterEach(() => {
  for (const socket of [client, a, node, b]) socket.destroy();
  server.close();
});

async function pair(): Promise<[Socket, Socket]> {
  const outward = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [inward] = (await once(server, 'connection')) as [Socket];
  for (const socket of [outward, inward]) socket.on('error', () => {});
  return [outward, inward];
}

describe('two sockets joined', () => {
  it('take no more from one than the other reads', async () => {
    client.pause();
    const megabyte = Buffer.alloc(1 << 20);
    for (let sent = 0; sent < 32; sent++) node.write(megabyte);
    await until('the client has not read', () => a.writableNeedDrain);
    expect(b.isPaused()).toBe(true);
    expect(a.writableLength).toBeLessThan(1 << 20);
    let received = 0;
    client.on('data', (data: Buffer) => (received += data.length)).resume();
    await until('it has read all', () => received === 32 << 20);
  });

  it('end together, however one ends', async () => {
    const ended = Promise.all([once(node, 'close'), once(b, 'close')]);
    client.resetAndDestroy();
    node.resume();
    await ended;
    expect(a.destroyed).toBe(true);
  });
});
