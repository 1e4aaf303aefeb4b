import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { forwardedHeaders, passedOn } from './forwarded-headers.ts';
import { joinSockets } from './join-sockets.ts';
import type { RouteFinder } from './route-finder.ts';

const MAX_CONNECTIONS = 20_000;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** What a node may take over an answer, or over a connection. */
const NODE_TIMEOUT_MS = 20_000;

/** Methods that change nothing: asked again of another node when one does not answer. */
const READS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);
/**
 * Asked once more, of another node: a seat that the first one kept for nobody ends by itself, and so does a room that was
 * made for it. `create` is none of them: whoever asks for a room of his own is to have one.
 */
const JOINS = /^\/matchmake\/(?:join|joinOrCreate|joinById|reconnect)\//;
const MAX_JOIN_BYTES = 16_384;
/** How often it is looked whether the node that was asked stands still by now. */
const LOOK_EVERY_MS = 100;
/** What is for the node that has a room, with the path of its WebSocket. */
const FOR_ITS_NODE = /^\/play\/kill(\/[\w-]+\/[\w-]+)$/;
/** For whoever runs the pool, and reached at the nodes themselves. */
const NOT_FOR_PLAYERS = /^\/+(?:metrics|monitor|admin)(?:\/|\?|$)/i;

export interface PoolProxyOptions {
  /** Addresses of nodes that live, the one to be asked next first. */
  nodes(): readonly string[];
  /** Whether the node at this address does not answer anybody. Default: none is known. */
  isSilent?(address: string): boolean;
  routes: RouteFinder;
}

/**
 * One port in front of a pool: requests go to the nodes in turn, a WebSocket to the node that has its room. Bytes are
 * passed on as they come.
 */
export class PoolProxy {
  readonly #options: PoolProxyOptions;
  readonly #server: Server;
  /** WebSockets, both ends. */
  readonly #sockets = new Set<Duplex>();

  constructor(options: PoolProxyOptions) {
    this.#options = options;
    this.#server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('request', (request, response) => this.#pass(request, response));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#upgrade(request, socket, head).catch(() => socket.destroy());
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @throws the error of `listen`, e.g. with code `EADDRINUSE` */
  async listen(port: number, host: string | undefined): Promise<void> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
  }

  /** Takes no further connection; those that are open live on. */
  stopListening(): void {
    this.#server.close();
  }

  /** Ends all that is left. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', method } = request;
    if (!url.startsWith('/')) return refuse(response, 400, 'malformed request target');
    if (NOT_FOR_PLAYERS.test(url)) return refuse(response, 404, 'not found');
    const [, path] = FOR_ITS_NODE.exec(url) ?? [];
    if (path !== undefined) return void this.#passToItsNode(request, response, path);
    const nodes = this.#options.nodes();
    if (READS.has(method)) this.#ask(request, response, nodes);
    else if (isJoin(request)) this.#askToJoin(request, response, nodes.slice(0, 2));
    else this.#ask(request, response, nodes.slice(0, 1));
  }

  /** What is asked is read first, so that it can be said again. */
  #askToJoin(request: IncomingMessage, response: ServerResponse, nodes: readonly string[]): void {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part)); // no more than was announced, see isJoin
    request.once('end', () => this.#ask(request, response, nodes, Buffer.concat(parts)));
  }

  async #passToItsNode(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const node = await this.#options.routes.find(path);
    if (node === undefined) refuse(response, 404, 'no such room');
    else this.#ask(request, response, [node]);
  }

  /**
   * Asks the first of `nodes`, and the others if that does not answer at all.
   * @param body of the request, where it has been read; without it, one that has a body cannot be asked again
   */
  #ask(request: IncomingMessage, response: ServerResponse, [node, ...others]: readonly string[], body?: Buffer): void {
    if (node === undefined) return refuse(response, 502, 'no server answers');
    const headers = forwardedHeaders(request);
    const isBodiless = !('content-length' in request.headers || 'transfer-encoding' in request.headers);
    headers.push('Connection', 'close', ...(isBodiless && !READS.has(request.method) ? ['Content-Length', '0'] : []));
    const { host, port } = split(node);
    const { url: path, method } = request;
    const asked = httpRequest({ host, port, path, method, headers, agent: false, timeout: NODE_TIMEOUT_MS });
    asked.once('timeout', () => asked.destroy());
    response.once('close', () => asked.destroy());
    if (body !== undefined && others.length > 0) this.#endIfSilent(node, asked);
    asked.once('error', () => {
      if (response.headersSent || response.destroyed) response.destroy();
      else if (isBodiless || (body !== undefined && others.length > 0)) this.#ask(request, response, others, body);
      else refuse(response, 502, 'the server does not answer');
    });
    asked.once('response', (answer) => {
      response.writeHead(answer.statusCode!, answer.statusMessage, passedOn(answer));
      answer.once('error', () => response.destroy());
      answer.pipe(response);
    });
    if (isBodiless || body !== undefined) asked.end(body);
    else request.pipe(asked);
  }

  #endIfSilent(node: string, asked: ClientRequest): void {
    const timer = setInterval(() => {
      if (this.#options.isSilent?.(node)) asked.destroy(new Error('the node stands still'));
    }, LOOK_EVERY_MS);
    const stop = (): void => clearInterval(timer);
    asked.once('response', stop).once('close', stop);
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on('error', () => {}); // 'close' follows
    const { url = '', method } = request;
    if (!url.startsWith('/') || method !== 'GET') return cut(socket, '400 Bad Request');
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return cut(socket, '400 Bad Request');
    if (NOT_FOR_PLAYERS.test(url)) return cut(socket, '404 Not Found');
    this.#track(socket);
    const found = await this.#options.routes.find(url.replace(/\?.*/s, ''));
    if (socket.destroyed) return;
    const node = found ?? this.#options.nodes()[0];
    if (node === undefined) return cut(socket, '502 Bad Gateway');

    const { host, port } = split(node);
    const upstream = connect({ host, port, timeout: NODE_TIMEOUT_MS });
    this.#track(upstream);
    const fail = (): void => cut(socket, '502 Bad Gateway');
    upstream.once('error', fail);
    upstream.once('timeout', fail);
    socket.once('close', () => upstream.destroySoon());
    upstream.once('connect', () => {
      upstream.off('error', fail).on('error', () => {}); // 'close' follows
      upstream.off('timeout', fail);
      upstream.write(headOf(request), 'latin1');
      if (head.length > 0) upstream.write(head);
      joinSockets(socket, upstream);
    });
  }

  #track(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

/** One that says how long it is, and is short. */
function isJoin({ method, url = '', headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return method === 'POST' && JOINS.test(url) && length !== undefined && Number(length) <= MAX_JOIN_BYTES;
}

function split(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

/** The request for an upgrade, as the node is to read it. */
function headOf(request: IncomingMessage): string {
  const headers = [...forwardedHeaders(request), 'Connection', 'Upgrade', 'Upgrade', 'websocket'];
  let text = `GET ${request.url} HTTP/1.1\r\n`;
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${text}\r\n`;
}

function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ error }));
}

function cut(socket: Socket, status: string): void {
  if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.destroySoon();
}
