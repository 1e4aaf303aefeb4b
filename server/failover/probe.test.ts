import { afterEach, expect, it } from '@jest/globals';
import { TcpListeners } from '../../test/support/tcp-listeners.ts';
import { probeHttp } from './probe.ts';

const listeners = new TcpListeners();
afterEach(() => listeners.close());

it('knows a node that answers, whatever it answers', async () => {
  const address = await listeners.listen((socket) => socket.on('data', () => socket.end('HTTP/1.1 503 No\r\n\r\n')));
  expect(await probeHttp(address, 5_000)).toBe('alive');
});

it('knows a port on which nothing listens', async () => {
  const address = await listeners.listen(() => {});
  await listeners.close();
  expect(await probeHttp(address, 5_000)).toBe('refused');
});

it('does not wait for one that takes the connection and says nothing', async () => {
  const address = await listeners.listen(() => {});
  expect(await probeHttp(address, 50)).toBe('silent');
});

it('takes a connection that is reset for no proof', async () => {
  const address = await listeners.listen((socket) => socket.resetAndDestroy());
  expect(await probeHttp(address, 5_000)).toBe('silent');
});

it.each([undefined, '', 'no address:at all'])('has nobody to ask at %p', async (address) => {
  expect(await probeHttp(address)).toBe('unknown');
});
