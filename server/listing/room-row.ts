import { initializeRoomCache } from '@colyseus/core';
import type { IRoomCache, SortOptions } from '@colyseus/core';

/** A room as the listing shows it. */
export interface RoomRow extends IRoomCache {
  /** Counts the room's owners: 1 for the one that created it, one more for each that took it over. */
  epoch?: number;
}

/** What a query may ask for: fields of the row, or of its metadata. */
export type Conditions = Readonly<Record<string, unknown>>;

const has = (object: unknown, field: string): boolean =>
  typeof object === 'object' && object !== null && Object.hasOwn(object, field);

/** A row's own field, or else that of its metadata: what conditions and sort orders name. */
export function fieldOf(row: RoomRow, field: string): unknown {
  const values = row as unknown as Record<string, unknown>;
  if (has(values, field)) return values[field];
  return has(row.metadata, field) ? (row.metadata as Record<string, unknown>)[field] : undefined;
}

/** Whether a row has all that is asked for. A field that the row lacks is never what was asked for. */
export function matches(row: RoomRow, conditions: Conditions): boolean {
  for (const field of Object.keys(conditions)) {
    if (!has(row, field) && !has(row.metadata, field)) return false;
    if (fieldOf(row, field) !== conditions[field]) return false;
  }
  return true;
}

/** Whether a join by name may end up in the room. A full room is not open, locked or not. */
export function isOpen(row: RoomRow): boolean {
  return !row.locked && !row.private && row.clients < (row.maxClients ?? Infinity);
}

/** Whether a query is that of a join: for one open room of a name. */
export function asksForOpenRoom(conditions: Conditions): boolean {
  return typeof conditions['name'] === 'string' && conditions['locked'] === false && conditions['private'] === false;
}

export const isAscending = (direction: SortOptions[string]): boolean =>
  direction === 1 || direction === 'asc' || direction === 'ascending';

/** Puts rows in the order asked for; rows that are equal in it stay as they were. */
export function sortRows<R extends RoomRow>(rows: R[], order: SortOptions | undefined): R[] {
  const fields = Object.entries(order ?? {});
  if (fields.length === 0) return rows;
  return rows.sort((one, other) => {
    for (const [field, direction] of fields) {
      const a = fieldOf(one, field) as number;
      const b = fieldOf(other, field) as number;
      if (a > b) return isAscending(direction) ? 1 : -1;
      if (a < b) return isAscending(direction) ? -1 : 1;
    }
    return 0;
  });
}

/** What Redis keeps in front of a row, for the scripts: see scripts/rows.lua. */
export type RowHead = [
  epoch: number,
  revision: number,
  processId: string,
  name: string,
  entry: string,
  buckets: readonly string[],
];

/** @throws {TypeError} the metadata is not JSON */
export function writeRow(head: RowHead, row: RoomRow): string {
  return `${JSON.stringify(head)}\n${JSON.stringify(row)}`;
}

export function readRow(value: string): RoomRow {
  const row = JSON.parse(value.slice(value.indexOf('\n') + 1)) as RoomRow;
  // JSON has no infinity and writes null.
  row.maxClients ??= Infinity;
  if (row.createdAt !== undefined) row.createdAt = new Date(row.createdAt);
  return initializeRoomCache(row);
}
