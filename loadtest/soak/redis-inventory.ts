import type { Redis } from 'ioredis';

/** Names of all keys, in order. */
export async function keysOf(redis: Redis): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'COUNT', 500);
    for (const key of found) keys.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...keys].sort();
}

/** Rooms in the pool's listing. */
export const listingRowsOf = (redis: Redis): Promise<number> => redis.hlen('velarium:rooms');
