import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { matchMaker, ServerError } from '@colyseus/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { guardHttp, guardMatchmaking, MAX_BODY_BYTES } from './http-guard.ts';

let server: Server;
let answered: string[];
let bytesRead: number;

beforeAll(async () => {
  server = createServer((incoming, response) => {
    answered.push(incoming.method!);
    incoming.on('data', (data: Buffer) => (bytesRead += data.length));
    incoming.on('end', () => response.end('done'));
  });
  guardHttp(server, { allowedOrigins: ['https://game.example'] });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(() => {
  answered = [];
  bytesRead = 0;
});

interface Answer {
  status: number;
  body: string;
  headers: IncomingMessage['headers'];
}

/** One request; the body is sent as far as the server takes it. */
function ask(method: string, headers: Record<string, string | number>, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const asked = request({ port, host: '127.0.0.1', method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('end', () => resolve({ status: response.statusCode!, body: text, headers: response.headers }));
      response.on('error', reject);
    });
    // The server may hang up while the body is still on its way, once it has answered.
    asked.on('error', () => {});
    asked.on('close', () => reject(new Error('closed without an answer')));
    asked.end(body);
  });
}

describe('HTTP', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s with a body of 16 KiB is let through', async (method) => {
    const body = Buffer.alloc(MAX_BODY_BYTES);
    expect(await ask(method, { 'content-length': body.length }, body)).toMatchObject({ status: 200, body: 'done' });
    expect([answered, bytesRead]).toEqual([[method], MAX_BODY_BYTES]);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s of one byte more is refused unread', async (method) => {
    const { status, headers, body } = await ask(method, { 'content-length': MAX_BODY_BYTES + 1 }, Buffer.alloc(100));
    expect([status, headers.connection, JSON.parse(body)]).toEqual([
      413,
      'close',
      { error: 'a body has at most 16384 bytes' },
    ]);
    expect([answered, bytesRead]).toEqual([[], 0]);
  });

  it('a body of unknown length is refused', async () => {
    expect(await ask('POST', { 'transfer-encoding': 'chunked' }, Buffer.alloc(10))).toMatchObject({ status: 411 });
    expect(answered).toEqual([]);
  });

  it('a POST without a body, and any GET, are let through', async () => {
    expect(await ask('POST', { 'content-length': 0 })).toMatchObject({ status: 200 });
    expect(await ask('GET', { origin: 'https://evil.example' })).toMatchObject({ status: 200 });
    expect(await ask('OPTIONS', { origin: 'https://evil.example' })).toMatchObject({ status: 200 });
    expect(answered).toEqual(['POST', 'GET', 'OPTIONS']);
  });

  it('a POST from a page that is not allowed is refused, one that is is not', async () => {
    const refused = await ask('POST', { origin: 'https://evil.example', 'content-length': 0 });
    expect([refused.status, JSON.parse(refused.body)]).toEqual([403, { error: 'origin not allowed' }]);
    expect(answered).toEqual([]);
    expect(await ask('POST', { origin: 'https://game.example', 'content-length': 0 })).toMatchObject({ status: 200 });
  });

  it('has limits to how long a request may take', () => {
    expect([server.headersTimeout, server.requestTimeout]).toEqual([5_000, 10_000]);
  });
});

describe('matchmaking over HTTP', () => {
  const { controller } = matchMaker;
  const original = { ...controller };

  beforeAll(() => void jest.spyOn(console, 'error').mockImplementation(() => {}));
  afterAll(() => void Object.assign(controller, original));

  const cors = (headers: Record<string, string>) => controller.getCorsHeaders(new Headers(headers));

  it('says in its CORS headers what the policy allows', () => {
    guardMatchmaking({ allowedOrigins: ['https://game.example'] });
    expect(cors({ origin: 'https://game.example' })).toMatchObject({
      'Access-Control-Allow-Origin': 'https://game.example',
    });
    expect(cors({ origin: 'https://evil.example' })).toEqual({});
    expect(cors({})).toEqual({});
    expect(controller.DEFAULT_CORS_HEADERS).toEqual({ Vary: 'Origin' });
  });

  it('tells nothing of the inside in its errors', async () => {
    const invoke = (error: unknown) => {
      controller.invokeMethod = () => Promise.reject(error as Error);
      guardMatchmaking({});
      return controller.invokeMethod('join', 'room', {}, {} as never);
    };
    await expect(invoke(new Error('secret: /etc/inside'))).rejects.toThrow('the room could not be joined');
    await expect(invoke(new ServerError(4242, 'the round has begun'))).rejects.toMatchObject({
      code: 4242,
      message: 'the round has begun',
    });
  });
});
