import type { IncomingMessage } from 'node:http';

/** Said between two ends of one connection, and not to be passed on. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** What a client says of its own way here is dropped: who believes it is told any address. */
const OF_PROXIES = new Set(['forwarded', 'via', 'x-real-ip', 'x-client-ip']);

const isDropped = (name: string): boolean =>
  HOP_BY_HOP.has(name) || OF_PROXIES.has(name) || name.startsWith('x-forwarded-') || name.startsWith('proxy-');

/**
 * The headers of `request` as a node is to get them: names and values in turn, as in `rawHeaders`, with the client's
 * real address.
 */
export function forwardedHeaders(request: IncomingMessage): string[] {
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  return [...passedOn(request), 'X-Real-IP', address, 'X-Forwarded-For', address, 'X-Forwarded-Proto', 'http'];
}

/** The headers of `message` without those of its connection, and those that its `Connection` header adds to them. */
export function passedOn(message: IncomingMessage): string[] {
  const alsoDropped = new Set((message.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  const kept: string[] = [];
  for (let i = 0; i < message.rawHeaders.length; i += 2) {
    const name = message.rawHeaders[i]!;
    const key = name.toLowerCase();
    if (!isDropped(key) && !alsoDropped.has(key)) kept.push(name, message.rawHeaders[i + 1]!);
  }
  return kept;
}
