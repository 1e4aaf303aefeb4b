import { once } from 'node:events';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { until } from '../../test/support/until.ts';
import { HandleWriter, MOST_HANDLE_BYTES } from './handle-write.ts';

const open: Socket[] = [];

afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

/** Both ends of a connection, and what the client has got. */
async function connection(): Promise<{ served: Socket; client: Socket; heard: Buffer[] }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [served] = (await once(server, 'connection')) as [Socket];
  server.close();
  open.push(served, client);
  const heard: Buffer[] = [];
  client.on('data', (chunk: Buffer) => heard.push(chunk));
  return { served, client, heard };
}

/** One of which writes go past the stream: a process learns from its first write how. */
async function direct() {
  const { served, client, heard } = await connection();
  const writer = HandleWriter.of(served)!;
  served.write(Buffer.of(0));
  await until('it came', () => bytesOf(heard) === 1);
  heard.length = 0;
  return { served, client, heard, writer };
}

let count = 0;

/** A message that no other one is like, written the way it is to be: whichever way that is, it is the caller's turn again. */
function write(writer: HandleWriter, socket: Socket, length: number, sent: Buffer[]): boolean {
  const message = writer.memory(length);
  count++;
  for (let i = 0; i < length; i++) message[i] = count * 31 + i;
  sent.push(Buffer.from(message));
  const isDirect = writer.write(message);
  if (!isDirect) socket.write(message);
  return isDirect;
}

const bytesOf = (chunks: readonly Buffer[]): number => chunks.reduce((sum, { length }) => sum + length, 0);

describe('writing past the stream', () => {
  it('works with this Node, once it has written anything', async () => {
    const { served, heard, writer } = await direct();
    const sent: Buffer[] = [];
    expect([5, 0, 5, MOST_HANDLE_BYTES].map((length) => write(writer, served, length, sent))).toEqual(
      new Array(4).fill(true),
    );
    await until('all came', () => bytesOf(heard) === bytesOf(sent));
    expect(Buffer.concat(heard).equals(Buffer.concat(sent))).toBe(true);
  });

  it('keeps the order among writes of the stream, and of many connections at once', async () => {
    const ends = [await direct(), await direct(), await direct()];
    const step = fc.record({
      end: fc.nat(ends.length - 1),
      length: fc.integer({ min: 1, max: MOST_HANDLE_BYTES }),
      isStreams: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const sent = ends.map((): Buffer[] => []);
        for (const { heard } of ends) heard.length = 0;
        for (const { end, length, isStreams } of steps) {
          const { served, writer } = ends[end]!;
          const message = Buffer.alloc(length, count++);
          if (!isStreams) {
            write(writer, served, length, sent[end]!);
            continue;
          }
          sent[end]!.push(message);
          served.write(message);
        }
        for (const [i, { heard }] of ends.entries()) {
          await until('all came', () => bytesOf(heard) === bytesOf(sent[i]!));
          expect(Buffer.concat(heard).equals(Buffer.concat(sent[i]!))).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('leaves it to the stream while the peer does not read, which says how much waits, and loses nothing', async () => {
    const { served, client, heard, writer } = await direct();
    const sent: Buffer[] = [];
    client.pause();
    while (write(writer, served, 1_000, sent));
    for (let i = 0; i < 100; i++) expect(write(writer, served, 1_000, sent)).toBe(false);
    expect(served.writableLength).toBe(101_000);

    // What waits here is nobody else's to write in.
    const other = await direct();
    const others: Buffer[] = [];
    for (let i = 0; i < 10; i++) expect(write(other.writer, other.served, 1_000, others)).toBe(true);

    client.resume();
    await until('all came', () => bytesOf(heard) === bytesOf(sent) && bytesOf(other.heard) === bytesOf(others));
    expect(Buffer.concat(heard).equals(Buffer.concat(sent))).toBe(true);
    expect(Buffer.concat(other.heard).equals(Buffer.concat(others))).toBe(true);
    await until('nothing waits', () => served.writableLength === 0);
    expect(write(writer, served, 1_000, sent)).toBe(true);
  });

  it('shares nothing with a write that libuv is not done with, though nothing of it waits any more', async () => {
    const { served, writer } = await direct();
    const handle = (served as unknown as { _handle: Record<string, unknown> })._handle;
    const requests: { getAsyncId(): number; oncomplete(status: number): void }[] = [];
    handle['writeBuffer'] = (request: (typeof requests)[number]): number => {
      requests.push(request);
      request.getAsyncId = () => 11;
      return 0;
    };
    const message = writer.memory(20);
    expect(writer.write(message)).toBe(true);
    delete handle['writeBuffer'];
    const other = await direct();
    expect(other.writer.memory(20)).not.toBe(message);
    const sent: Buffer[] = [];
    expect(write(other.writer, other.served, 20, sent)).toBe(true);
    await until('it came', () => bytesOf(other.heard) === 20);
    expect(requests[0]!.getAsyncId()).toBe(11); // it was not made to write again

    expect(write(writer, served, 5, sent)).toBe(false);
    await until('it was written', () => served.writableLength === 0);
    expect(write(writer, served, 5, sent)).toBe(false);
    await until('it was written', () => served.writableLength === 0);
    requests[0]!.oncomplete(0);
    expect(write(writer, served, 5, sent)).toBe(true);
  });

  it('ends a connection that cannot be written to, with the error of its stream', async () => {
    const { served, client, writer } = await direct();
    served.pause(); // and so does not hear of it
    const errors: unknown[] = [];
    served.on('error', (error) => errors.push(error));
    client.resetAndDestroy();
    await once(client, 'close');
    const sent: Buffer[] = [];
    await until('it is told', () => served.destroyed || !write(writer, served, 10, sent) || errors.length > 0);
    await until('it is told', () => errors.length > 0);
    expect(['EPIPE', 'ECONNRESET']).toContain((errors[0] as NodeJS.ErrnoException).code);
    expect(served.destroyed).toBe(true);
  });

  it('a write that waits when the connection is destroyed goes with it', async () => {
    const { served, client, writer } = await direct();
    client.pause();
    while (write(writer, served, 1_000, []));
    const errors: unknown[] = [];
    served.on('error', (error) => errors.push(error));
    served.destroy();
    await once(served, 'close');
    expect(errors).toEqual([]);
    expect(writer.write(writer.memory(10))).toBe(false);
  });

  it('is none for anything but a TCP connection', () => {
    expect(HandleWriter.of(undefined)).toBeUndefined();
    expect(HandleWriter.of({ write: () => {} })).toBeUndefined();
    expect(HandleWriter.of(new Socket())).toBeUndefined();
    class Tls extends Socket {}
    expect(HandleWriter.of(new Tls())).toBeUndefined();
  });
});
