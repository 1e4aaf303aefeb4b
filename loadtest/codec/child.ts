import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { FullReport } from './report.ts';
import type { Source } from './source.ts';

/** What the worker says before it ends. */
export type WorkerMessage = { report: FullReport } | { failure: string };

const WORKER = new URL('./worker.ts', import.meta.url);
const STDERR = 2;

/** A source could not be measured; `message` says why, for people. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}

/**
 * Measures one source in a process of its own: what V8 learned from one trace says nothing about the next.
 * @throws {BenchError} the file is no trace, the worker came to a bad end, or `signal` ended it
 */
export async function benchInChild(source: Source, signal: AbortSignal): Promise<FullReport> {
  // Schema's warnings, on the child's stdout, must not get between the JSON on ours.
  const child = fork(WORKER, [JSON.stringify(source)], {
    execArgv: ['--expose-gc'],
    serialization: 'advanced',
    signal,
    stdio: ['ignore', STDERR, STDERR, 'ipc'],
  });
  let message: WorkerMessage | undefined;
  child.on('message', (said) => (message = said as WorkerMessage));
  const [code, killedBy] = await closed(child);
  if (message === undefined) throw new BenchError(`the measuring process ended with ${killedBy ?? `code ${code}`}`);
  if ('failure' in message) throw new BenchError(message.failure);
  return message.report;
}

async function closed(child: ChildProcess): Promise<[code: number | null, killedBy: NodeJS.Signals | null]> {
  try {
    return (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  } catch (cause) {
    throw new BenchError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
