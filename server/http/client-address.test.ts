import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type Client, Room } from '@colyseus/core';
import type { AuthContext } from '@colyseus/core';
import { afterEach, describe, expect, it } from '@jest/globals';
import type express from 'express';
import { WebSocket } from 'ws';
import { type RunningServer, serve } from '../serve.ts';
import { addressClients, clientAddress, trustedProxies } from './client-address.ts';

const PROXIES = ['10.0.0.3', '10.1.0.0/16', 'fd00::/8'];

function address(remoteAddress: string | undefined, forwardedFor?: string): string | undefined {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  const request = { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
  return clientAddress(request, trustedProxies(PROXIES));
}

describe('the address of a client', () => {
  it.each([
    ['192.0.2.7', undefined, '192.0.2.7'],
    ['192.0.2.7', '6.6.6.6', '192.0.2.7'],
    ['10.0.0.4', '6.6.6.6', '10.0.0.4'],
    ['10.0.0.3', undefined, '10.0.0.3'],
    ['10.0.0.3', '192.0.2.7', '192.0.2.7'],
    ['::ffff:10.0.0.3', '192.0.2.7', '192.0.2.7'],
    ['10.0.0.3', '::ffff:192.0.2.7', '192.0.2.7'],
    ['fd00::1', '2001:db8::7', '2001:db8::7'],
    // What a client says itself stands before what the proxies add.
    ['10.0.0.3', '6.6.6.6, 192.0.2.7', '192.0.2.7'],
    ['10.0.0.3', '6.6.6.6, 192.0.2.7, 10.1.2.3', '192.0.2.7'],
    ['10.0.0.3', '10.0.0.3, 192.0.2.7', '192.0.2.7'],
    ['10.0.0.3', '10.1.9.9', '10.1.9.9'],
    // What is no address is not given out as one.
    ['10.0.0.3', 'localhost', '10.0.0.3'],
    ['10.0.0.3', '192.0.2.7, nonsense', '10.0.0.3'],
    ['10.0.0.3', '', '10.0.0.3'],
    ['::ffff:192.0.2.7', '6.6.6.6', '192.0.2.7'],
    [undefined, '6.6.6.6', undefined],
  ])('of a connection from %s that says %j is %s', (remoteAddress, forwardedFor, expected) => {
    expect(address(remoteAddress, forwardedFor)).toBe(expected);
  });

  it.each(['balancer', '', '*', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.1:80'])('is not asked of a proxy %j', (proxy) => {
    expect(() => trustedProxies([proxy])).toThrow(TypeError);
  });
});

const CLAIMS = {
  'x-forwarded-for': '6.6.6.6, 192.0.2.7',
  'x-real-ip': '6.6.6.6',
  'x-client-ip': '6.6.6.6',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil.example',
  forwarded: 'for=6.6.6.6',
};

describe('the headers that games and Colyseus see', () => {
  it.each([
    ['nobody', [], { 'x-real-ip': '127.0.0.1' }],
    ['the peer', ['127.0.0.1'], { ...CLAIMS, 'x-real-ip': '192.0.2.7', 'x-client-ip': undefined }],
  ])('when %s is trusted', async (_who, trusted, expected) => {
    const seen: IncomingHttpHeaders[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      response.end();
    });
    server.on('upgrade', ({ headers }: IncomingMessage, socket) => {
      seen.push(headers);
      socket.end();
    });
    addressClients(server, trustedProxies(trusted));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const says = Object.entries(CLAIMS).map(([name, value]) => `${name}: ${value}\r\n`);
    for (const connection of ['close', 'upgrade\r\nUpgrade: websocket']) {
      const socket = connect(port, '127.0.0.1');
      socket.end(`GET / HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n${says.join('')}\r\n`);
      await once(socket.resume(), 'close');
    }
    server.close();
    expect(seen).toHaveLength(2);
    for (const { host: _host, connection: _connection, upgrade: _upgrade, ...headers } of seen) {
      expect(headers).toEqual(expected);
    }
  });
});

/** Where rooms are told that their clients come from: when a seat is asked for, and when it is taken. */
const heard: (string | undefined)[] = [];

class SeatRoom extends Room {
  override seatReservationTimeout = 0.5; // nobody takes it, and the process would wait for that

  static override onAuth(_token: string, _options: unknown, { ip }: AuthContext): Promise<boolean> {
    heard.push(ip);
    return Promise.resolve(true);
  }
}

class DoorRoom extends Room {
  override onAuth(_client: Client, _options: unknown, { ip }: AuthContext): boolean {
    heard.push(ip);
    return true;
  }
}

describe('a server', () => {
  let server: RunningServer;

  afterEach(() => server.close());

  it.each([
    ['believes nobody', undefined, '127.0.0.1'],
    ['believes the proxies that it is told of', ['loopback'], '192.0.2.7'],
  ])('%s', async (_what, trustedProxies, expected) => {
    heard.length = 0;
    server = await serve({
      rooms: { seat: SeatRoom, door: DoorRoom },
      port: 0,
      host: '127.0.0.1',
      handleSignals: false,
      trustedProxies,
      express: (app: express.Application) => app.get('/ip', (request, response) => void response.json(request.ip)),
    });
    const url = `127.0.0.1:${server.port}`;
    expect(await (await fetch(`http://${url}/ip`, { headers: CLAIMS })).json()).toBe(expected);
    const ask = async (room: string): Promise<{ roomId: string; processId: string; sessionId: string }> => {
      const init = { method: 'POST', body: '{}', headers: { ...CLAIMS, 'content-type': 'application/json' } };
      return (await fetch(`http://${url}/matchmake/create/${room}`, init)).json() as ReturnType<typeof ask>;
    };
    await ask('seat');
    expect(heard).toEqual([expected]);
    const { roomId, processId, sessionId } = await ask('door');
    const socket = new WebSocket(`ws://${url}/${processId}/${roomId}?sessionId=${sessionId}`, { headers: CLAIMS });
    await once(socket, 'message');
    expect(heard).toEqual([expected, expected]);
    socket.terminate();
  });
});
