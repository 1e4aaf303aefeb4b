import { LOG_LEVELS } from './log/log.ts';

/** Of each variable of the environment, what it says. */
const MEANINGS: Readonly<Record<string, string>> = {
  PORT: 'port; 0 takes any free one (default 2567)',
  VELARIUM_HOST: 'address to listen on (default: all)',
  VELARIUM_ALLOWED_ORIGINS: 'web origins that may connect, separated by commas (default: the host that is asked)',
  VELARIUM_ALLOW_MISSING_ORIGIN: 'whether clients without an Origin may connect: true or false (default true)',
  REDIS_URI: 'Redis of the pool, like redis://localhost:6379 (default: the server is alone)',
  VELARIUM_NODE_ADDRESS: 'host:port at which the pool reaches this server (default: found out)',
  VELARIUM_PUBLIC_ADDRESS: 'host:port at which clients reach it where no balancer routes them',
  VELARIUM_TRUSTED_PROXIES: 'proxies believed about where clients come from, separated by commas',
  VELARIUM_ADMIN_TOKEN: 'opens /metrics, /monitor and /admin (default: open to this machine only)',
  VELARIUM_ADMIN_PORT: 'a port of their own for them',
  VELARIUM_DRAIN_SECONDS: 'how long a server that is to end may take to move its rooms (default 30)',
  VELARIUM_KEEP_ROOMS_IN_MEMORY: 'without Redis: whether a room whose code throws begins again (default false)',
  VELARIUM_PLAY_KILL: 'whether who plays may kill the server: for trying out (default false)',
  VELARIUM_LOG_LEVEL: `${LOG_LEVELS.join(', ')} (default info)`,
};

/** What a server that is started with flags says. */
export function usage(): string {
  const width = Math.max(...Object.keys(MEANINGS).map((name) => name.length));
  const lines = Object.entries(MEANINGS).map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`);
  return `A server takes no flags. Variables of the environment:\n\n${lines.join('\n')}`;
}

/**
 * For a server whose options come from `readConfig`: ends the process where there are arguments, with 0 if they ask for
 * help, else with 2, as nobody would notice that they mean nothing.
 * @param args default what the process was started with
 */
export function refuseFlags(args: readonly string[] = process.argv.slice(2)): void {
  if (args.length === 0) return;
  const help = args.includes('--help') || args.includes('-h');
  if (help) console.log(usage());
  else console.error(`velarium: ${args[0]} means nothing here. ${usage()}`);
  process.exit(help ? 0 : 2);
}
