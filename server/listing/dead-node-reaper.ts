import type { RedisConnection } from '../redis/redis-connection.ts';
import { OWNERS_KEY, SCRIPTS } from './listing-scripts.ts';
import { LEASE_KEY } from './node-lease.ts';
import type { NodeLeases } from './node-lease.ts';

/** Rows removed by one script: Redis serves nobody else meanwhile. */
const ROWS_AT_ONCE = 200;

/**
 * Removes the rows of nodes whose lease has run out.
 *
 * Leases also run out while Redis itself stands still or is away, and all at once. So a node counts as dead only when
 * its lease has been missing for `graceMs`, on our own clock, during which Redis answered all the time: a live one has
 * renewed it by then.
 */
export class DeadNodeReaper {
  readonly #redis: RedisConnection;
  readonly #leases: NodeLeases;
  readonly #graceMs: number;
  readonly #now: () => number;
  readonly #missingSinceMs = new Map<string, number>();

  constructor(redis: RedisConnection, leases: NodeLeases, graceMs: number, now: () => number) {
    this.#redis = redis;
    this.#leases = leases;
    this.#graceMs = graceMs;
    this.#now = now;
  }

  /** Redis was away: what was missing before says nothing. */
  forget(): void {
    this.#missingSinceMs.clear();
  }

  /** @returns how many rows it removed @throws RedisUnavailableError */
  async reap(): Promise<number> {
    const owners = await this.#redis.run((client) => client.smembers(OWNERS_KEY));
    const alive = await this.#leases.alive();
    const missing = new Set(owners.filter((owner) => !alive.has(owner)));
    for (const owner of this.#missingSinceMs.keys()) if (!missing.has(owner)) this.#missingSinceMs.delete(owner);
    let removed = 0;
    for (const owner of missing) {
      const sinceMs = this.#missingSinceMs.get(owner);
      if (sinceMs === undefined) this.#missingSinceMs.set(owner, this.#now());
      else if (this.#now() - sinceMs >= this.#graceMs) removed += await this.reapNode(owner);
    }
    return removed;
  }

  /** Removes the rows of one node, unless it has a lease. @throws RedisUnavailableError */
  async reapNode(owner: string): Promise<number> {
    let removed = 0;
    for (;;) {
      const args = [owner, LEASE_KEY, ROWS_AT_ONCE];
      const count = (await this.#redis.run((client) => SCRIPTS.reap.run(client, [], args))) as number;
      if (count === 0) return removed;
      removed += count;
    }
  }
}
