import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

/** One of the load test's programs, as a process. */
export class MainProcess {
  readonly #child: ChildProcess;
  stdout = '';
  stderr = '';
  /** Null when a signal ended it. */
  readonly exitCode: Promise<number | null>;

  /** @param folder in `loadtest`, where its `main.ts` is: '' is the load test itself */
  constructor(folder: string, args: readonly string[]) {
    const main = path.join(import.meta.dirname, '..', folder, 'main.ts');
    this.#child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout!.on('data', (data: Buffer) => (this.stdout += data.toString()));
    this.#child.stderr!.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.exitCode = new Promise((resolve) => this.#child.once('close', resolve));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }
}

/** How it ended, and all that it said. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the program of that folder to its end. */
export async function runMain(folder: string, ...args: string[]): Promise<Ended> {
  const process = new MainProcess(folder, args);
  const code = await process.exitCode;
  return { code, stdout: process.stdout, stderr: process.stderr };
}
