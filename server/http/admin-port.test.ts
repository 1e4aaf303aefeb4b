import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Room } from '@colyseus/core';
import { type RunningServer, serve } from '../serve.ts';

class HallRoom extends Room {}

let server: RunningServer;
const at = (path: string, port = server.port, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, init);

beforeAll(async () => {
  server = await serve({
    rooms: { hall: HallRoom },
    port: 0,
    host: '127.0.0.1',
    handleSignals: false,
    admin: { port: 0 },
  });
});

afterAll(async () => {
  const { adminPort } = server;
  await server.close();
  await expect(at('/metrics', adminPort)).rejects.toThrow();
});

const PATHS = ['/metrics', '/monitor/', '/monitor/api', '/admin/nodes'];

describe('metrics, monitor and admin on a port of their own', () => {
  it.each(PATHS)('%s is there, and not on the public port', async (path) => {
    expect(server.adminPort).not.toBe(server.port);
    expect((await at(path, server.adminPort)).status).toBe(200);
    expect((await at(path)).status).toBe(404);
  });

  it('says what it says', async () => {
    expect(await (await at('/metrics', server.adminPort)).text()).toContain('velarium_rooms{room="hall"} 0\n');
    const [own] = (await (await at('/admin/nodes', server.adminPort)).json()) as [{ draining: boolean }];
    expect(own.draining).toBe(false);
  });

  it('has nothing of the game', async () => {
    const join = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect((await at('/matchmake/create/hall', server.adminPort, join)).status).toBe(404);
    expect((await at('/healthz', server.adminPort)).status).toBe(404);
    expect((await at('/healthz')).status).toBe(200);
  });

  it('is not for pages of other sites', async () => {
    const crossSite = { headers: { 'sec-fetch-site': 'cross-site' } };
    expect((await at('/metrics', server.adminPort, crossSite)).status).toBe(403);
    const drain = { method: 'POST', headers: { origin: 'https://evil.example' } };
    expect((await at('/admin/drain', server.adminPort, drain)).status).toBe(403);
  });

  it('drains the server that plays on the other', async () => {
    expect((await at('/readyz')).status).toBe(200);
    expect((await at('/admin/drain', undefined, { method: 'POST' })).status).toBe(404);
    expect((await at('/readyz')).status).toBe(200);
    expect((await at('/admin/drain', server.adminPort, { method: 'POST' })).status).toBe(200);
    expect((await at('/readyz')).status).toBe(503);
  });
});
