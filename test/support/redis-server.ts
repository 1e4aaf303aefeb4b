import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Where Debian, Homebrew and a build from source put it. */
const PLACES = [
  '/usr/bin/redis-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
  '/opt/local/bin/redis-server',
];

/** @returns the path of a redis-server on this machine: `REDIS_SERVER`, or where one usually is */
export function findRedisServer(): string | undefined {
  const named = process.env['REDIS_SERVER'];
  return named === undefined || named === '' ? PLACES.find((place) => existsSync(place)) : named;
}

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
  return findRedisServer() !== undefined;
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
    const server = new RedisServer(port ?? (await freePort()), keeps);
    await server.start();
    return server;
  }

  get uri(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again, on the same port. Resolves when it answers. */
  async start(): Promise<void> {
    const binary = findRedisServer();
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
    while (!(await answers(this.port))) {
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether a Redis on `port` is ready; one that still loads its file says so and is not. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (data) => end(data.toString().startsWith('+PONG')));
  });
}
