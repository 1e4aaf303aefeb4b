import { afterEach, expect, it } from '@jest/globals';
import { TcpListeners } from '../../test/support/tcp-listeners.ts';
import { askWatching } from './ask-watching.ts';

const listeners = new TcpListeners();
afterEach(() => listeners.close());

/** A node that answers every request with this body. */
const saying = (body: string, status = '200 OK'): Promise<string> =>
  listeners.listen((socket) => socket.on('data', () => socket.end(`HTTP/1.1 ${status}\r\n\r\n${body}`)));

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
  const address = await listeners.listen(() => {});
  await listeners.close();
  expect(await askWatching(address, 5_000)).toBe('gone');
});

it('does not wait for one that takes the connection and says nothing', async () => {
  expect(await askWatching(await listeners.listen(() => {}), 50)).toBe('silent');
});

it('nor for one that never ends what it says', async () => {
  const address = await listeners.listen((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n{"watching":'));
  expect(await askWatching(address, 50)).toBe('silent');
});

it.each(['', 'no address:at all'])('has no answer from %p', async (address) => {
  expect(await askWatching(address)).toBe('silent');
});
