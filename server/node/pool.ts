import { LocalPresence, type MatchMakerDriver, type Presence } from '@colyseus/core';
import { MemoryDriver } from '../listing/memory-driver.ts';
import { openListing } from '../listing/open-listing.ts';
import { RedisConnection, type RedisLog } from '../redis/redis-connection.ts';
import { lonelyBoard, type NodeBoard } from './node-registry.ts';

/** How long Redis may take to answer when a node starts. */
const FIRST_ANSWER_MS = 10_000;

/** A beat that takes as long as this is late for the others. */
const BEAT_TIMEOUTS = { commandTimeoutMs: 400, checkMs: 100 };

export interface PoolOptions {
  /** Undefined for a node on its own. */
  redisUri: string | undefined;
  log: RedisLog | undefined;
  /** What this node says of itself; asked about once a second, and before the node is ready. */
  describe(): string;
}

/** What connects a node to the others, or stands in for that in one that is on its own. */
export interface Pool {
  readonly presence: Presence;
  readonly driver: MatchMakerDriver;
  readonly board: NodeBoard;
  /** Undefined in a node on its own. */
  readonly redis: RedisConnection | undefined;
  /** For heartbeats alone: it gives up soon, and nothing large is in front of them. */
  readonly beats: RedisConnection | undefined;
  /** Ends the connection, when core has ended presence and driver. */
  close(): void;
}

/** @throws {RedisUnavailableError} Redis does not answer */
export async function openPool({ redisUri, log, describe }: PoolOptions): Promise<Pool> {
  if (redisUri === undefined) {
    return {
      presence: new LocalPresence(),
      driver: new MemoryDriver(),
      board: lonelyBoard,
      redis: undefined,
      beats: undefined,
      close: () => {},
    };
  }
  const logging = log === undefined ? {} : { log };
  const redis = new RedisConnection({ uri: redisUri, ...logging });
  const beats = new RedisConnection({ uri: redisUri, timeouts: BEAT_TIMEOUTS });
  const close = (): void => {
    redis.close();
    beats.close();
  };
  try {
    await Promise.all([redis.open(FIRST_ANSWER_MS), beats.open(FIRST_ANSWER_MS)]);
    const { presence, driver, lease } = await openListing({ redis, ...logging });
    lease.describe = describe;
    return { presence, driver, board: lease, redis, beats, close };
  } catch (error) {
    close();
    throw error;
  }
}
