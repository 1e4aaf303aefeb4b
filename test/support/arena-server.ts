import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = path.join(import.meta.dirname, '../..');

/** The arena as `npm start` runs it, in a process of its own on a free port. */
export class ArenaServer {
  readonly url: string;
  /** Resolves with its exit code, null where a signal ended it. */
  readonly exited: Promise<number | null>;
  readonly #process: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#process = child;
    this.exited = new Promise((resolve) => child.once('exit', resolve));
  }

  static build(): void {
    const { status, stderr } = spawnSync(process.execPath, ['client/arena/build.ts'], { cwd: ROOT, encoding: 'utf8' });
    if (status !== 0) throw new Error(`the page does not build: ${stderr}`);
  }

  static async start(environment: Record<string, string> = {}, script = 'server/main.ts'): Promise<ArenaServer> {
    const child = spawn(process.execPath, [script], {
      cwd: ROOT,
      env: { ...process.env, PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface(child.stdout)) {
      const port = /http:\/\/[^\s/]+:(\d+)\//.exec(line)?.[1];
      if (port === undefined) continue;
      child.stdout.resume(); // what it logs from here on is not to fill the pipe, at which it would wait
      return new ArenaServer(`http://127.0.0.1:${port}`, child);
    }
    throw new Error('the server ended before it said where it listens');
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exited;
  }
}
