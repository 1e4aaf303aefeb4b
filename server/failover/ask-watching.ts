import { get } from 'node:http';
import { ASK_TIMEOUT_MS, type WatchAnswer } from './outage-poll.ts';

const MAX_BODY_BYTES = 1_024;

/**
 * Asks the node at `address` (host and port) for its `/readyz`, which says whether it watches the others. Never rejects.
 * One that says nothing that can be understood counts as `silent`.
 */
export function askWatching(address: string, timeoutMs = ASK_TIMEOUT_MS): Promise<WatchAnswer> {
  if (!URL.canParse(`http://${address}`)) return Promise.resolve('silent');
  const { promise, resolve } = Promise.withResolvers<WatchAnswer>();
  const request = get(new URL('/readyz', `http://${address}`), { agent: false }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      body += text;
      if (body.length > MAX_BODY_BYTES) request.destroy();
    });
    response.on('end', () => resolve(readAnswer(body)));
    response.on('error', () => {}); // 'close' follows
  });
  const timer = setTimeout(() => request.destroy(), timeoutMs).unref();
  request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' ? 'gone' : 'silent'));
  request.on('close', () => {
    clearTimeout(timer);
    resolve('silent');
  });
  return promise;
}

function readAnswer(body: string): WatchAnswer {
  try {
    const { watching } = JSON.parse(body) as { watching?: unknown };
    return watching === true ? 'watching' : watching === false ? 'blind' : 'silent';
  } catch {
    return 'silent';
  }
}
