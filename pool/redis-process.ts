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

export interface RedisPlan {
  /** Whether what it holds outlives its process (append-only file, on disk once a second). Default false. */
  keeps?: boolean;
}

/** A Redis of the pool's own, on a free port of 127.0.0.1. What it holds ends with it: nodes rebuild all of it. */
export class RedisProcess {
  readonly uri: string;
  readonly #command: string;
  readonly #port: number;
  readonly #folder: string;
  readonly #keeps: boolean;
  #child!: Child;

  private constructor(command: string, port: number, keeps: boolean) {
    this.uri = `redis://127.0.0.1:${port}`;
    this.#command = command;
    this.#port = port;
    this.#folder = mkdtempSync(path.join(tmpdir(), 'velarium-pool-'));
    this.#keeps = keeps;
  }

  /** @throws {PoolError} there is no redis-server, or it does not start */
  static async start({ keeps = false }: RedisPlan = {}): Promise<RedisProcess> {
    const command = findRedisServer(process.env);
    if (command === undefined) {
      throw new PoolError(
        'there is no redis-server; install it (Debian: apt-get install redis-server, macOS: brew install redis), ' +
          'set REDIS_SERVER to its path, or name a Redis that runs with --redis',
      );
    }
    const [port] = (await freePorts(1)) as [number];
    const redis = new RedisProcess(command, port, keeps);
    await redis.startAgain();
    return redis;
  }

  get child(): Child {
    return this.#child;
  }

  /** On the same port, with what it has kept, if it is to remember that. @throws {PoolError} it does not start */
  async startAgain({ forgets = false } = {}): Promise<void> {
    if (forgets) rmSync(path.join(this.#folder, 'appendonlydir'), { recursive: true, force: true });
    let words = '';
    const child = new Child({
      command: this.#command,
      args: [
        ...['--port', String(this.#port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''],
        ...['--appendonly', this.#keeps ? 'yes' : 'no', '--appendfsync', 'everysec'],
      ],
      cwd: this.#folder,
      environment: process.env,
      onLine: (line) => (words = line || words),
    });
    this.#child = child;
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await redisAnswers(this.#port))) {
      if (child.running && performance.now() < deadline) {
        await pause(20);
        continue;
      }
      const how = child.running ? 'does not answer' : `ended with ${await child.ended}`;
      await this.stop();
      throw new PoolError(`redis-server (${this.#command}) ${how}${words && `: ${words}`}`);
    }
  }

  /** Ends it at once, as a crash does. */
  async crash(): Promise<void> {
    this.#child.kill();
    await this.#child.ended;
  }

  async stop(): Promise<void> {
    await this.#child.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
