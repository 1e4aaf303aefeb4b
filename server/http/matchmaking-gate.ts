import { matchMaker } from '@colyseus/core';
import type { Tally } from '../metrics/tally.ts';
import type { RedisHealth } from '../redis/redis-health.ts';
import { RedisUnavailableError } from '../redis/redis-error.ts';

/**
 * Refuses joins at once while Redis does not answer, those under way when it goes included, and counts all of them.
 * Put it around what answers clients: it sees the very errors that they see.
 */
export function gateMatchmaking(tally: Tally, health: RedisHealth | undefined, now: () => number): void {
  const { controller } = matchMaker;
  const invokeMethod = controller.invokeMethod.bind(controller);
  type Call = Parameters<typeof invokeMethod>;
  controller.invokeMethod = async (...call: Call) => {
    const beganMs = now();
    const method = controller.exposedMethods.includes(call[0]) ? call[0] : 'unknown';
    try {
      const seat = await (health === undefined
        ? invokeMethod(...call)
        : whileAvailable(health, () => invokeMethod(...call)));
      tally.matchmade(method, '200', now() - beganMs);
      return seat as Awaited<ReturnType<typeof invokeMethod>>;
    } catch (error) {
      const { code } = error as { code?: unknown };
      tally.matchmade(method, isStatus(code) ? String(code) : 'error', now() - beganMs);
      throw error;
    }
  };
}

/** Rooms may refuse with any number; those that are no HTTP status count as one. */
const isStatus = (code: unknown): boolean => typeof code === 'number' && code >= 400 && code < 600;

async function whileAvailable<T>(health: RedisHealth, call: () => Promise<T>): Promise<T> {
  if (!health.available) throw new RedisUnavailableError('known to be away');
  let stop = (): void => {};
  const lost = new Promise<never>((_resolve, reject) => {
    stop = health.subscribe(({ available }) => {
      if (!available) reject(new RedisUnavailableError('lost on the way'));
    });
  });
  const result = call();
  result.catch(() => {}); // it may fail when nobody listens any more
  try {
    return await Promise.race([result, lost]);
  } finally {
    stop();
  }
}
