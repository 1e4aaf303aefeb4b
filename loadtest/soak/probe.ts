/**
 * Loaded into the server under soak before its own code (`--import`): says on request what the process holds, after a
 * garbage collection. The server needs `--expose-gc`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { Room } from '@colyseus/core';
import { FrameSession } from '../../shared/session/frame-session.ts';

/** What the probe is asked: memory alone, or also how many objects of a kind are alive (which walks the whole heap). */
export type Question = 'memory' | 'objects';

export interface Holdings {
  heapBytes: number;
  residentBytes: number;
  /** What the event loop waits for, by type of resource; and, where objects were asked for, how many are alive. */
  objects: Record<string, number>;
}

const Timeout = setTimeout(() => {}, 0).constructor as new () => object;
const KINDS = { Timeout, Room, FrameSession };
/** Between two walks through the heap, each of which takes a good part of a second: the node renews its lease. */
const BETWEEN_WALKS_MS = 300;

process.on('message', (question: Question) => void answer(question).then((holdings) => process.send!(holdings)));

async function answer(question: Question): Promise<Holdings> {
  globalThis.gc!();
  await pause(0); // what finalizers let go is gone with the second
  globalThis.gc!();
  const { heapUsed, external, rss } = process.memoryUsage();
  const objects: Record<string, number> = {};
  for (const resource of process.getActiveResourcesInfo()) {
    if (resource === 'Timeout') continue; // some are always on their way; all that there are is told below
    objects[`active ${resource}`] = (objects[`active ${resource}`] ?? 0) + 1;
  }
  for (const [kind, its] of question === 'objects' ? Object.entries(KINDS) : []) {
    objects[kind] = queryObjects(its as unknown as () => void, { format: 'count' }) as unknown as number;
    await pause(BETWEEN_WALKS_MS);
  }
  return { heapBytes: heapUsed + external, residentBytes: rss, objects };
}
