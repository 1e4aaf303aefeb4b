/**
 * The floor, for `--baseline`: a ws server that does nothing but what a 60 Hz room cannot do without. It reads messages and
 * counts them, and each tick writes one message of a given size to each client. The path of a connection is its room.
 *
 * Argument: bytes of a message, at least four; they begin with the count of messages read from that client.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { TICK_RATE_HZ } from '../../shared/arena/rules.ts';
import { serveMetrics } from './serve-metrics.ts';

const COUNT_BYTES = 4;
const messageBytes = Math.max(COUNT_BYTES, Math.round(Number(process.argv[2])));
const stepMs = 1_000 / TICK_RATE_HZ;

class BareRoom {
  readonly #clients = new Map<WebSocket, number>();
  #nextMs = performance.now() + stepMs;
  #timer = setTimeout(() => this.#wake(), stepMs);

  add(client: WebSocket): void {
    this.#clients.set(client, 0);
    client.on('message', () => this.#clients.set(client, this.#clients.get(client)! + 1));
    client.on('error', () => {}); // a close follows
    client.on('close', () => {
      this.#clients.delete(client);
      if (this.#clients.size > 0) return;
      clearTimeout(this.#timer);
      rooms.forEach((room, path) => room === this && rooms.delete(path));
    });
  }

  /** On the same grid as a velarium room, with as many steps made up for. */
  #wake(): void {
    const nowMs = performance.now();
    for (let steps = 0; this.#nextMs <= nowMs && steps < 5; steps++) {
      this.#nextMs += stepMs;
      this.#write();
    }
    if (this.#nextMs <= nowMs) this.#nextMs += Math.ceil((nowMs - this.#nextMs) / stepMs) * stepMs;
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, Math.ceil(this.#nextMs - performance.now())));
  }

  #write(): void {
    for (const [client, count] of this.#clients) {
      const message = Buffer.allocUnsafe(messageBytes);
      message.writeUInt32BE(count >>> 0);
      client.send(message);
    }
  }
}

const rooms = new Map<string, BareRoom>();
const http = createServer((request, response) => {
  if (request.url === '/metrics') return void serveMetrics(request, response);
  response.writeHead(404).end();
});
new WebSocketServer({ server: http, perMessageDeflate: false, maxPayload: 65_536 }).on(
  'connection',
  (client, request) => {
    const path = request.url!;
    let room = rooms.get(path);
    if (room === undefined) rooms.set(path, (room = new BareRoom()));
    room.add(client);
  },
);
http.listen(0, '127.0.0.1', () => {
  console.log(`listening at http://127.0.0.1:${(http.address() as AddressInfo).port}/`);
});
process.stdin.resume().on('end', () => process.exit(0)); // whoever started it is gone
