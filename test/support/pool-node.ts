import { freePorts } from '../../pool/free-ports.ts';
import { ArenaServer } from './arena-server.ts';

/** A node of the pool on `redisUri`, which clients reach at an address of its own. Default: of the arena. */
export async function startPoolNode(
  redisUri: string,
  environment: Record<string, string> = {},
  script?: string,
): Promise<ArenaServer> {
  const [port] = await freePorts(1);
  const pool = { PORT: String(port), REDIS_URI: redisUri, VELARIUM_PUBLIC_ADDRESS: `127.0.0.1:${port}` };
  return ArenaServer.start({ ...pool, ...environment }, script);
}
