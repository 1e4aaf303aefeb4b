import { createServer, type Server as HttpServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '../../test/support/until.ts';
import { FramedTransport, type FramedTransportOptions } from './framed-transport.ts';
import { acceptOwn } from './own-connections.ts';

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listening(host: string): Promise<HttpServer> {
  const http = createServer();
  ends.push(() => {
    http.close();
    http.closeAllConnections();
  });
  await new Promise<void>((resolve) => http.listen(0, host, resolve));
  return http;
}

async function framed(options: FramedTransportOptions = {}, host = '127.0.0.1') {
  const http = await listening(host);
  const transport = new FramedTransport({ server: http, ...options });
  ends.push(() => transport.shutdown());
  const paths: (string | undefined)[] = [];
  http.on('upgrade', ({ url }) => void paths.push(url));
  return { http, transport, paths };
}

describe('connections of a server to itself', () => {
  it.each(['127.0.0.1', '0.0.0.0'])('are accepted on %s, belong to no room, and end', async (host) => {
    const { http, transport, paths } = await framed({}, host);
    expect(await acceptOwn(http)).toBe(6);
    expect(paths).toEqual(Array.from({ length: 6 }, () => '/'));
    await until('they have ended', () => transport.connections().ping === 0);
    expect(transport.connections()).toEqual({ framed: 0, plain: 0, ping: 0, bufferedBytes: 0 });
  });

  it('are not tried again where one is refused', async () => {
    const { http, paths } = await framed({ allowMissingOrigin: false });
    expect(await acceptOwn(http)).toBe(0);
    expect(paths).toEqual(['/']);
  });

  it('are not waited for where nothing answers', async () => {
    const http = await listening('127.0.0.1');
    let asked = 0;
    http.on('upgrade', () => void asked++);
    expect(await acceptOwn(http)).toBe(0);
    expect(asked).toBe(1);
  });
});
