import type { RedisServer } from '../../test/support/redis-server.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import type { RedisTimeouts } from '../redis/redis-connection.ts';
import { contractRules } from './driver-contract.ts';
import { NodeLease } from './node-lease.ts';
import { PoolDriver } from './pool-driver.ts';
import type { PoolDriverOptions } from './pool-driver.ts';

export interface ListingNodeOptions extends Partial<PoolDriverOptions> {
  beatMs?: number;
  leaseMs?: number;
  timeouts?: Partial<RedisTimeouts>;
}

/** For tests: what one node of a pool has of the listing, without a matchmaker, and as quick or slow as a test wants. */
export class ListingNode {
  readonly redis: RedisConnection;
  readonly lease: NodeLease;
  readonly driver: PoolDriver;

  private constructor(redis: RedisConnection, lease: NodeLease, driver: PoolDriver) {
    this.redis = redis;
    this.lease = lease;
    this.driver = driver;
  }

  static async start(server: RedisServer, processId: string, options: ListingNodeOptions = {}): Promise<ListingNode> {
    const { beatMs = 50, leaseMs = 250, timeouts, ...driverOptions } = options;
    const redis = new RedisConnection({
      uri: server.uri,
      timeouts: { checkMs: 50, commandTimeoutMs: 300, ...timeouts },
    });
    await redis.open(5_000);
    const lease = new NodeLease({ redis, processId, beatMs, leaseMs });
    const quick = { housekeepingMs: 25, deadAfterMs: 100, rules: contractRules };
    const driver = new PoolDriver({ redis, lease, ...quick, ...driverOptions });
    await driver.boot();
    return new ListingNode(redis, lease, driver);
  }

  /** With all times as a server of a pool has them. */
  static async startAsInPool(server: RedisServer, processId: string): Promise<ListingNode> {
    const redis = new RedisConnection({ uri: server.uri });
    await redis.open(5_000);
    const lease = new NodeLease({ redis, processId });
    const driver = new PoolDriver({ redis, lease, rules: contractRules });
    await driver.boot();
    return new ListingNode(redis, lease, driver);
  }

  /** Ends as a process does that is killed: nothing is taken back. */
  crash(): void {
    this.redis.close();
    void this.driver.shutdown();
  }

  async stop(): Promise<void> {
    await this.driver.shutdown();
    this.redis.close();
  }
}
