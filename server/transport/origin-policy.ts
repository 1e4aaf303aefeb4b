import type { IncomingMessage } from 'node:http';

/** Which web pages may talk to the server. */
export interface OriginPolicy {
  /** Origins such as `https://game.example`, compared exactly. Undefined: only the host that is asked. */
  allowedOrigins?: readonly string[] | undefined;
  /**
   * Whether requests without an Origin may come in. Browsers always send one with a WebSocket and a POST; native
   * clients and bots do not. Default true.
   */
  allowMissingOrigin?: boolean | undefined;
}

export function isOriginAllowed(policy: OriginPolicy, request: Pick<IncomingMessage, 'headers'>): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return policy.allowMissingOrigin ?? true;
  if (policy.allowedOrigins !== undefined) return policy.allowedOrigins.includes(origin);
  return URL.canParse(origin) && new URL(origin).host === host;
}
