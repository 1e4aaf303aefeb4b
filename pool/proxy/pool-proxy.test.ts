import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { PoolProxy } from './pool-proxy.ts';
import type { RouteFinder } from './route-finder.ts';

/** A node that keeps what it was asked, and echoes what comes over an upgraded connection. */
class EchoNode {
  seen: IncomingMessage[] = [];
  respond: RequestListener = (request, response) => {
    request.pipe(response.writeHead(201, { 'x-kept': 'yes', 'keep-alive': 'timeout=9' }));
  };
  readonly sockets: Socket[] = [];
  readonly server: Server = createServer((request, response) => {
    this.seen.push(request);
    this.respond(request, response);
  });

  constructor() {
    this.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.seen.push(request);
      this.sockets.push(socket);
      socket.on('error', () => {});
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.write(head);
      socket.pipe(socket);
    });
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Header names and values as they came. */
  headers(name: string): (string | undefined)[] {
    return this.seen.map(({ headers }) => headers[name] as string | undefined);
  }
}

let nodes: [EchoNode, EchoNode];
let living: string[];
let silent: Set<string>;
let home: string | undefined;
let asked: string[];
let proxy: PoolProxy;
const open: Socket[] = [];

beforeEach(async () => {
  nodes = [new EchoNode(), new EchoNode()];
  for (const { server } of nodes) await once(server.listen(0, '127.0.0.1'), 'listening');
  living = nodes.map(({ address }) => address);
  home = undefined;
  asked = [];
  const routes = {
    find: (path: string) => {
      asked.push(path);
      return Promise.resolve(home);
    },
  } as RouteFinder;
  silent = new Set();
  proxy = new PoolProxy({ nodes: () => living, routes, isSilent: (address) => silent.has(address) });
  await proxy.listen(0, '127.0.0.1');
});

afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
  proxy.close();
  for (const { server, sockets } of nodes) {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  }
});

const url = (path: string): string => `http://127.0.0.1:${proxy.port}${path}`;

/** Says `head` to the proxy. @returns the connection */
async function say(head: string, rest = ''): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1');
  open.push(socket);
  await once(socket, 'connect');
  socket.write(head.replaceAll('\n', '\r\n') + '\r\n\r\n' + rest);
  return socket;
}

