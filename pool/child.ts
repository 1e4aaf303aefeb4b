import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How long a process may take over its end before it is killed. */
const STOP_TIMEOUT_MS = 15_000;

export interface ChildPlan {
  command: string;
  args: string[];
  cwd: string;
  environment: NodeJS.ProcessEnv;
  /** Called with each line that it prints. */
  onLine(line: string): void;
}

/** One listener for all of them: there may be many. */
const running = new Set<Child>();
process.on('exit', () => running.forEach((child) => child.kill()));

/**
 * A process of the pool. It does not get the terminal's Ctrl-C, since the pool ends in an order of its own; it does not
 * outlive this process, unless that is killed.
 */
export class Child {
  /** Resolves with how it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  readonly pid: number | undefined;
  readonly #process: ChildProcess;

  constructor({ command, args, cwd, environment, onLine }: ChildPlan) {
    const child = spawn(command, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#process = child;
    this.pid = child.pid;
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', onLine);
    running.add(this);
    this.ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    }).finally(() => {
      running.delete(this);
    });
  }

  get running(): boolean {
    return running.has(this);
  }

  kill(): void {
    if (this.running) this.#process.kill('SIGKILL');
  }

  /** Stops it where it is, as if its machine stood still, until {@link resume}. */
  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  /** Asks it to end, and lets it take its time. */
  askToEnd(): void {
    if (this.running) this.#process.kill('SIGTERM');
  }

  /** Asks it to end. @returns whether it did so by itself, and was not killed after {@link STOP_TIMEOUT_MS} */
  async stop(): Promise<boolean> {
    let killed = false;
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => {
      killed = true;
      this.kill();
    }, STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
    return !killed;
  }
}
