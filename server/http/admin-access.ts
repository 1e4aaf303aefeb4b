import type { IncomingMessage } from 'node:http';
import { sameSecret } from '../session/same-secret.ts';

/** Who may look into a node. */
export interface AdminOptions {
  /** What opens metrics, monitor and admin routes: as a bearer token, or as the password of a browser's prompt. */
  token?: string | undefined;
  /** A port of their own for those routes, which the game's port then does not have. 0 takes any free one. */
  port?: number | undefined;
}

export type Access = 'granted' | 'token-wanted' | 'local-only' | 'cross-site';

/**
 * Whether a request may see what is not for players. With a token: who has it. On a port of its own without a token:
 * whoever reaches that. With neither, only the machine itself, so that a developer can look and nobody else can.
 */
export function adminAccess({ token, port }: AdminOptions, request: IncomingMessage): Access {
  // A browser adds the password by itself, to what another site has it ask too.
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'cross-site';
  if (token !== undefined) return sameSecret(presented(request) ?? '', token) ? 'granted' : 'token-wanted';
  return port !== undefined || isLocal(request) ? 'granted' : 'local-only';
}

/** The token of `Authorization: Bearer TOKEN`, or the password of `Authorization: Basic`, whoever the user. */
function presented({ headers }: IncomingMessage): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (value === undefined || scheme!.toLowerCase() === 'bearer') return value;
  const text = Buffer.from(value, 'base64').toString();
  return text.includes(':') ? text.slice(text.indexOf(':') + 1) : undefined;
}

const LOCAL_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;
const LOCAL_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;
/** Said by a proxy: then it is the proxy that is local, and who asks may be anybody. */
const PROXY_HEADERS = /^(?:forwarded|via|x-forwarded-(?:for|host|port|proto)|x-real-ip|x-client-ip)$/i;

/** Asked from this machine, by a name of this machine (not of a site whose name was made to lead here). */
function isLocal({ headers, rawHeaders, socket }: IncomingMessage): boolean {
  if (!LOCAL_ADDRESS.test(socket.remoteAddress ?? '') || !LOCAL_HOST.test(headers.host ?? '')) return false;
  // As they came: what `addressClients` made of them says of every request who asks.
  return !rawHeaders.some((text, i) => i % 2 === 0 && PROXY_HEADERS.test(text));
}
