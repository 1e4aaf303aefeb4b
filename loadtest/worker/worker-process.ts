import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { onCores } from '../server/pin.ts';
import type { FromWorker, ToWorker } from './messages.ts';

const WORKER = path.join(import.meta.dirname, 'worker.ts');

/** A worker, seen from the parent. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;

  /** @param cores on which it may run; undefined: all */
  constructor(onMessage: (message: FromWorker) => void, cores: readonly number[] | undefined) {
    const { command, args } = onCores(cores, process.execPath, [...process.execArgv]);
    // What the SDK says on the console of a bot that reconnects is in the report's errors.
    this.#child = fork(WORKER, [], {
      execPath: command,
      execArgv: args,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr!.on(
      'data',
      (data: Buffer) => (this.lastWords = (this.lastWords + data.toString()).slice(-2_000)),
    );
    this.#child.on('message', onMessage);
    this.#child.on('error', () => {}); // it ends
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', resolve);
      this.#child.once('error', () => resolve(null));
    });
  }

  /** What it said on stderr: of one that died, why. */
  lastWords = '';

  tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
