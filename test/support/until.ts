import { setTimeout as pause } from 'node:timers/promises';

/** Resolves as soon as `condition` holds; fails with what was waited for, and how it stood, when it does not in time. */
export async function until(what: string, condition: () => boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await pause(5);
  }
}

/**
 * The same of what somebody else has to be asked for, again and again; one who cannot answer yet is asked on.
 * @returns the answer that was wanted
 */
export async function untilAnswer<T>(
  what: string,
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      const answer = await ask();
      if (isWanted(answer)) return answer;
      last = answer;
    } catch (error) {
      last = String(error);
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}; the last answer was ${JSON.stringify(last)}`);
    }
    await pause(20);
  }
}
