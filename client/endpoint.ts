const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'ws:', 'wss:']);

/**
 * The endpoint as it is, if it is one: `localhost:2567` alone would be read as a URL of the scheme `localhost`, and the
 * join would fail somewhere far away. A path is one in a page, which has a server that it came from.
 * @throws {TypeError} it is none
 */
export function checkedEndpoint(endpoint: string): string {
  if (endpoint.startsWith('/') && typeof window !== 'undefined') return endpoint;
  if (!URL.canParse(endpoint) || !SCHEMES.has(new URL(endpoint).protocol)) {
    throw new TypeError(`an endpoint is a URL like http://localhost:2567, not ${JSON.stringify(endpoint)}`);
  }
  return endpoint;
}
