/** What decides where a server is reached, as it has turned out. */
export interface Whereabouts {
  port: number;
  /** The address that it listens on; undefined for all. */
  host: string | undefined;
  /** Of a server of a pool: host and port at which the pool reaches it. */
  nodeAddress: string | undefined;
  publicAddress: string | undefined;
}

const ALL_ADDRESSES = new Set(['0.0.0.0', '::']);

/** What a server says when it listens. Players of a pool come by its balancer, of which the server knows nothing. */
export function greeting({ port, host, nodeAddress, publicAddress }: Whereabouts): string {
  if (nodeAddress !== undefined) {
    const players = publicAddress === undefined ? '' : `, and players reach it at ${publicAddress}`;
    return `a server of a pool, which reaches it at http://${nodeAddress}/${players}`;
  }
  const name = host === undefined || ALL_ADDRESSES.has(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `the arena is at http://${name}:${port}/`;
}
