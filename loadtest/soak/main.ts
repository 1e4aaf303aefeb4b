import { writeFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { RedisProcess } from '../../pool/redis-process.ts';
import { UsageError } from '../command-line.ts';
import { ExitCode, LoadTestError } from '../exit-code.ts';
import { parseSoak, SOAK_USAGE, type SoakOptions } from './options.ts';
import { soak } from './soak.ts';
import { SoakServer } from './soak-server.ts';
import { faultsOf, renderSoak } from './soak-text.ts';

/** `npm run soak`. Exit codes: see SOAK_USAGE. */
console.info = () => {}; // the SDK tells of each reconnect
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<ExitCode> {
  try {
    const options = parseSoak(args);
    if (options.help) {
      process.stdout.write(SOAK_USAGE);
      return ExitCode.Kept;
    }
    return await withRedis(options.redisUri, (uri) => perform(options, uri));
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`soak: ${error.message}\nnpm run soak -- --help says what there is\n`);
      return ExitCode.Usage;
    }
    if (!(error instanceof LoadTestError)) throw error;
    process.stderr.write(`soak: ${error.message}\n`);
    return ExitCode.NotRun;
  }
}

async function withRedis<T>(uri: string | undefined, use: (uri: string) => Promise<T>): Promise<T> {
  if (uri !== undefined) return use(uri);
  const server = await RedisProcess.start().catch((cause: unknown) => {
    throw new LoadTestError((cause as Error).message, { cause });
  });
  try {
    return await use(server.uri);
  } finally {
    await server.stop();
  }
}

async function perform(options: SoakOptions, redisUri: string): Promise<ExitCode> {
  const stop = new AbortController();
  const interrupt = (): void => {
    if (stop.signal.aborted) process.exit(ExitCode.Interrupted); // a second time: at once, without the report
    stop.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const redis = new Redis(redisUri, { maxRetriesPerRequest: 1 });
  redis.on('error', () => {}); // the command says so
  let server: SoakServer | undefined;
  try {
    await redis.ping().catch(() => {
      throw new LoadTestError('no Redis answers at that address (--redis)');
    });
    if (Number(await redis.exists('velarium:rooms')) > 0) {
      throw new LoadTestError('there is a pool in that Redis (--redis); this wants one to itself');
    }
    server = await SoakServer.start(redisUri);
    const progress = (line: string): void => void process.stderr.write(`${line}\n`);
    const report = await soak(options, { server, redis, signal: stop.signal, progress });
    const faults = faultsOf(report, options);
    process.stdout.write(renderSoak(report, options));
    process.stdout.write(faults.length === 0 ? 'flat, and nothing left\n' : `${faults.join('\n')}\n`);
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
    if (report.interrupted) return ExitCode.Interrupted;
    return faults.length === 0 ? ExitCode.Kept : ExitCode.Missed;
  } finally {
    await server?.stop();
    redis.disconnect();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
