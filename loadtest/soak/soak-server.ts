import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { LoadTestError } from '../exit-code.ts';
import { launched, requirePage, ROOT } from '../server/launch.ts';
import type { Holdings, Question } from './probe.ts';

const STOP_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 30_000;

/** A node of a pool, in a process of its own, which says what it holds. */
export class SoakServer {
  readonly endpoint: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: string) {
    this.endpoint = `http://127.0.0.1:${port}`;
    this.#child = child;
  }

  /** @throws {LoadTestError} it does not start */
  static async start(redisUri: string): Promise<SoakServer> {
    requirePage();
    const probe = path.join(import.meta.dirname, 'probe.ts');
    const child = spawn(
      process.execPath,
      ['--expose-gc', '--disable-warning=ExperimentalWarning', '--import', probe, 'server/main.ts'],
      {
        cwd: ROOT,
        env: {
          ...process.env,
          NODE_ENV: 'production',
          PORT: '0',
          VELARIUM_HOST: '127.0.0.1',
          VELARIUM_LOG_LEVEL: 'warn',
          REDIS_URI: redisUri,
        },
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        detached: true, // the terminal's Ctrl-C is for us: the report needs the server until it is printed
      },
    );
    const port = await launched(child);
    if (port === undefined) throw new LoadTestError('the server does not start');
    return new SoakServer(child, port);
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @throws {LoadTestError} it has ended, or does not answer */
  async holdings(question: Question): Promise<Holdings> {
    if (!this.alive) throw new LoadTestError(`the server has ended with ${this.#child.exitCode}`);
    const deadline = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    this.#child.send(question);
    for (;;) {
      const [answer] = (await once(this.#child, 'message', { signal: deadline }).catch(() => {
        throw new LoadTestError('the server does not say what it holds');
      })) as [Partial<Holdings>];
      // Core says `ready` to whoever started it.
      if (answer.objects !== undefined) return answer as Holdings;
    }
  }

  /** @returns whether it ended by itself, in good order */
  async stop(): Promise<boolean> {
    if (!this.alive) return false;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const [code] = (await ended) as [number | null];
    clearTimeout(timer);
    return code === 0;
  }
}
