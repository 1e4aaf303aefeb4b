import { once } from 'node:events';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '../../test/support/until.ts';
import { readShared, type Take } from './shared-read.ts';

const MEBIBYTE = 1_048_576;
const open: Socket[] = [];

afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

/** Both ends of a connection. */
async function connection(): Promise<{ served: Socket; client: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [served] = (await once(server, 'connection')) as [Socket];
  server.close();
  open.push(served, client);
  return { served, client };
}

/** Takes up to `most` bytes of what comes at a time, and tells what it took and what came the usual way. */
function heardOf(served: Socket, most = Infinity): { taken: string[]; rest: Buffer[]; isShared: boolean } {
  const taken: string[] = [];
  const rest: Buffer[] = [];
  const take: Take = (memory, length) => {
    const end = Math.min(length, most);
    if (end > 0) taken.push(memory.toString('latin1', 0, end));
    return end;
  };
  const isShared = readShared(served, take);
  served.on('data', (chunk: Buffer) => rest.push(chunk));
  return { taken, rest, isShared };
}

const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('latin1');

describe('reading into shared memory', () => {
  it("works with this Node's server connections, and what is taken never comes through the stream", async () => {
    const { served, client } = await connection();
    const { taken, rest, isShared } = heardOf(served);
    expect(isShared).toBe(true);
    client.write('one');
    await until('it came', () => taken.join('') === 'one');
    client.write('two');
    await until('it came', () => taken.join('') === 'onetwo');
    expect(rest).toEqual([]);
  });

  it('gives what is left to the stream in a copy that later reads, of any connection, do not touch', async () => {
    const [one, other] = [await connection(), await connection()];
    const [heard, others] = [heardOf(one.served, 1), heardOf(other.served, 1)];
    one.client.write('abc');
    await until('it came', () => text(heard.rest) === 'bc');
    other.client.write('xyz');
    await until('it came', () => text(others.rest) === 'yz');
    expect([heard.taken, text(heard.rest), others.taken]).toEqual([['a'], 'bc', ['x']]);
  });

  it('keeps the order where the connection is paused while it takes', async () => {
    const { served, client } = await connection();
    const heard: string[] = [];
    readShared(served, (memory, length) => {
      heard.push(`taken ${memory.toString('latin1', 0, 1)}`);
      served.pause();
      return Math.min(length, 1);
    });
    served.on('data', (chunk: Buffer) => heard.push(`rest ${chunk.toString('latin1')}`));
    client.write('first');
    await until('it waits', () => served.readableLength === 4);
    client.write('second');
    served.resume();
    await until('it waits', () => served.readableLength === 5);
    served.resume();
    await until('all came', () => heard.length === 4);
    expect(heard).toEqual(['taken f', 'rest irst', 'taken s', 'rest econd']);
  });

  it('reads no further while it is paused', async () => {
    const { served, client } = await connection();
    let heard = 0;
    let mostWaiting = 0;
    readShared(served, () => (served.pause(), 0));
    served.on('data', (chunk: Buffer) => (heard += chunk.length));
    client.write(Buffer.alloc(4 * MEBIBYTE));
    await until('all came', () => {
      mostWaiting = Math.max(mostWaiting, served.readableLength);
      served.resume();
      return heard === 4 * MEBIBYTE;
    });
    expect(mostWaiting).toBeGreaterThan(0);
    expect(mostWaiting).toBeLessThan(MEBIBYTE / 4);
  });

  it('hears of the end, and of errors, as ever', async () => {
    const { served, client } = await connection();
    const { taken } = heardOf(served);
    client.end('last');
    await once(served, 'end');
    expect(taken).toEqual(['last']);

    const reset = await connection();
    heardOf(reset.served);
    reset.client.resetAndDestroy();
    const [error] = (await once(reset.served, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
  });

  it('may destroy the connection while it takes', async () => {
    const { served, client } = await connection();
    readShared(served, () => (served.destroy(), 0));
    served.resume();
    client.write('bytes');
    await once(served, 'close');
    expect(served.readableLength).toBe(0);
  });

  it('leaves alone what is no connection, has none, or has memory of its own', async () => {
    expect(readShared(new Socket(), () => 0)).toBe(false);
    class Other extends Socket {}
    expect(readShared(new Other(), () => 0)).toBe(false);
    const { served } = await connection();
    expect([readShared(served, () => 0), readShared(served, () => 0)]).toEqual([true, false]);
  });
});
