import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { probeHttp } from './probe.ts';

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

it('knows a node that answers, whatever it answers', async () => {
  const address = await listen((socket) => socket.on('data', () => socket.end('HTTP/1.1 503 No\r\n\r\n')));
  expect(await probeHttp(address, 5_000)).toBe('alive');
});

it('knows a port on which nothing listens', async () => {
  const address = await listen(() => {});
  await new Promise((resolve) => servers.pop()!.close(resolve));
  expect(await probeHttp(address, 5_000)).toBe('refused');
});

it('does not wait for one that takes the connection and says nothing', async () => {
  const address = await listen(() => {});
  expect(await probeHttp(address, 50)).toBe('silent');
});

it('takes a connection that is reset for no proof', async () => {
  const address = await listen((socket) => socket.resetAndDestroy());
  expect(await probeHttp(address, 5_000)).toBe('silent');
});

it.each([undefined, '', 'no address:at all'])('has nobody to ask at %p', async (address) => {
  expect(await probeHttp(address)).toBe('unknown');
});
