import { createHash } from 'node:crypto';
import type { SortOptions } from '@colyseus/core';
import { fieldOf, isAscending, isOpen } from './room-row.ts';
import type { Conditions, RoomRow } from './room-row.ts';

/** What a room definition says of joins: the fields of its `filterBy`, the order of its `sortBy`. */
export interface JoinRules {
  filterBy: readonly string[];
  sortBy: SortOptions | undefined;
}

/**
 * A join may give any of the fields of `filterBy` and leave out others, so an open room is filed once under each subset
 * of them: 2^n times. Fields past this many are not filed under; a join that gives them looks through the rest.
 */
export const MAX_FILED_FIELDS = 4;

/** Rooms that a join prefers alike are taken in the order in which they were made. */
const DEFAULT_ORDER: SortOptions = { createdAt: 1 };

/** Where an open room is filed, and as what. */
export interface Filing {
  entry: string;
  buckets: string[];
}

const CLOSED: Filing = { entry: '', buckets: [] };

export function fileRoom(row: RoomRow, rules: JoinRules): Filing {
  if (!isOpen(row)) return CLOSED;
  const fields = filedFields(rules).filter((field) => isFilable(fieldOf(row, field)));
  const buckets: string[] = [];
  for (let subset = 0; subset < 1 << fields.length; subset++) {
    const chosen = fields.filter((_, i) => (subset & (1 << i)) !== 0);
    buckets.push(bucketName(row.name, chosen, (field) => fieldOf(row, field)));
  }
  return { entry: `${sortKey(row, rules.sortBy)}:${row.roomId}`, buckets };
}

/**
 * The bucket in which a join finds its room.
 * @returns also what the bucket does not vouch for and has to be looked at in each row; undefined when no room can match
 */
export function bucketFor(conditions: Conditions, rules: JoinRules): { bucket: string; rest: Conditions } | undefined {
  const filed = filedFields(rules);
  const chosen = filed.filter((field) => Object.hasOwn(conditions, field));
  if (chosen.some((field) => !isFilable(conditions[field]))) return undefined;
  const vouchedFor = new Set(['name', 'locked', 'private', ...chosen]);
  const rest = Object.fromEntries(Object.entries(conditions).filter(([field]) => !vouchedFor.has(field)));
  return { bucket: bucketName(conditions['name'] as string, chosen, (field) => conditions[field]), rest };
}

/** Whether buckets are in the order asked for. */
export function isFiledOrder(order: SortOptions | undefined, rules: JoinRules): boolean {
  const asked = Object.entries(order ?? {});
  if (asked.length === 0) return true;
  const filed = Object.entries(rules.sortBy ?? {});
  return (
    asked.length === filed.length &&
    asked.every(([field, direction], i) => {
      const [filedField, filedDirection] = filed[i]!;
      return field === filedField && isAscending(direction) === isAscending(filedDirection);
    })
  );
}

const filedFields = (rules: JoinRules): string[] => rules.filterBy.slice(0, MAX_FILED_FIELDS).toSorted();

/** An object never equals another one, so no join can ask for it. */
const isFilable = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || value === null || Number.isFinite(value);

function bucketName(name: string, fields: readonly string[], valueOf: (field: string) => unknown): string {
  const text = JSON.stringify([name, ...fields.map((field) => [field, valueOf(field)])]);
  // Clients choose the values, and keys should not grow with them.
  return text.length <= 200 ? text : createHash('sha256').update(text).digest('hex');
}

/** Most characters of a text that count when rooms are sorted by it. */
const MAX_KEY_CHARACTERS = 32;

/** A text whose order, byte by byte, is the order asked for. */
function sortKey(row: RoomRow, order: SortOptions | undefined): string {
  const fields = Object.entries(order ?? {});
  let key = '';
  for (const [field, direction] of fields.length > 0 ? fields : Object.entries(DEFAULT_ORDER)) {
    key += keyPart(fieldOf(row, field), isAscending(direction));
  }
  return key;
}

function keyPart(value: unknown, ascending: boolean): string {
  const comparable = value instanceof Date ? value.getTime() : typeof value === 'boolean' ? Number(value) : value;
  if (typeof comparable === 'number') return `n${turned(numberKey(comparable), ascending)}`;
  if (typeof comparable === 'string') return `s${turned(textKey(comparable), ascending)}`;
  return 'z'; // nothing to compare: after all others, whichever way they are sorted
}

/** The 64 bits of a double sort like it once the sign is turned, and all of them are for a negative one. */
function numberKey(value: number): string {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const sortable = raw >> 63n === 1n ? ~raw & 0xffff_ffff_ffff_ffffn : raw | (1n << 63n);
  return sortable.toString(16).padStart(16, '0');
}

const textKey = (text: string): string => {
  let key = '';
  for (let i = 0; i < MAX_KEY_CHARACTERS; i++) {
    key += (i < text.length ? text.charCodeAt(i) : 0).toString(16).padStart(4, '0');
  }
  return key;
};

/** Hexadecimal digits, each taken from 15 for the other direction. */
const turned = (digits: string, ascending: boolean): string =>
  ascending ? digits : digits.replaceAll(/./g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));
