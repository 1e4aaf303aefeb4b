import { randomBytes } from 'node:crypto';
import { request as ask, type Server as HttpServer } from 'node:http';

/** After so many the code is compiled, and has seen what it works on. */
const TIMES = 6;
/** Each of them; the first that takes as long is the last. */
const WITHIN_MS = 200;

/** Where a server that listens on all addresses listens too. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '127.0.0.1' };

/**
 * Has `server`, which listens, accept some connections of this very process, as of a client that measures its latency, and
 * ends them. In a process that has done none of it before, the way from a TCP connection to an open WebSocket takes several
 * times as long, and the first who come may be those of a room that moved here and waits for them. Never rejects.
 * @returns how many were accepted
 */
export async function acceptOwn(server: HttpServer): Promise<number> {
  const listens = server.address();
  if (listens === null || typeof listens === 'string') return 0;
  const { address, port } = listens;
  let accepted = 0;
  while (accepted < TIMES && (await isAccepted(LOOPBACK[address] ?? address, port))) accepted++;
  return accepted;
}

function isAccepted(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
  };
  const request = ask({ host, port, headers, agent: false, timeout: WITHIN_MS });
  request.on('upgrade', (_response, socket) => {
    resolve(true);
    socket.on('error', () => {}); // 'close' follows
    socket.destroy();
  });
  request.on('timeout', () => request.destroy());
  request.on('error', () => {}); // 'close' follows
  request.on('response', (response) => response.destroy());
  request.on('close', () => resolve(false));
  request.end();
  return promise;
}
