import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { ArenaServer } from './arena-server.ts';

/** A node of the pool on `redisUri`, which clients reach at an address of its own. Default: of the arena. */
export async function startPoolNode(
  redisUri: string,
  environment: Record<string, string> = {},
  script?: string,
): Promise<ArenaServer> {
  const port = await freePort();
  const pool = { PORT: String(port), REDIS_URI: redisUri, VELARIUM_PUBLIC_ADDRESS: `127.0.0.1:${port}` };
  return ArenaServer.start({ ...pool, ...environment }, script);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
