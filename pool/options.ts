import { readFlags, UsageError } from './read-flags.ts';

export interface PoolCommand {
  help: boolean;
  nodes: number;
  port: number;
  host: string | undefined;
  redisUri: string | undefined;
}

export const MAX_NODES = 64;

export const USAGE = `Usage: npm run pool -- [options]

Runs a pool of servers on this machine: redis-server, nodes, and in front of them a proxy on one port.

  --nodes N        servers (default 3, at most ${MAX_NODES})
  --port N         where to play (default 8080; 0 takes any free one)
  --host ADDRESS   the address to listen on (default: all)
  --redis URI      a Redis that runs already, like redis://localhost:6379; also REDIS_URI, which may have a password that
                   others on this machine are not to see. Without either one is started, and forgets all at the end
  --help

Nodes take the VELARIUM_ variables of the environment that are not about addresses and ports. REDIS_SERVER is the path
of redis-server where it is not found.

Ctrl-C ends it: the proxy takes nobody any more, the nodes leave their rooms to Redis, then Redis ends, if it is the pool's
own. Twice ends it at once. kill with the pid of a node has it move its rooms to the others and end. One that
is killed (kill -9, or the button on the page) is started again.
Exit code: 0 ended by Ctrl-C or SIGTERM; 1 it does not start, or all its nodes ended; 2 wrong usage.
`;

const FLAGS = {
  nodes: { type: 'string', default: '3' },
  port: { type: 'string', default: '8080' },
  host: { type: 'string' },
  redis: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** @throws {UsageError} an option that there is not, or whose value means nothing */
export function parse(args: string[], environment: Record<string, string | undefined>): PoolCommand {
  const flags = readFlags(args, FLAGS);
  const redis = flags.redis === undefined ? environment['REDIS_URI'] : flags.redis;
  return {
    help: flags.help,
    nodes: integer('nodes', flags.nodes, 1, MAX_NODES),
    port: integer('port', flags.port, 0, 65_535),
    host: flags.host === undefined ? undefined : hostOf(flags.host),
    redisUri:
      flags.redis === undefined && !redis
        ? undefined
        : redisOf(flags.redis === undefined ? 'REDIS_URI' : '--redis', redis!),
  };
}

function integer(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`--${name}: a whole number from ${least} to ${most}, not "${text}"`);
}

function hostOf(text: string): string {
  if (/^[\w.:-]+$/.test(text)) return text;
  throw new UsageError(`--host: an address of this machine, like 127.0.0.1, not "${text}"`);
}

/** Says nothing of a value that is none: there may be a password in it. */
function redisOf(name: string, text: string): string {
  if (URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(`${name}: an address like redis://localhost:6379, or rediss:// for TLS`);
}
