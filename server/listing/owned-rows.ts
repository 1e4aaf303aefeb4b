import { RedisUnavailableError } from '../redis/redis-error.ts';
import type { RedisConnection, RedisLog } from '../redis/redis-connection.ts';
import { fileRoom } from './join-index.ts';
import type { JoinRules } from './join-index.ts';
import { SCRIPTS } from './listing-scripts.ts';
import { writeRow } from './room-row.ts';
import type { RoomRow } from './room-row.ts';

/** Rows that are sent again at the same time, after an outage. */
const SENT_AT_ONCE = 64;
/** Creations that failed and were not asked about yet. Core asks at once. */
const MAX_FAILED_INSERTS = 1_000;

export interface OwnedRowsOptions {
  redis: RedisConnection;
  /** Whose rows these are. */
  lease: { readonly processId: string };
  rules: (name: string) => JoinRules;
  log?: RedisLog | undefined;
  /** Another node has this room now: it came to hold this one dead, and took the room over. */
  onRoomLost?: ((roomId: string) => void) | undefined;
}

interface OwnedRow {
  roomId: string;
  epoch: number;
  /** The row as it should be in Redis. */
  value: string;
  /** Whether Redis may not have it so. */
  dirty: boolean;
  sending: Promise<void> | undefined;
  next: Promise<void> | undefined;
}

/**
 * The rows of this node's rooms. The node's memory is the truth and Redis its copy, which this class brings up to date:
 * at once while Redis answers, as soon as it does otherwise, and anew when it lost them.
 *
 * So nothing here rejects because Redis is away: a room must not fail, lose a seat or end its process over that.
 */
export class OwnedRows {
  readonly #redis: RedisConnection;
  readonly #lease: { readonly processId: string };
  readonly #rules: (name: string) => JoinRules;
  readonly #log: RedisLog | undefined;
  readonly #onRoomLost: ((roomId: string) => void) | undefined;
  readonly #rows = new Map<string, OwnedRow>();
  /** Epochs of rooms that are no more but whose rows may still be there. */
  readonly #removals = new Map<string, number>();
  readonly #inserting = new Set<string>();
  readonly #failedInserts = new Map<string, unknown>();
  #revision = 0;
  #draining: Promise<void> | undefined;

