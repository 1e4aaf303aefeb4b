import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as ws from 'ws';
import { Random } from '../../test/support/random.ts';
import { until } from '../../test/support/until.ts';
import { receiveDirectly } from './direct-receive.ts';

/** That its types do not name. */
const { Receiver, Sender } = ws as unknown as {
  Receiver: new (options: object) => NodeJS.WritableStream;
  Sender: { frame(data: Buffer, options: object): Buffer[] };
};

interface Frame {
  opcode: number;
  fin: boolean;
  mask: boolean;
  data: Uint8Array;
}

let random = new Random(1);
beforeEach(() => {
  random = new Random(1);
});

/** The frame as a client writes it. */
function bytesOf({ opcode, fin, mask, data }: Frame): Buffer {
  const generateMask = (into: Buffer): unknown => into.set(random.bytes(4));
  const options = { fin, opcode, mask, readOnly: true, rsv1: false, maskBuffer: undefined, generateMask };
  return Buffer.concat(Sender.frame(Buffer.from(data), options));
}

/** Does `use` with both ends of a connection. */
async function withConnection(use: (served: ws.WebSocket, client: ws.WebSocket) => Promise<void>): Promise<void> {
  const server = new ws.WebSocketServer({ port: 0, host: '127.0.0.1' });
  try {
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = new ws.WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    const [served] = (await once(server, 'connection')) as [ws.WebSocket];
    if (client.readyState !== client.OPEN) await once(client, 'open');
    await use(served, client);
    client.terminate();
    if (served.readyState !== served.CLOSED) await once(served, 'close');
  } finally {
    server.close();
  }
}

/** What a server hears of `chunks`: messages, pings, and how it ends. */
function heardOf(chunks: readonly Buffer[], direct: boolean): { heard: string[]; direct: number } {
  const receiver = new Receiver({
    isServer: true,
    maxPayload: 300,
    maxFragments: 16,
    allowSynchronousEvents: true,
  });
  const heard: string[] = [];
  let shortcuts = 0;
  let ended = false;
  receiver.on('message', (data: Buffer, isBinary: boolean) => heard.push(`${isBinary} ${data.toString('hex')}`));
  receiver.on('ping', (data: Buffer) => heard.push(`ping ${data.toString('hex')}`));
  receiver.on('conclude', (code: number) => heard.push(`closes ${code}`));
  receiver.on('error', (error: Error) => {
    ended = true;
    heard.push(error.message);
  });
  if (direct) {
    receiveDirectly(
      { _receiver: receiver, readyState: 1, OPEN: 1, extensions: '' } as unknown as ws.WebSocket,
      (data) => {
        shortcuts++;
        heard.push(`true ${data.toString('hex')}`);
      },
    );
  }
  for (const chunk of chunks) if (!ended) receiver.write(Buffer.from(chunk));
  return { heard, direct: shortcuts };
}

/** `bytes` as they come when they are cut after each of these lengths, again and again. */
function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length]!;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

const input = (data: string): Frame => ({ opcode: 2, fin: true, mask: true, data: Buffer.from(data, 'hex') });