const upgrade = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\nHost: game.example:8080\nConnection: Upgrade\nUpgrade: websocket${more}`;

/** Reads until `wanted` has come. */
async function read(socket: Socket, wanted: string): Promise<string> {
  let heard = '';
  for await (const data of socket.iterator({ destroyOnReturn: false })) {
    heard += String(data);
    if (heard.includes(wanted)) return heard;
  }
  throw new Error(`it ended after ${JSON.stringify(heard)}`);
}

describe('requests', () => {
  it('are passed on whole, and so are their answers', async () => {
    const body = 'x'.repeat(200_000);
    const response = await fetch(url('/matchmake/create/arena?a=%20b'), { method: 'POST', body });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-kept')).toBe('yes');
    expect(response.headers.get('keep-alive')).not.toBe('timeout=9');
    expect(await response.text()).toBe(body);
    expect(nodes[0].seen[0]!.url).toBe('/matchmake/create/arena?a=%20b');
    expect(nodes[0].headers('content-length')).toEqual(['200000']);
  });

  it('carry the address of the client, whatever it says', async () => {
    const claims = 'X-Forwarded-For: 6.6.6.6\nX-Real-IP: 6.6.6.6\nX-Client-IP: 6.6.6.6\nForwarded: for=6.6.6.6';
    const socket = await say(`GET / HTTP/1.1\nHost: game.example:8080\n${claims}\nConnection: close, X-Hop\nX-Hop: 1`);
    await text(socket);
    const [{ headers }] = nodes[0].seen as [IncomingMessage];
    expect(headers).toEqual({
      host: 'game.example:8080',
      'x-real-ip': '127.0.0.1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      connection: 'close',
    });
  });

  it('without a body say so', async () => {
    await (await fetch(url('/matchmake/create/arena'), { method: 'POST' })).text();
    expect(nodes[0].headers('content-length')).toEqual(['0']);
    expect(nodes[0].headers('transfer-encoding')).toEqual([undefined]);
  });

  it('of unknown length stay so', async () => {
    const socket = await say(
      'POST / HTTP/1.1\nHost: x\nConnection: close\nTransfer-Encoding: chunked',
      '3\r\nabc\r\n0\r\n\r\n',
    );
    expect(await text(socket)).toContain('abc');
    expect(nodes[0].headers('transfer-encoding')).toEqual(['chunked']);
  });

  it('that change nothing go to the next node where one is gone; others fail', async () => {
    nodes[0].server.close();
    expect((await fetch(url('/'))).status).toBe(201);
    expect(nodes[1].seen).toHaveLength(1);
    const response = await fetch(url('/matchmake/create/arena'), { method: 'POST', body: '{}' });
    expect([response.status, await response.json()]).toEqual([502, { error: 'the server does not answer' }]);
    expect(nodes[1].seen).toHaveLength(1);
    living = [];
    expect((await fetch(url('/'))).status).toBe(502);
  });

  const join = (path: string, body = '{"a":1}'): Promise<Response> => fetch(url(path), { method: 'POST', body });

  it.each(['join/arena', 'joinOrCreate/arena', 'joinById/r', 'reconnect/r'])(
    'to %s go to the next node where one is gone, or takes them and stands still',
    async (what) => {
      nodes[0].respond = () => silent.add(nodes[0].address);
      const response = await join(`/matchmake/${what}`);
      expect([response.status, await response.text()]).toEqual([201, '{"a":1}']);
      expect([nodes[0].seen.length, nodes[1].seen.length]).toEqual([1, 1]);
      nodes[0].server.closeAllConnections();
      nodes[0].server.close();
      expect(await (await join(`/matchmake/${what}`)).text()).toBe('{"a":1}');
      expect(nodes[1].seen).toHaveLength(2);
    },
  );

  it('to join are asked twice and not a third time', async () => {
    living = [nodes[0].address, nodes[0].address, nodes[1].address];
    nodes[0].respond = (_request, response) => response.destroy();
    expect((await join('/matchmake/join/arena')).status).toBe(502);
    expect([nodes[0].seen.length, nodes[1].seen.length]).toEqual([2, 0]);
  });

  it('to create, and long ones, are asked once', async () => {
    nodes[0].respond = (_request, response) => response.destroy();
    expect((await join('/matchmake/create/arena')).status).toBe(502);
    expect((await join('/matchmake/join/arena', 'x'.repeat(16_385))).status).toBe(502);
    expect([nodes[0].seen.length, nodes[1].seen.length]).toEqual([2, 0]);
  });

  it('end at the node when the client goes', async () => {
    nodes[0].respond = () => {};
    const socket = await say('GET / HTTP/1.1\nHost: x');
    await once(nodes[0].server, 'request');
    const ended = once(nodes[0].seen[0]!.socket, 'close');
    socket.destroy();
    await ended;
  });

  it.each(['/metrics', '/monitor/', '/admin/nodes', '/ADMIN/nodes', '//metrics?x'])(
    'for %s find nothing',
    async (path) => {
      const socket = await say(`GET ${path} HTTP/1.1\nHost: x\nConnection: close`);
      expect(await text(socket)).toMatch(/^HTTP\/1.1 404 /);
      const other = await say(upgrade(path));
      expect(await text(other)).toMatch(/^HTTP\/1.1 404 /);
      expect([...nodes[0].seen, ...nodes[1].seen]).toEqual([]);
    },
  );

  it('for another host by their target are refused', async () => {
    const socket = await say('GET http://other.example/ HTTP/1.1\nHost: x\nConnection: close');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
    expect(nodes[0].seen).toEqual([]);
  });
});

describe('WebSockets', () => {
  it('go to the node that has their room, first bytes included', async () => {
    home = nodes[1].address;
    const socket = await say(upgrade('/P/r?sessionId=s', '\nSec-WebSocket-Protocol: velarium.1'), 'early');
    expect(await read(socket, 'early')).toMatch(/^HTTP\/1.1 101 /);
    socket.write('late');
    await read(socket, 'late');
    expect(asked).toEqual(['/P/r']);
    const [{ url: path, headers }] = nodes[1].seen as [IncomingMessage];
    expect(path).toBe('/P/r?sessionId=s');
    expect(headers).toEqual({
      host: 'game.example:8080',
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-protocol': 'velarium.1',
      'x-real-ip': '127.0.0.1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
    });
  });

  it('go to any node, which tells them, where no node knows the room', async () => {
    await read(await say(upgrade('/P/none')), '101');
    expect(nodes[0].seen).toHaveLength(1);
  });

  it('are refused where the node is gone, and where there is none', async () => {
    nodes[0].server.close();
    expect(await text(await say(upgrade('/P/r')))).toMatch(/^HTTP\/1.1 502 /);
    living = [];
    expect(await text(await say(upgrade('/P/r')))).toMatch(/^HTTP\/1.1 502 /);
  });

  it('are all that is changed to', async () => {
    const socket = await say('GET /P/r HTTP/1.1\nHost: x\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
    expect(nodes[0].seen).toEqual([]);
  });

  it('end at both ends when one ends, with what was said last', async () => {
    const socket = await say(upgrade('/P/r'));
    await read(socket, '101');
    const rest = text(socket);
    nodes[0].sockets[0]!.end('z'.repeat(100_000));
    expect(await rest).toHaveLength(100_000);

    const other = await say(upgrade('/P/r'));
    await read(other, '101');
    const ended = once(nodes[0].sockets[1]!, 'close');
    other.destroy();
    await ended;
  });

  it('lose nothing of what is more than sockets hold', async () => {
    const socket = await say(upgrade('/P/r'));
    await read(socket, '101');
    const [node] = nodes[0].sockets as [Socket];
    const megabyte = Buffer.alloc(1 << 20, 'm');
    for (let sent = 0; sent < 16; sent++) node.write(megabyte);
    node.end();
    expect(await text(socket)).toHaveLength(16 << 20);
  });

  it('end when the proxy does', async () => {
    const socket = await say(upgrade('/P/r'));
    await read(socket, '101');
    socket.resume();
    const ended = Promise.all([once(socket, 'close'), once(nodes[0].sockets[0]!, 'close')]);
    proxy.close();
    await ended;
  });
});
