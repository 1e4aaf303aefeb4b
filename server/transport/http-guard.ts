import type { IncomingMessage, RequestListener, Server as HttpServer, ServerResponse } from 'node:http';
import { matchMaker } from '@colyseus/core';
import { isOriginAllowed, type OriginPolicy } from './origin-policy.ts';
import { publicError } from './public-error.ts';
import { ServerError } from '@colyseus/core';

/** The largest body of an HTTP request. Join options are small. */
export const MAX_BODY_BYTES = 16_384;

/** A request's head must be here within this, its whole within {@link REQUEST_TIMEOUT_MS}. */
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Stands in front of everything that answers HTTP on `server`: refuses what comes from a page of another origin, and
 * bodies over {@link MAX_BODY_BYTES} without reading them. Call it after all listeners are in place.
 */
export function guardHttp(server: HttpServer, policy: OriginPolicy): void {
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const refusal = refusalOf(request, policy);
    if (refusal === undefined) for (const listener of listeners) listener.call(server, request, response);
    else answer(response, refusal);
  });
}

/**
 * Makes Colyseus's matchmaking say what `policy` allows in its CORS headers, and nothing of the server's inside in its
 * errors. Its controller is one for the process, and so are these.
 */
export function guardMatchmaking(policy: OriginPolicy): void {
  const { controller } = matchMaker;
  // Core lays these under getCorsHeaders for every response; as they come they allow every origin, with credentials.
  Object.assign(controller, { DEFAULT_CORS_HEADERS: { Vary: 'Origin' } });
  controller.getCorsHeaders = (headers: Headers): Record<string, string> => {
    const origin = headers.get('origin');
    const host = headers.get('host') ?? undefined;
    if (origin === null || !isOriginAllowed(policy, { headers: { origin, ...(host ? { host } : {}) } })) return {};
    return {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Headers': 'Origin, X-Requested-With, Content-Type, Accept, Authorization',
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Max-Age': '7200',
    };
  };
  const invokeMethod = controller.invokeMethod.bind(controller);
  controller.invokeMethod = async (...call: Parameters<typeof invokeMethod>) => {
    try {
      return (await invokeMethod(...call)) as Awaited<ReturnType<typeof invokeMethod>>;
    } catch (error) {
      const { code, message } = publicError(error);
      throw new ServerError(code, message);
    }
  };
}

/** Methods that change nothing. */
const READS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

interface Refusal {
  status: number;
  error: string;
}

function refusalOf(request: IncomingMessage, policy: OriginPolicy): Refusal | undefined {
  const { method, headers, url } = request;
  // Whatever is behind makes a URL of these two, and not all of it is ready for one that is none.
  if (!url?.startsWith('/') || !URL.canParse(`http://${headers.host ?? ''}${url}`)) {
    return { status: 400, error: 'malformed request target or host' };
  }
  // A page of another origin may read nothing (CORS sees to that); here it may not cause anything either.
  if (!READS.has(method) && !isOriginAllowed(policy, request)) return { status: 403, error: 'origin not allowed' };
  const length = headers['content-length'];
  if (length === undefined && headers['transfer-encoding'] !== undefined) {
    return { status: 411, error: 'a body needs a content-length' };
  }
  if (Number(length ?? 0) > MAX_BODY_BYTES) {
    return { status: 413, error: `a body has at most ${MAX_BODY_BYTES} bytes` };
  }
  return undefined;
}

/** Answers and closes: whatever body is still on its way is not read. */
function answer(response: ServerResponse, { status, error }: Refusal): void {
  const body = JSON.stringify({ error });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body, () => response.socket?.destroySoon());
}
