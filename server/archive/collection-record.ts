import type { ArchiveReader, ArchiveWriter, ReadValue } from './archive-bytes.ts';
import { badBytes, Head } from './archive-bytes.ts';
import { ArchiveError } from './archive-error.ts';
import type { CollectionKind } from './schema-storage.ts';

/** An element is told from others by its key and index in a map, its index in a set, itself or its place in an array. */
export class CollectionRecord {
  readonly kind: CollectionKind;
  /** Whether `values` are ids of instances. */
  readonly holdsRefs: boolean;
  /** Of a map. */
  keys: string[] = [];
  /** Of all but arrays. */
  indexes: number[] = [];
  values: ReadValue[] = [];
  /** The index of what is added next; of all but arrays. */
  nextIndex = 0;

  constructor(kind: CollectionKind, holdsRefs: boolean) {
    this.kind = kind;
    this.holdsRefs = holdsRefs;
  }

  /** Whether the element at `i` is the one at `j` of another record of the collection, with the same value or another. */
  isSame(i: number, other: CollectionRecord, j: number): boolean {
    switch (this.kind) {
      case 'map':
        return this.keys[i] === other.keys[j] && this.indexes[i] === other.indexes[j];
      case 'array':
        return this.holdsRefs ? this.values[i] === other.values[j] : i === j;
      default:
        return this.indexes[i] === other.indexes[j];
    }
  }

  push(key: string | undefined, index: number, value: ReadValue): void {
    if (this.kind === 'map') this.keys.push(key!);
    if (this.kind !== 'array') this.indexes.push(index);
    this.values.push(value);
  }
}

/**
 * The difference between two records of a collection: the places of those that are gone, then the places (as they are
 * then) and values of those that have another one, then those that were added behind, and the next index. Whatever happened
 * to the order, this tells it, at worst as everything gone and added again.
 */
export function writeCollection(out: ArchiveWriter, before: CollectionRecord, now: CollectionRecord): void {
  const gone: number[] = [];
  const replaced: number[] = [];
  let kept = 0;
  for (let i = 0; i < before.values.length; i++) {
    if (kept >= now.values.length || !before.isSame(i, now, kept)) {
      gone.push(i);
      continue;
    }
    if (!Object.is(before.values[i], now.values[kept])) replaced.push(kept);
    kept++;
  }
  out.varint(gone.length);
  let last = 0;
  for (const place of gone) {
    out.varint(place - last);
    last = place;
  }
  out.varint(replaced.length);
  last = 0;
  for (const place of replaced) {
    out.varint(place - last);
    writeElement(out, now, place);
    last = place;
  }
  out.varint(now.values.length - kept);
  for (let i = kept; i < now.values.length; i++) {
    if (now.kind === 'map') out.text(now.keys[i]!);
    if (now.kind !== 'array') out.varint(now.indexes[i]!);
    writeElement(out, now, i);
  }
  if (now.kind !== 'array') out.varint(now.nextIndex);
}

function writeElement(out: ArchiveWriter, { kind, holdsRefs, values }: CollectionRecord, place: number): void {
  const value = values[place];
  if (holdsRefs && typeof value === 'number') out.varint(value);
  else if (holdsRefs || value === undefined || value === null || !out.value(value)) {
    throw new ArchiveError(
      'unsupported',
      `an element of a ${kind} that is nothing which it can hold: a ${typeof value}`,
    );
  }
}

/** Changes the record to what {@link writeCollection} had for `now`. */
export function readCollection(from: ArchiveReader, record: CollectionRecord): void {
  const gone = new Set<number>();
  const goneCount = from.count();
  let place = 0;
  for (let i = 0; i < goneCount; i++) {
    place += from.varint();
    if (place >= record.values.length || gone.has(place)) throw badBytes('an element that is not there');
    gone.add(place);
  }
  if (gone.size > 0) {
    const stays = (_: unknown, i: number): boolean => !gone.has(i);
    record.keys = record.keys.filter(stays);
    record.indexes = record.indexes.filter(stays);
    record.values = record.values.filter(stays);
  }
  const replacedCount = from.count();
  place = 0;
  for (let i = 0; i < replacedCount; i++) {
    place += from.varint();
    if (place >= record.values.length) throw badBytes('an element that is not there');
    record.values[place] = readElement(from, record);
  }
  const addedCount = from.count();
  for (let i = 0; i < addedCount; i++) {
    const key = record.kind === 'map' ? from.text() : undefined;
    const index = record.kind === 'array' ? 0 : from.varint();
    record.push(key, index, readElement(from, record));
  }
  if (record.kind !== 'array') record.nextIndex = from.varint();
}

function readElement(from: ArchiveReader, { holdsRefs }: CollectionRecord): ReadValue {
  if (holdsRefs) return from.varint();
  const value = from.value();
  if (from.head === Head.Ref || value === undefined || value === null) throw badBytes('an element that is no value');
  return value;
}
