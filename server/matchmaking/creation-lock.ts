import { randomUUID } from 'node:crypto';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { RedisScript } from '../redis/redis-script.ts';

/** A node that dies with the lock holds others up for this long; a creation that takes longer may be one of two. */
export const LOCK_MS = 3_000;
const LOCK_KEY = 'velarium:creating:';

/** Lets one node of a pool at a time make rooms of one kind. */
export interface CreationLock {
  /** @returns how to let go of it; undefined while another node has it */
  take(kind: string): Promise<(() => Promise<void>) | undefined>;
}

/** Of a node on its own, where nobody else is. */
export const ownLock: CreationLock = { take: () => Promise.resolve(() => Promise.resolve()) };

/** Only whose it still is gives it back. */
const RELEASE = new RedisScript("if redis.call('GET', ARGV[1]) == ARGV[2] then redis.call('DEL', ARGV[1]) end");

export class RedisCreationLock implements CreationLock {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** @throws RedisUnavailableError */
  async take(kind: string): Promise<(() => Promise<void>) | undefined> {
    const [key, token] = [LOCK_KEY + kind, randomUUID()];
    if ((await this.#redis.run((client) => client.set(key, token, 'PX', LOCK_MS, 'NX'))) === null) return undefined;
    return async () => {
      // If it cannot be said now, it runs out.
      await this.#redis.run((client) => RELEASE.run(client, [], [key, token])).catch(() => {});
    };
  }
}
