import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;
// Else every context made from here on had it, and a benchmark's test in one collected all that jest holds, again and again.
setFlagsFromString('--no-expose_gc');

/** Bytes in use, buffers outside V8's heap included, after garbage has been collected. */
export async function usedBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await setImmediate(); // what natives hold (zlib's engines) is let go by tasks of the event loop
  }
  const { heapUsed, external } = process.memoryUsage(); // external includes arrayBuffers
  return heapUsed + external;
}

/** The most that array buffers, which need no collection to be counted, grew to while `run` ran. */
export function arrayBufferGrowth(run: () => void): number {
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  run();
  return process.memoryUsage().arrayBuffers - before;
}
