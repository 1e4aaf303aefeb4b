import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from './child.ts';
import { findRedisServer } from './find-redis-server.ts';
import { freePorts } from './free-ports.ts';
import { PoolError } from './pool-error.ts';
import { redisAnswers } from './redis-answers.ts';

const START_TIMEOUT_MS = 10_000;

/** A Redis of the pool's own, on a free port of 127.0.0.1. What it holds ends with it: nodes rebuild all of it. */
export class RedisProcess {
  readonly uri: string;
  readonly child: Child;
  readonly #folder: string;

  private constructor(uri: string, child: Child, folder: string) {
    this.uri = uri;
    this.child = child;
    this.#folder = folder;
  }

  /** @throws {PoolError} there is no redis-server, or it does not start */
  static async start(): Promise<RedisProcess> {
    const command = findRedisServer(process.env);
    if (command === undefined) {
      throw new PoolError(
        'there is no redis-server; install it (Debian: apt-get install redis-server, macOS: brew install redis), ' +
          'set REDIS_SERVER to its path, or name a Redis that runs with --redis',
      );
    }
    const [port] = (await freePorts(1)) as [number];
    const folder = mkdtempSync(path.join(tmpdir(), 'velarium-pool-'));
    let words = '';
    const child = new Child({
      command,
      args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
      cwd: folder,
      environment: process.env,
      onLine: (line) => (words = line || words),
    });
    const redis = new RedisProcess(`redis://127.0.0.1:${port}`, child, folder);
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await redisAnswers(port))) {
      if (child.running && performance.now() < deadline) {
        await pause(20);
        continue;
      }
      const how = child.running ? 'does not answer' : `ended with ${await child.ended}`;
      await redis.stop();
      throw new PoolError(`redis-server (${command}) ${how}${words && `: ${words}`}`);
    }
    return redis;
  }

  async stop(): Promise<void> {
    await this.child.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
