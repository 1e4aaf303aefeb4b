import { setTimeout as pause } from 'node:timers/promises';

/** Resolves as soon as `condition` holds; fails with what was waited for, and how it stood, when it does not in time. */
export async function until(what: string, condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await pause(5);
  }
}
