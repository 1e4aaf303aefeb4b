import { readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

const THREADS = '/proc/self/task';
/** What V8's threads for garbage and compiling are called. */
const HELPER = 'V8Worker';

/**
 * Lets V8's helper threads give way to the main thread where there is no core for both: a marking of the heap or a
 * compilation is in no hurry, and a tick is. On one core they take turns otherwise, and while a collection goes on, which
 * is for some 50 ms every few seconds, ticks come late.
 *
 * Linux only, where a thread has a niceness of its own.
 * @returns how many threads there were; 0 where it cannot be done
 */
export function yieldHelperThreads(): number {
  let helpers = 0;
  try {
    const niceness = Math.min(
      constants.priority.PRIORITY_LOW,
      getPriority() + constants.priority.PRIORITY_BELOW_NORMAL,
    );
    for (const thread of readdirSync(THREADS)) {
      if (readFileSync(`${THREADS}/${thread}/comm`, 'utf8').trim() !== HELPER) continue;
      setPriority(Number(thread), niceness);
      helpers++;
    }
  } catch {
    // Another system, or one that forbids it: all goes on as it was.
  }
  return helpers;
}
