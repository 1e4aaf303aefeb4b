import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { LoadTestError } from '../exit-code.ts';

/** The project's folder, in which servers run. */
export const ROOT = path.join(import.meta.dirname, '../..');
const START_TIMEOUT_MS = 20_000;

/** What a server says when it listens. */
const LISTENS = /https?:\/\/[\w.]+:(\d+)/;

/** @throws {LoadTestError} there is no page for velarium's server to serve, without which it does not start */
export function requirePage(): void {
  if (existsSync(path.join(ROOT, 'dist/arena/index.html'))) return;
  throw new LoadTestError('the page is not built: npm run build');
}

/**
 * Sees to a server that was spawned: it does not outlive this process.
 * @returns the port on which it listens; undefined where it says none in time, and then it is killed
 */
export async function launched(child: ChildProcess): Promise<string | undefined> {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  const port = await listens(child);
  if (port === undefined) kill();
  return port;
}

/** @returns the port that it says; undefined where it says none in time */
async function listens(child: ChildProcess): Promise<string | undefined> {
  const lines = createInterface(child.stdout!);
  const timer = setTimeout(() => lines.close(), START_TIMEOUT_MS);
  try {
    for await (const line of lines) {
      const port = LISTENS.exec(line)?.[1];
      if (port !== undefined) return port;
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    child.stdout!.resume(); // what it says later is not read, and must not fill the pipe
  }
}
