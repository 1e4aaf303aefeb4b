import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

const MAIN = path.join(import.meta.dirname, '../main.ts');

/** `npm run loadtest`, as a process. */
export class LoadTestProcess {
  readonly #child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly exitCode: Promise<number | null>;

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout!.on('data', (data: Buffer) => (this.stdout += data.toString()));
    this.#child.stderr!.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.exitCode = new Promise((resolve) => this.#child.once('close', resolve));
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }
}