describe('short messages without the stream', () => {
  it('of a real connection do not reach what ws has for them; longer ones do', () =>
    withConnection(async (served, client) => {
      const heard: string[] = [];
      served.on('message', (data: Buffer) => heard.push(`ws ${data.length}`));
      receiveDirectly(served, (data) => heard.push(`direct ${data.length}`));
      for (const length of [5, 125, 126, 5]) {
        client.send(new Uint8Array(length));
        const known = heard.length;
        await until('it is heard', () => heard.length > known);
      }
      expect(heard).toEqual(['direct 5', 'direct 125', 'ws 126', 'direct 5']);
    }));

  it('are the same over a real connection, where what ws has to read comes between', () =>
    withConnection(async (served, client) => {
      const heard: string[] = [];
      const hear = (data: Buffer): unknown => heard.push(data.toString('hex'));
      served.on('message', hear);
      receiveDirectly(served, hear);
      const { _socket } = client as unknown as { _socket: Socket };
      const sent: string[] = [];
      const bytes: Buffer[] = [];
      for (let i = 0; i < 400; i++) {
        const data = Buffer.alloc(random.below(200), i);
        sent.push(data.toString('hex'));
        bytes.push(bytesOf({ opcode: 2, fin: true, mask: true, data }));
      }
      const all = Buffer.concat(bytes);
      for (let at = 0, to; at < all.length; at = to) {
        to = at + 1 + random.below(300);
        await new Promise((written) => _socket.write(all.subarray(at, to), written));
      }
      await until('all came', () => heard.length === sent.length);
      expect(heard).toEqual(sent);
    }));

  it('are left to ws where the connection closes, or has an extension', () => {
    const receiver = new Receiver({ isServer: true });
    const connection = { _receiver: receiver, readyState: 1, OPEN: 1, extensions: '' };
    const heard: string[] = [];
    receiver.on('message', () => heard.push('ws'));
    receiveDirectly(connection as unknown as ws.WebSocket, () => {
      heard.push('direct');
      connection.readyState = 2; // who hears it may close
    });
    receiver.write(Buffer.concat([input('01'), input('02')].map(bytesOf)));
    receiver.write(bytesOf(input('03')));
    expect(heard).toEqual(['direct', 'direct', 'ws']); // GuardedSocket passes over what comes behind its close

    const other = new Receiver({ isServer: true });
    receiveDirectly({ ...connection, _receiver: other, readyState: 1, extensions: 'x' } as never, () =>
      heard.push('direct'),
    );
    other.on('message', () => heard.push('ws'));
    other.write(bytesOf(input('04')));
    expect(heard.at(-1)).toBe('ws');
  });

  it('are read by the shortcut, one or several at a time', () => {
    const chunk = Buffer.concat(['', '01', '02'.repeat(125)].map(input).map(bytesOf));
    expect(heardOf([chunk, chunk], true)).toEqual({
      heard: ['true ', 'true 01', `true ${'02'.repeat(125)}`, 'true ', 'true 01', `true ${'02'.repeat(125)}`],
      direct: 6,
    });
  });

  it('are left to ws when they are longer, text, in pieces, or behind what it has not done with', () => {
    const long = input('03'.repeat(126));
    const text: Frame = { ...input('61'), opcode: 1 };
    const pieces: Frame[] = [
      { ...input('04'), fin: false },
      { ...input('05'), opcode: 0 },
    ];
    const whole = bytesOf(input('06'));
    for (const frames of [[long], [text], pieces]) {
      const { heard, direct } = heardOf([Buffer.concat(frames.map(bytesOf))], true);
      expect([heard.length, direct]).toEqual([1, 0]);
    }
    expect(heardOf([whole.subarray(0, 3), Buffer.concat([whole.subarray(3), whole])], true).direct).toBe(0);
    expect(heardOf([whole.subarray(0, 3), whole.subarray(3), whole], true).direct).toBe(1);
  });

  it('are not read behind a close frame', () => {
    const closes: Frame = { opcode: 8, fin: true, mask: true, data: Uint8Array.of(0x03, 0xe8) };
    const chunks = [closes, input('01')].map(bytesOf);
    expect(heardOf(chunks, true)).toEqual({ heard: ['closes 1000'], direct: 0 });
  });

  it('are the same as with ws alone, whatever comes and however it is cut', () => {
    const frame = fc.record({
      opcode: fc.constantFrom(0, 1, 2, 2, 2, 2, 8, 9, 11),
      fin: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
      mask: fc.integer({ min: 0, max: 15 }).map((n) => n > 0),
      data: fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ minLength: 120, maxLength: 320 })),
    });
    const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), lengths, (frames, cuts) => {
        const chunks = cut(Buffer.concat(frames.map(bytesOf)), cuts);
        expect(heardOf(chunks, true).heard).toEqual(heardOf(chunks, false).heard);
      }),
      { numRuns: 1_000, seed: 1 },
    );
  });
});
