import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type WebSocket, WebSocketServer } from 'ws';
import { SUBPROTOCOL } from '../../shared/wire/frame.ts';
import { KnownClient, type KnownBehaviour } from './known-client.ts';

export type { KnownBehaviour };

/** A message, and when it passed: milliseconds since the epoch. */
export interface Passed {
  atMs: number;
  bytes: number;
}

/**
 * A server whose every delay, gap and size is known: it speaks velarium.1 over real sockets, and writes down what it did.
 * It has rooms of one name, `arena`.
 */
export class KnownServer {
  readonly endpoint: string;
  readonly sent: Passed[] = [];
  readonly received: Passed[] = [];
  readonly clients: KnownClient[] = [];
  readonly #http: Server;
  readonly #behaviour: KnownBehaviour;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL });

  private constructor(http: Server, behaviour: KnownBehaviour) {
    this.#http = http;
    this.#behaviour = behaviour;
    this.endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    http.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
    http.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#accept(client));
    });
  }

  static async start(behaviour: KnownBehaviour): Promise<KnownServer> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return new KnownServer(http, behaviour);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.end();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await text(request);
    const [, , method, name] = request.url!.split('/');
    const known = method === 'joinById' || name === 'arena';
    const seat = {
      name: 'arena',
      roomId: method === 'joinById' ? name : randomUUID(),
      processId: 'p',
      sessionId: randomUUID(),
    };
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known ? seat : { code: 520, error: `no "${name}"` }));
  }

  #accept(socket: WebSocket): void {
    const note = (list: Passed[]) => (bytes: number) =>
      list.push({ atMs: performance.timeOrigin + performance.now(), bytes });
    this.clients.push(new KnownClient(socket, this.#behaviour, note(this.sent), note(this.received)));
  }
}

/** What passed in a while. */
export function during(list: readonly Passed[], fromMs: number, seconds: number): { count: number; bytes: number } {
  const passed = list.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + seconds * 1_000);
  return { count: passed.length, bytes: passed.reduce((sum, { bytes }) => sum + bytes, 0) };
}
