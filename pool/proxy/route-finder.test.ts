import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RouteFinder } from './route-finder.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A node that answers as a test says. */
class AdminNode {
  asked: string[] = [];
  answer: Answer = at('10.0.0.3:2567');
  readonly server: Server = createServer((request, response) => {
    this.asked.push(`${request.url} ${request.headers.authorization ?? ''}`);
    this.answer(request, response);
  });

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

const at =
  (address: string): Answer =>
  (_request, response) =>
    void response.writeHead(200, { 'x-velarium-node': address }).end('{}');
const says =
  (status: number): Answer =>
  (_request, response) =>
    void response.writeHead(status).end();

const first = new AdminNode();
const second = new AdminNode();
let nowMs = 0;
let routes: RouteFinder;

beforeAll(async () => {
  for (const { server } of [first, second])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

beforeEach(() => {
  nowMs = 1_000;
  for (const node of [first, second]) Object.assign(node, { asked: [], answer: at('10.0.0.3:2567') });
  routes = new RouteFinder({
    nodes: () => [first.address, second.address],
    adminToken: undefined,
    now: () => nowMs,
  });
});

afterAll(() => {
  for (const { server } of [first, second]) {
    server.closeAllConnections();
    server.close();
  }
});

describe('where a WebSocket goes', () => {
  it('is what the first node says, which is asked once in two seconds', async () => {
    expect(await routes.find('/P-1/r_2')).toBe('10.0.0.3:2567');
    nowMs += 1_999;
    first.answer = at('10.0.0.4:2567');
    expect(await routes.find('/P-1/r_2')).toBe('10.0.0.3:2567');
    nowMs += 1;
    expect(await routes.find('/P-1/r_2')).toBe('10.0.0.4:2567');
    expect(first.asked).toEqual(Array(2).fill('/admin/route/P-1/r_2 '));
    expect(second.asked).toEqual([]);
  });

  it('is asked once for all who want to know it at the same time, and again after no answer', async () => {
    first.answer = second.answer = says(500);
    const find = (): Promise<unknown> => Promise.all(Array.from({ length: 5 }, () => routes.find('/P/r')));
    expect(await find()).toEqual(Array(5).fill(undefined));
    first.answer = at('10.0.0.3:2567');
    expect(await find()).toEqual(Array(5).fill('10.0.0.3:2567'));
    expect(first.asked).toHaveLength(2);
    expect(second.asked).toHaveLength(1);
  });

  it('is what the next says, if one cannot tell', async () => {
    first.answer = says(500);
    second.answer = at('10.0.0.5:2567');
    expect(await routes.find('/P/r')).toBe('10.0.0.5:2567');
  });

  it('is what the next says, if one takes the question and stands still: that one is not waited for', async () => {
    let isAnswered = false;
    first.answer = (_request, response) => void response.once('close', () => (isAnswered = true));
    second.answer = at('10.0.0.4:2567');
    expect(await routes.find('/p/r')).toBe('10.0.0.4:2567');
    expect([first.asked.length, second.asked.length, isAnswered]).toEqual([1, 1, false]);
    first.server.closeAllConnections();
  });

  it('is what was last known, if none can tell', async () => {
    expect(await routes.find('/P/r')).toBe('10.0.0.3:2567');
    nowMs += 60_000;
    first.answer = says(500);
    second.answer = (request) => request.socket.destroy();
    expect(await routes.find('/P/r')).toBe('10.0.0.3:2567');
    expect(await routes.find('/P/other')).toBeUndefined();
  });

  it('is nowhere, once a node says that there is no such room', async () => {
    expect(await routes.find('/P/r')).toBe('10.0.0.3:2567');
    nowMs += 2_000;
    first.answer = says(404);
    expect(await routes.find('/P/r')).toBeUndefined();
    first.answer = second.answer = says(500);
    expect(await routes.find('/P/r')).toBeUndefined();
  });

  it.each(['/', '/P', '/P/r/x', '/P/../admin', '//r', '/P/%72', `/P/${'r'.repeat(65)}`, '/P/r\n'])(
    'nobody is asked about %j',
    async (path) => {
      expect(await routes.find(path)).toBeUndefined();
      expect(first.asked).toEqual([]);
    },
  );

  it.each(['evil', 'user@evil:80', 'http://evil:80', '10.0.0.3:2567/x', 'evil:123456'])(
    'is not believed to be at %s',
    async (address) => {
      first.answer = second.answer = at(address);
      expect(await routes.find('/P/r')).toBeUndefined();
    },
  );

  it('follows no redirect', async () => {
    first.answer = second.answer = (_request, response) =>
      void response.writeHead(302, { location: `http://${second.address}/x`, 'x-velarium-node': '10.0.0.3:1' }).end();
    expect(await routes.find('/P/r')).toBeUndefined();
    expect(second.asked).toEqual(['/admin/route/P/r ']);
  });

  it('is asked with the token that the nodes want', async () => {
    routes = new RouteFinder({ nodes: () => [first.address], adminToken: 'a-long-enough-token', now: () => nowMs });
    await routes.find('/P/r');
    expect(first.asked).toEqual(['/admin/route/P/r Bearer a-long-enough-token']);
  });
});
