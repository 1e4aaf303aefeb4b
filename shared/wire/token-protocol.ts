/** Behind it comes a reconnection token. */
const PREFIX = 'velarium.token.';
const PARAMETER = 'reconnectionToken';
/** What a token is made of, and a subprotocol may be. */
const TOKEN = /^[\w-]{1,128}$/;

/**
 * Takes the reconnection token out of the URL of an upgrade, which proxies and servers write into their logs, and makes it a
 * WebSocket subprotocol, the one header that a page can set.
 *
 * @returns the URL without it, and the subprotocols that say it: none where there was no token, or something that is none
 */
export function hideReconnectionToken(url: string): { url: string; protocols: string[] } {
  const shown = new URL(url);
  const token = shown.searchParams.get(PARAMETER);
  if (token === null || !TOKEN.test(token)) return { url, protocols: [] };
  shown.searchParams.delete(PARAMETER);
  return { url: shown.href, protocols: [PREFIX + token] };
}

/**
 * @param header `Sec-WebSocket-Protocol` of an upgrade; anything
 * @returns the token that it says; of several the first
 */
export function readReconnectionToken(header: string | undefined): string | undefined {
  for (const protocol of header?.split(',') ?? []) {
    const name = protocol.trim();
    if (name.startsWith(PREFIX) && TOKEN.test(name.slice(PREFIX.length))) return name.slice(PREFIX.length);
  }
  return undefined;
}
