import { matchMaker } from '@colyseus/core';
import type { IRoomCache, MatchMakerDriver, SortOptions } from '@colyseus/core';
import type { RedisConnection, RedisLog } from '../redis/redis-connection.ts';
import { DeadNodeReaper } from './dead-node-reaper.ts';
import type { JoinRules } from './join-index.ts';
import type { NodeLease } from './node-lease.ts';
import { OwnedRows } from './owned-rows.ts';
import { RoomReader } from './room-reader.ts';
import type { Conditions, RoomRow } from './room-row.ts';

export interface PoolDriverOptions {
  redis: RedisConnection;
  lease: NodeLease;
  /** What a room definition says of joins. Default: what the matchmaker has under the name. */
  rules?: (name: string) => JoinRules;
  log?: RedisLog | undefined;
  onRoomLost?: ((roomId: string) => void) | undefined;
  /** Between two rounds of housekeeping. Default 400. */
  housekeepingMs?: number;
  /** A lease that is missing for so long while Redis answers has run out. Default 1,000: longer than a beat. */
  deadAfterMs?: number;
  /** Monotonic milliseconds. */
  now?: () => number;
}

type Operations = Parameters<MatchMakerDriver['update']>[1];

/** Rounds of housekeeping from one audit to the next, and to the next thorough one. */
const AUDIT_EVERY = 4;
const THOROUGH_AUDIT_EVERY = 40;
/** How long a room that nobody answered for is passed over by joins. */
const UNREACHABLE_MS = 2_000;
const MAX_UNREACHABLE = 100;

/**
 * The listing of a pool's rooms in Redis, as core's matchmaker wants it.
 *
 * Rows are written and removed by their owner only, which is the node whose process id is in them. Writes of a room
 * never reject because Redis is away ({@link OwnedRows}); reads do, at once. A join reads one row ({@link RoomReader}).
 * Rows of dead nodes are removed ({@link DeadNodeReaper}), and a live node puts its own back whenever they are missing.
 */
export class PoolDriver implements MatchMakerDriver {
  readonly rows: OwnedRows;
  readonly #redis: RedisConnection;
  readonly #reader: RoomReader;
  readonly #lease: NodeLease;
  readonly #reaper: DeadNodeReaper;
  readonly #housekeepingMs: number;
  readonly #now: () => number;
  readonly #unreachable = new Map<string, number>();
  readonly #ends: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #round = 0;

  constructor(options: PoolDriverOptions) {
    const { redis, lease, rules = matchmakerRules, log, onRoomLost } = options;
    const { housekeepingMs = 400, deadAfterMs = 1_000, now = () => performance.now() } = options;
    this.#redis = redis;
    this.#lease = lease;
    this.#reader = new RoomReader(redis, rules);
    this.rows = new OwnedRows({ redis, lease, rules, log, onRoomLost });
    this.#reaper = new DeadNodeReaper(redis, lease, deadAfterMs, now);
    this.#housekeepingMs = housekeepingMs;
    this.#now = now;
  }

  /** Core calls it before anything else, and waits for ever where it rejects: so it does not, see {@link NodeLease.start}. */
  async boot(): Promise<void> {
    // Core's own checks remove the rows of a live node that misses one answer; the leases say who lives.
    matchMaker.setHealthChecksEnabled(false);
    await this.#lease.start();
    const restore = (): void => void this.rows.restore();
    this.#ends.push(
      this.#lease.onLapse(restore),
      this.#redis.health.subscribe(({ available }) => {
        this.#reaper.forget();
        if (available) restore();
      }),
    );
    this.#schedule();
  }

  async has(roomId: string): Promise<boolean> {
    return this.#reader.has(roomId);
  }

  async query(conditions: object, sortOptions?: SortOptions): Promise<RoomRow[]> {
    return this.#reader.query(conditions as Conditions, sortOptions);
  }

  async findOne(conditions: object, sortOptions?: SortOptions): Promise<RoomRow> {
    const asked = conditions as Conditions;
    const failure = typeof asked['roomId'] === 'string' ? this.rows.failedInsert(asked['roomId']) : undefined;
    if (failure !== undefined) throw failure;
    // Core expects undefined for none, and says otherwise in its types.
    return (await this.#reader.findOne(asked, sortOptions, this.#passedOver())) as RoomRow;
  }

  async findByIds(roomIds: string[]): Promise<Map<string, IRoomCache>> {
    return new Map((await this.#reader.byIds(roomIds)).map((row) => [row.roomId, row]));
  }

  async insert(room: RoomRow): Promise<boolean> {
    return this.rows.insert(room);
  }

  async update(room: RoomRow, { $set = {}, $inc = {} }: Operations): Promise<boolean> {
    const fields = room as unknown as Record<string, unknown>;
    for (const [field, value] of Object.entries($set)) fields[field] = value;
    for (const [field, value] of Object.entries($inc)) fields[field] = (fields[field] as number) + (value as number);
    return this.rows.write(room);
  }

  async persist(room: RoomRow, create = false): Promise<boolean> {
    return create && !this.rows.has(room.roomId) ? this.rows.insert(room) : this.rows.write(room);
  }

  async remove(roomId: string): Promise<boolean> {
    return this.rows.remove(roomId);
  }

  /** Removes all rows of this node, or those of another one if its lease has run out. */
  async cleanup(processId: string): Promise<void> {
    if (processId === this.#lease.processId) await this.rows.removeAll();
    else await this.#reaper.reapNode(processId);
  }

  /** Nobody answers for the room right now: joins by name look for others for a moment. */
  passOver(roomId: string): void {
    if (this.#unreachable.size < MAX_UNREACHABLE) this.#unreachable.set(roomId, this.#now() + UNREACHABLE_MS);
  }

  /** Ends housekeeping and gives the lease back. The connection is its maker's to close. */
  async shutdown(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const end of this.#ends.splice(0)) end();
    await this.rows.settle();
    await this.#lease.stop();
  }

  /** For tests; core calls it nowhere. */
  async clear(): Promise<void> {
    await this.rows.removeAll();
  }

  #schedule(): void {
    this.#timer = setTimeout(
      () => void this.#keepHouse().then(() => this.#timer && this.#schedule()),
      this.#housekeepingMs,
    );
    this.#timer.unref();
  }

  /** Never rejects. */
  async #keepHouse(): Promise<void> {
    try {
      await this.rows.settle();
      if (++this.#round % AUDIT_EVERY === 0) await this.rows.audit(this.#round % THOROUGH_AUDIT_EVERY === 0);
      await this.#reaper.reap();
    } catch {
      // Redis is away: the next round tries again.
    }
  }

  #passedOver(): string[] {
    const nowMs = this.#now();
    for (const [roomId, untilMs] of this.#unreachable) if (untilMs <= nowMs) this.#unreachable.delete(roomId);
    return [...this.#unreachable.keys()];
  }
}

function matchmakerRules(name: string): JoinRules {
  const handler = matchMaker.getAllHandlers()[name];
  return { filterBy: handler?.filterOptions.map(String) ?? [], sortBy: handler?.sortOptions };
}
