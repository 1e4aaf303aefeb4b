import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { isIP } from 'node:net';
import proxyAddr from 'proxy-addr';

/** Whether the machine at an address is a proxy that is believed about whom it speaks for. */
export type TrustedProxies = (address: string) => boolean;

/**
 * @param trusted addresses and ranges such as `10.0.0.3`, `10.0.0.0/8`, `fd00::/8`, or what Express calls `loopback`,
 * `linklocal` and `uniquelocal` (the private networks); none: nobody is believed
 * @throws {TypeError} one of them is none of that
 */
export function trustedProxies(trusted: readonly string[]): TrustedProxies {
  const isTrusted = proxyAddr.compile([...trusted]);
  return (address) => isTrusted(address, 0);
}

/**
 * The address of the client behind a request: the peer's own, and where that is a trusted proxy, the last that is not
 * one in `X-Forwarded-For`, to which each proxy adds at the end. What stands before it anybody could have written.
 */
export function clientAddress(request: IncomingMessage, isTrusted: TrustedProxies): string | undefined {
  const address = proxyAddr.all(request, isTrusted).findLast((hop) => isIP(hop) !== 0);
  return address?.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Believed of trusted proxies, and dropped otherwise. */
const OF_PROXIES = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto'];

/**
 * Puts the true address of each client into `X-Real-IP`, which is where Colyseus looks first for the `ip` that rooms get
 * in `onAuth`, and takes away what else it and games might believe. `rawHeaders` stay as they came. Call it when all
 * other listeners are in place: this one comes before them.
 */
export function addressClients(server: HttpServer, isTrusted: TrustedProxies): void {
  const address = (request: IncomingMessage): void => {
    const { headers, socket } = request;
    const client = clientAddress(request, isTrusted);
    if (!isTrusted(socket.remoteAddress ?? '')) for (const name of OF_PROXIES) delete headers[name];
    delete headers['x-client-ip'];
    if (client === undefined) delete headers['x-real-ip'];
    else headers['x-real-ip'] = client;
  };
  server.prependListener('request', address);
  server.prependListener('upgrade', address);
}
