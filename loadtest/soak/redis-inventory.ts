import type { Redis } from 'ioredis';

/**
 * What is left for a while on purpose: who owned a room that ended, how often it was claimed, and of nodes their last beat
 * and that they had rooms. All of them run out.
 */
const LEFT_ON_PURPOSE = /^velarium:(\{[^}]+\}:(owner|attempts|restarts)|beats|room-nodes)$/;

/** Names of all keys but those that are left on purpose, in order. */
export async function keysOf(redis: Redis): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'COUNT', 500);
    for (const key of found) if (!LEFT_ON_PURPOSE.test(key)) keys.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...keys].sort();
}

/** Rooms in the pool's listing. */
export const listingRowsOf = (redis: Redis): Promise<number> => redis.hlen('velarium:rooms');
