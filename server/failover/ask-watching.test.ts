import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { askWatching } from './ask-watching.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A node that answers every request with this body. */
const saying = (body: string, status = '200 OK'): Promise<string> =>
  listen((socket) => socket.on('data', () => socket.end(`HTTP/1.1 ${status}\r\n\r\n${body}`)));

it.each([
  ['{"status":"ready","watching":true}', '200 OK', 'watching'],
  ['{"status":"draining","watching":true}', '503 Service Unavailable', 'watching'],
  ['{"status":"no redis","watching":false}', '503 Service Unavailable', 'blind'],
  ['{"status":"ready"}', '200 OK', 'silent'],
  ['{"watching":1}', '200 OK', 'silent'],
  ['null', '200 OK', 'silent'],
  ['hello', '200 OK', 'silent'],
  [`{"watching":false,"x":"${'x'.repeat(100_000)}"}`, '200 OK', 'silent'],
])('reads %.40s', async (body, status, answer) => {
  expect(await askWatching(await saying(body, status), 5_000)).toBe(answer);
});

it('knows a port on which nothing listens', async () => {
  const address = await listen(() => {});
  await new Promise((resolve) => servers.pop()!.close(resolve));
  expect(await askWatching(address, 5_000)).toBe('gone');
});

it('does not wait for one that takes the connection and says nothing', async () => {
  expect(await askWatching(await listen(() => {}), 50)).toBe('silent');
});

it('nor for one that never ends what it says', async () => {
  const address = await listen((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n{"watching":'));
  expect(await askWatching(address, 50)).toBe('silent');
});

it.each(['', 'no address:at all'])('has no answer from %p', async (address) => {
  expect(await askWatching(address)).toBe('silent');
});
