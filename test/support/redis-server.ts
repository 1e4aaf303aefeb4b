import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findRedisServer } from '../../pool/find-redis-server.ts';
import { freePorts } from '../../pool/free-ports.ts';
import { redisAnswers } from '../../pool/redis-answers.ts';

/**
 * Installs Debian's redis-server, where this user may. Nothing is started: where the package would start a service of
 * its own, it is told not to.
 * @returns whether there is one now
 */
export function installRedisServer(): boolean {
  const mayInstall = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
  if (!mayInstall) return false;
  console.error('tests: installing redis-server with apt-get, once');
  // RUNLEVEL=1 is how a package is told that this is no time to start services.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'redis-server']]) {
    const { status, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8', maxBuffer: 64 * 1_048_576 });
    if (status !== 0) {
      console.error(`tests: apt-get ${args[0]} failed: ${stderr.trim().split('\n').at(-1)}`);
      return false;
    }
  }
  return findRedisServer(process.env) !== undefined;
}

export interface RedisServerOptions {
  /** Keep what is written over a restart (append-only file, each write on disk before its answer). Default false. */
  keeps?: boolean;
  /** Default: a free one. */
  port?: number;
}

/** A Redis of a test's own: a process on a port of its own on 127.0.0.1, which can be killed and started again. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #keeps: boolean;
  #process: ChildProcess | undefined;

  private constructor(port: number, keeps: boolean) {
    this.port = port;
    this.#keeps = keeps;
    this.#folder = mkdtempSync(path.join(tmpdir(), 'velarium-redis-'));
  }

  static async start({ keeps = false, port }: RedisServerOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(port ?? (await freePorts(1))[0]!, keeps);
    await server.start();
    return server;
  }

  get uri(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again, on the same port. Resolves when it answers. */
  async start(): Promise<void> {
    const binary = findRedisServer(process.env);
    if (binary === undefined) {
      throw new Error(
        'there is no redis-server; install it (Debian: apt-get install redis-server) or set REDIS_SERVER',
      );
    }
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    args.push('--appendonly', this.#keeps ? 'yes' : 'no', '--appendfsync', 'always', '--enable-debug-command', 'local');
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = child;
    child.stdout.resume();
    const deadline = performance.now() + 10_000;
    while (!(await redisAnswers(this.port))) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
      if (performance.now() > deadline) throw new Error('redis-server does not answer');
      await pause(10);
    }
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Stops it without ending it: connections stay open and nothing answers. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it for good and removes what it wrote. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
