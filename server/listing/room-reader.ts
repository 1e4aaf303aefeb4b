import type { SortOptions } from '@colyseus/core';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { bucketFor, isFiledOrder } from './join-index.ts';
import type { JoinRules } from './join-index.ts';
import { namedKey, openKey, ownedKey, ROOMS_KEY, SCRIPTS } from './listing-scripts.ts';
import { asksForOpenRoom, isOpen, matches, readRow, sortRows } from './room-row.ts';
import type { Conditions, RoomRow } from './room-row.ts';

/** Rows read and parsed in one go; between two of them the event loop is free for the rooms. */
const ROWS_AT_ONCE = 200;

/**
 * Reads the listing. A join costs one command and one row, however many rooms there are. Other queries read what they
 * name (a room, a name, a node) or, when they name nothing, everything, in portions.
 *
 * Everything here throws RedisUnavailableError; nothing of a failed query is kept.
 */
export class RoomReader {
  readonly #redis: RedisConnection;
  readonly #rules: (name: string) => JoinRules;

  constructor(redis: RedisConnection, rules: (name: string) => JoinRules) {
    this.#redis = redis;
    this.#rules = rules;
  }

  async has(roomId: string): Promise<boolean> {
    return (await this.#redis.run((client) => client.hexists(ROOMS_KEY, roomId))) === 1;
  }

  async byId(roomId: string): Promise<RoomRow | undefined> {
    const value = await this.#redis.run((client) => client.hget(ROOMS_KEY, roomId));
    return value === null ? undefined : readRow(value);
  }

  async byIds(roomIds: readonly string[]): Promise<RoomRow[]> {
    const rows: RoomRow[] = [];
    for (let i = 0; i < roomIds.length; i += ROWS_AT_ONCE) {
      const ids = roomIds.slice(i, i + ROWS_AT_ONCE);
      const values = await this.#redis.run((client) => client.hmget(ROOMS_KEY, ...ids));
      for (const value of values) if (value !== null) rows.push(readRow(value));
    }
    return rows;
  }

  /** @param passOver ids of rooms that are not wanted */
  async findOne(conditions: Conditions, order: SortOptions | undefined, passOver: readonly string[]) {
    if (typeof conditions['roomId'] === 'string') {
      const row = await this.byId(conditions['roomId']);
      return row !== undefined && matches(row, conditions) ? row : undefined;
    }
    if (!asksForOpenRoom(conditions)) return (await this.query(conditions, order))[0];
    return this.#openRoom(conditions, order, passOver);
  }

  async query(conditions: Conditions, order: SortOptions | undefined): Promise<RoomRow[]> {
    const { roomId, processId, name } = conditions;
    const rows = new Map<string, RoomRow>(); // a scan may name one twice
    const take = (row: RoomRow): unknown => matches(row, conditions) && rows.set(row.roomId, row);
    if (typeof roomId === 'string') (await this.byIds([roomId])).forEach(take);
    else if (typeof processId === 'string') await this.#ofSet(ownedKey(processId), take);
    else if (typeof name === 'string') await this.#ofSet(namedKey(name), take);
    else await this.#all(take);
    return sortRows([...rows.values()], order);
  }

  async #openRoom(conditions: Conditions, order: SortOptions | undefined, passOver: readonly string[]) {
    const rules = this.#rules(conditions['name'] as string);
    const place = bucketFor(conditions, rules);
    if (place === undefined) return undefined;
    const isFiled = isFiledOrder(order, rules);
    if (isFiled && Object.keys(place.rest).length === 0) {
      const args = [place.bucket, ...passOver];
      const value = (await this.#redis.run((client) => SCRIPTS.find.run(client, [], args))) as string | null;
      return value === null ? undefined : readRow(value);
    }
    const found: RoomRow[] = [];
    for (let from = 0; ; from += ROWS_AT_ONCE) {
      const entries = await this.#redis.run((client) =>
        client.zrange(openKey(place.bucket), from, from + ROWS_AT_ONCE - 1),
      );
      const ids = entries.map((entry) => entry.slice(entry.indexOf(':') + 1)).filter((id) => !passOver.includes(id));
      for (const row of await this.byIds(ids)) if (isOpen(row) && matches(row, conditions)) found.push(row);
      if (entries.length < ROWS_AT_ONCE || (isFiled && found.length > 0))
        return sortRows(found, isFiled ? undefined : order)[0];
    }
  }

  async #ofSet(key: string, take: (row: RoomRow) => unknown): Promise<void> {
    let cursor = '0';
    do {
      const at = cursor;
      const [next, ids] = await this.#redis.run((client) => client.sscan(key, at, 'COUNT', ROWS_AT_ONCE));
      for (const row of await this.byIds(ids)) take(row);
      cursor = next;
    } while (cursor !== '0');
  }

  async #all(take: (row: RoomRow) => unknown): Promise<void> {
    let cursor = '0';
    do {
      const at = cursor;
      const [next, pairs] = await this.#redis.run((client) => client.hscan(ROOMS_KEY, at, 'COUNT', ROWS_AT_ONCE));
      for (let i = 1; i < pairs.length; i += 2) take(readRow(pairs[i]!));
      cursor = next;
    } while (cursor !== '0');
  }
}