  constructor({ redis, lease, rules, log, onRoomLost }: OwnedRowsOptions) {
    this.#redis = redis;
    this.#lease = lease;
    this.#rules = rules;
    this.#log = log;
    this.#onRoomLost = onRoomLost;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Rows that Redis does not have as they are, removals included. */
  get unsettled(): number {
    let count = this.#removals.size;
    for (const row of this.#rows.values()) if (row.dirty) count++;
    return count;
  }

  has(roomId: string): boolean {
    return this.#rows.has(roomId);
  }

  /**
   * Records a new room, or with a higher epoch one that is taken over.
   *
   * When Redis cannot be asked this is false too, and {@link failedInsert} has the error: core disposes of the room on
   * false, and leaves it running, in nobody's listing, on a rejection.
   */
  async insert(listing: RoomRow): Promise<boolean> {
    listing.epoch ??= 1;
    const { roomId, epoch } = listing;
    if (this.#rows.has(roomId) || this.#inserting.has(roomId)) return false;
    const row: OwnedRow = { roomId, epoch, value: '', dirty: false, sending: undefined, next: undefined };
    this.#encode(row, listing);
    this.#inserting.add(roomId);
    try {
      const inserted = await this.#redis.run((client) => SCRIPTS.insert.run(client, [], [roomId, row.value]));
      if (inserted !== 1) return false;
      this.#rows.set(roomId, row);
      return true;
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      // It may have been recorded all the same.
      this.#removals.set(roomId, epoch);
      this.#failedInserts.set(roomId, error);
      if (this.#failedInserts.size > MAX_FAILED_INSERTS) {
        this.#failedInserts.delete(this.#failedInserts.keys().next().value!);
      }
      return false;
    } finally {
      this.#inserting.delete(roomId);
    }
  }

  /** @returns once, why a room could not be recorded */
  failedInsert(roomId: string): unknown {
    const error = this.#failedInserts.get(roomId);
    this.#failedInserts.delete(roomId);
    return error;
  }

  /**
   * Brings a room's row up to date. Resolves when it is, or when it cannot be now and will be later; changes that come
   * while one is under way travel together.
   * @throws {TypeError} the room's metadata is not JSON
   */
  async write(listing: RoomRow): Promise<boolean> {
    const row = this.#rows.get(listing.roomId);
    if (row === undefined) return false; // not recorded yet, or no more, or another node's by now
    this.#encode(row, listing);
    row.dirty = true;
    await this.#send(row);
    return !row.dirty;
  }

  /** Removes a room's row. Resolves when it is gone, or when that has to wait. */
  async remove(roomId: string): Promise<boolean> {
    const row = this.#rows.get(roomId);
    if (row === undefined) return false;
    this.#rows.delete(roomId);
    this.#removals.set(roomId, row.epoch);
    await row.sending;
    return this.#sendRemoval(roomId, row.epoch);
  }

  async removeAll(): Promise<void> {
    for (const { roomId, epoch } of this.#rows.values()) this.#removals.set(roomId, epoch);
    this.#rows.clear();
    await this.settle();
  }

  /** Sends what Redis does not have. Never rejects. */
  settle(): Promise<void> {
    this.#draining ??= this.#drain().finally(() => (this.#draining = undefined));
    return this.#draining;
  }

  /** Sends every row: Redis may have lost any of them. */
  restore(): Promise<void> {
    for (const row of this.#rows.values()) row.dirty = true;
    return this.settle();
  }

  /**
   * Compares how many rows Redis has of this node with how many there are, or if `isThorough` which, and mends both
   * ways: a row that somebody else removed, and one that a late write brought back.
   */
  async audit(isThorough: boolean): Promise<void> {
    const expected = new Set(this.#rows.keys());
    const args = [this.#lease.processId, isThorough ? -1 : expected.size];
    const ids = (await this.#redis.run((client) => SCRIPTS.audit.run(client, [], args)).catch(() => null)) as
      string[] | null;
    if (ids === null) return;
    for (const id of ids) {
      if (expected.delete(id) || this.#rows.has(id) || this.#inserting.has(id)) continue;
      this.#removals.set(id, Number.MAX_SAFE_INTEGER);
    }
    for (const id of expected) {
      const row = this.#rows.get(id);
      if (row !== undefined) row.dirty = true;
    }
    await this.settle();
  }

  #encode(row: OwnedRow, listing: RoomRow): void {
    const { entry, buckets } = fileRoom(listing, this.#rules(listing.name));
    const head = [row.epoch, ++this.#revision, this.#lease.processId, listing.name, entry, buckets] as const;
    row.value = writeRow([...head], listing);
  }

  /** One write of a row at a time; whoever comes meanwhile waits for the one after it. */
  #send(row: OwnedRow): Promise<void> {
    if (row.next !== undefined) return row.next;
    if (row.sending === undefined) return (row.sending = this.#sendNow(row));
    row.next = row.sending.then(() => {
      row.next = undefined;
      return (row.sending = this.#sendNow(row));
    });
    return row.next;
  }

  async #sendNow(row: OwnedRow): Promise<void> {
    const { roomId, value } = row;
    try {
      if (this.#rows.get(roomId) !== row) return;
      const written = await this.#redis.run((client) => SCRIPTS.write.run(client, [], [roomId, value]));
      if (written !== 1) this.#lose(row);
      else if (row.value === value) row.dirty = false;
    } catch (error) {
      this.#failed(error, roomId);
    } finally {
      row.sending = undefined;
    }
  }

  async #sendRemoval(roomId: string, epoch: number): Promise<boolean> {
    try {
      const removed = await this.#redis.run((client) =>
        SCRIPTS.remove.run(client, [], [roomId, this.#lease.processId, epoch]),
      );
      this.#removals.delete(roomId);
      return removed === 1;
    } catch (error) {
      this.#failed(error, roomId);
      return false;
    }
  }

  async #drain(): Promise<void> {
    const removals = [...this.#removals].map(
      ([roomId, epoch]) =>
        () =>
          this.#sendRemoval(roomId, epoch),
    );
    const dirty = [...this.#rows.values()].filter((row) => row.dirty).map((row) => () => this.#send(row));
    const tasks: (() => Promise<unknown>)[] = [...removals, ...dirty];
    for (let i = 0; i < tasks.length && this.#redis.health.available; i += SENT_AT_ONCE) {
      await Promise.all(tasks.slice(i, i + SENT_AT_ONCE).map((task) => task()));
    }
  }

  #lose(row: OwnedRow): void {
    if (this.#rows.get(row.roomId) !== row) return;
    this.#rows.delete(row.roomId);
    this.#log?.warn({ roomId: row.roomId, epoch: row.epoch }, 'room is listed as another node’s');
    this.#onRoomLost?.(row.roomId);
  }

  /** Redis being away is told once, where it is noticed; anything else is a fault of ours. */
  #failed(error: unknown, roomId: string): void {
    if (error instanceof RedisUnavailableError) return;
    this.#log?.warn({ roomId, error: (error as Error).message }, 'row not written');
  }
}
