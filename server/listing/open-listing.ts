import { matchMaker } from '@colyseus/core';
import { PoolPresence } from '../redis/pool-presence.ts';
import type { RedisConnection, RedisLog } from '../redis/redis-connection.ts';
import { NodeLease } from './node-lease.ts';
import { PoolDriver } from './pool-driver.ts';

export interface OpenListingOptions {
  /** Open already. */
  redis: RedisConnection;
  /** Default: the matchmaker's own id, which it has once it is set up. */
  processId?: string;
  log?: RedisLog;
  /** Another node has this room now; see {@link PoolDriver}. */
  onRoomLost?: (roomId: string) => void;
}

/** What core's Server is given, and the lease on which the rows of its rooms stand. */
export interface Listing {
  driver: PoolDriver;
  presence: PoolPresence;
  lease: NodeLease;
}

/**
 * Makes a node's part of the pool's listing. Core starts the driver and ends driver and presence; the connection stays
 * its maker's to close, after them.
 * @throws RedisUnavailableError
 */
export async function openListing({ redis, processId, log, onRoomLost }: OpenListingOptions): Promise<Listing> {
  const lease = new NodeLease({ redis, processId: processId ?? (() => matchMaker.processId), log });
  const driver = new PoolDriver({ redis, lease, log, onRoomLost });
  const presence = new PoolPresence({
    redis,
    onNobody: (channel) => {
      if (channel.startsWith('$')) driver.passOver(channel.slice(1));
    },
  });
  await presence.open();
  return { driver, presence, lease };
}
