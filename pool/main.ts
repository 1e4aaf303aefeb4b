import { type LocalPool, startPool } from './local-pool.ts';
import { parse, type PoolCommand, USAGE } from './options.ts';
import { PoolError } from './pool-error.ts';
import { UsageError } from './read-flags.ts';

/** npm passes Ctrl-C on to a process that the terminal has told already: within this time the two are one. */
const SAME_SIGNAL_MS = 1_000;

const say = (line: string): void => console.log(`pool: ${line}`);

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const command = parse(process.argv.slice(2), process.env);
    if (command.help) {
      console.log(USAGE);
      return 0;
    }
    return await run(command);
  } catch (error) {
    console.error(`pool: ${explain(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** @returns exit code, once the pool has ended */
async function run({ nodes, port, host, redisUri }: PoolCommand): Promise<number> {
  const asked = untilAskedToEnd();
  // Logs of joins and leaves of all nodes in one terminal are more than anybody reads.
  const level: Record<string, string> = process.env['VELARIUM_LOG_LEVEL'] ? {} : { VELARIUM_LOG_LEVEL: 'warn' };
  const environment = { ...level, VELARIUM_PLAY_KILL: 'true' };
  const starting = startPool({ nodes, port, host, redisUri, environment, startsAgain: true, say });
  const pool = await Promise.race([starting, asked]);
  if (pool === undefined) {
    say('ending, as soon as it has started');
    await (await starting).stop();
    return 0;
  }
  introduce(pool, redisUri === undefined);
  const why = await Promise.race([asked.then(() => 'asked'), pool.ended.then(() => 'no nodes')]);
  say(why === 'asked' ? 'ending' : 'no node is left, so it ends');
  await pool.stop();
  say('ended');
  return why === 'asked' ? 0 : 1;
}

function introduce(pool: LocalPool, ownRedis: boolean): void {
  const { redisUri, nodes, url } = pool;
  say(`redis   ${withoutPassword(redisUri)}${ownRedis ? '  its own; what it holds ends with the pool' : ''}`);
  for (const { name, url, processId, child } of nodes) {
    say(`${name.padEnd(7)} ${url}  process ${processId}, pid ${child.pid}; see /admin/nodes, /metrics, /monitor there`);
  }
  say(`play at ${url}/   Ctrl-C ends it`);
}

function withoutPassword(uri: string): string {
  const url = new URL(uri);
  if (url.password !== '') url.password = 'hidden';
  return url.toString();
}

/** Resolves at the first Ctrl-C or SIGTERM; a later one ends this process at once, and all that it started. */
function untilAskedToEnd(): Promise<undefined> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const ask = (): void => {
      firstMs ??= performance.now();
      resolve(undefined);
      if (performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(1);
    };
    process.on('SIGINT', ask).on('SIGTERM', ask);
  });
}

/** One line for what a person can mend, and the stack only for what they cannot. */
function explain(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n(npm run pool -- --help lists the options)`;
  if (error instanceof PoolError) return error.message;
  const { code, port, stack } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `port ${port} is in use; choose another one with --port`;
  if (code === 'EACCES') return `port ${port} may not be opened by this user; choose one above 1023 with --port`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return '--host is not an address of this machine';
  return stack ?? String(error);
}
