import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { DirectSender } from './direct-send.ts';

let http: ReturnType<typeof createServer>;
let wss: WebSocketServer;

beforeEach(async () => {
  http = createServer();
  wss = new WebSocketServer({ server: http, perMessageDeflate: { threshold: 0 } });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
});

afterEach(() => {
  for (const ws of wss.clients) ws.terminate();
  wss.close();
  http.close();
});

/** Both ends of a connection, and what the client hears until it is closed. */
async function connected(perMessageDeflate: boolean) {
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`, { perMessageDeflate });
  const heard: string[] = [];
  client.on('message', (data: Buffer, isBinary: boolean) => heard.push(`${isBinary} ${data.toString('hex')}`));
  const [ws, request] = (await once(wss, 'connection')) as [WebSocket, IncomingMessage];
  const written: Uint8Array[] = [];
  const sink = {
    write(bytes: Uint8Array) {
      written.push(bytes);
      return request.socket.write(bytes);
    },
  };
  return { client, ws, heard, written, sender: new DirectSender(ws, sink), socket: request.socket };
}

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);
const asHeard = (data: Uint8Array): string => `true ${Buffer.from(data).toString('hex')}`;

describe('messages in one piece', () => {
  it('[F1] arrive as what ws sends does, in order, of every length of header', async () => {
    const { client, ws, heard, written, sender } = await connected(false);
    const sizes = [0, 1, 125, 126, 127, 65_535, 65_536];
    for (const size of sizes) {
      sender.send(bytes(size));
      ws.send(bytes(3));
    }
    ws.close(4_000, 'done');
    const [code] = (await once(client, 'close')) as [number];
    expect(code).toBe(4_000);
    expect(heard).toEqual(sizes.flatMap((size) => [asHeard(bytes(size)), asHeard(bytes(3))]));
    expect(written.map(({ length }) => length)).toEqual([2, 3, 127, 130, 131, 65_539]); // the last went through ws
  });

  it('[F1] arrive in order too where they go past the stream of a TCP connection', async () => {
    const { client, ws, heard, socket } = await connected(false);
    const sender = new DirectSender(ws, socket);
    const sizes = [1, 0, 1, 125, 126, 1_020, 1_021, 65_535, 65_536, 1].flatMap((size) => [size, size]);
    for (const size of sizes) {
      sender.send(bytes(size));
      ws.send(bytes(3));
      sender.send(bytes(size));
    }
    ws.close(4_000, 'done');
    await once(client, 'close');
    expect(heard).toEqual(sizes.flatMap((size) => [asHeard(bytes(size)), asHeard(bytes(3)), asHeard(bytes(size))]));
  });

  it('[F1] go through ws where it compresses', async () => {
    const { client, ws, heard, written, sender } = await connected(true);
    sender.send(bytes(1_000));
    ws.close(4_000);
    await once(client, 'close');
    expect([heard, written]).toEqual([[asHeard(bytes(1_000))], []]);
  });

  it('are not written behind a close frame', async () => {
    const { client, ws, heard, written, sender } = await connected(false);
    ws.close(4_000);
    sender.send(bytes(5));
    await once(client, 'close');
    expect([heard, written]).toEqual([[], []]);
  });
});
