import type { ChangeTree } from '@colyseus/schema';
import type { Watched } from '../../shared/live/watched.ts';
import type { ArchiveWriter, ReadValue } from './archive-bytes.ts';
import { Archive } from './archive-format.ts';
import type { ToldCounts } from './counted-fields.ts';
import { type CountedInstance, tellCounted, writeWholeCounted } from './counted-instance.ts';
import { CollectionRecord, writeCollection } from './collection-record.ts';
import { hasBit, writeFields } from './instance-record.ts';
import {
  type ArrayStorage,
  holdsRefs,
  idOf,
  type IndexedStorage,
  type MapStorage,
  placesOf,
  refIdOf,
  treeOf,
} from './schema-storage.ts';
import type { StoredClass } from './state-shape.ts';

/** An instance of a class: what it holds now, and what it held with the last delta. */
export interface TrackedInstance {
  readonly refId: number;
  readonly tree: ChangeTree;
  readonly klass: StoredClass;
  readonly values: readonly unknown[];
  /** Of a field that refers to something, its id; of one that is compared by its count, anything. */
  readonly told: unknown[];
  /** Of its class. */
  readonly counts: ToldCounts | undefined;
  /** While its live fields are compared by their counts: those that assignments keep. */
  watched: Watched | undefined;
  /** Where those that were told begin, while they are. */
  base: number;
  edges: number[] | undefined;
  isGone: boolean;
}

export interface TrackedCollection {
  readonly refId: number;
  readonly tree: ChangeTree;
  readonly klass: undefined;
  readonly storage: object;
  told: CollectionRecord;
  /** Of a map: the indexes by key, as an object, when it was told. Schema makes another one where they begin anew. */
  indexesTold: object | undefined;
  edges: number[] | undefined;
  isGone: boolean;
}

export type Tracked = TrackedInstance | TrackedCollection;

const NO_VALUES: readonly unknown[] = [];

/**
 * Hot: once an instance and delta. Nothing is allocated where nothing changed.
 * @param out gets what changed; without one it is only taken notice of
 * @returns whether anything did
 */
export function tellInstance(out: ArchiveWriter | undefined, each: TrackedInstance): boolean {
  const { watched } = each;
  if (watched !== undefined) {
    if (watched.isWhole) return tellCounted(out, each as CountedInstance);
    uncount(each);
  }
  const { klass, values, told } = each;
  const { isRef } = klass;
  let low = 0;
  let high = 0;
  for (let i = 0; i < isRef.length; i++) {
    const value = values[i];
    const now = isRef[i] === true ? idOf(value) : value;
    if (Object.is(now, told[i])) continue;
    if (i < 32) low |= 1 << i;
    else high |= 1 << (i - 32);
  }
  if ((low | high) === 0) {
    count(each);
    return false;
  }
  const before = out === undefined ? NO_VALUES : told.slice();
  for (let i = 0; i < isRef.length; i++) {
    if (hasBit(low, high, i)) told[i] = isRef[i] === true ? idOf(values[i]) : values[i];
  }
  if (out !== undefined) {
    out.varint(2 * each.refId + Archive.Changed);
    writeFields(out, klass, told, before, low, high);
  }
  count(each);
  return true;
}

/** From now on its live fields are compared by their counts, if those say all that it holds. */
function count(each: TrackedInstance): void {
  const place = each.counts?.begin(each.tree.ref as object, each.values);
  if (place === undefined) return;
  each.watched = place.watched;
  each.base = place.base;
}

/** From now on all of its values are compared. */
function uncount(each: TrackedInstance): void {
  const { counts, told, base } = each as CountedInstance;
  counts.counted.fields.forEach((field, i) => (told[field.index] = field.fromQuanta(counts.counts[base + i]!)));
  release(each);
}

/** Of one that goes: nothing is to be compared any more. */
export function release(each: TrackedInstance): void {
  if (each.watched === undefined) return;
  each.counts!.end(each.base);
  each.watched = undefined;
}

/** Hot: once a collection and delta, as {@link tellInstance}. */
export function tellCollection(out: ArchiveWriter | undefined, each: TrackedCollection): boolean {
  const { storage, told } = each;
  if (isUnchanged(each)) return false;
  const now = readStorage(storage, new CollectionRecord(told.kind, holdsRefs(storage)));
  each.told = now;
  each.indexesTold = now.kind === 'map' ? (storage as MapStorage).journal.indexByKey : undefined;
  if (out !== undefined) {
    out.varint(2 * each.refId + Archive.Changed);
    writeCollection(out, told, now);
  }
  return true;
}

function isUnchanged({ storage, told, indexesTold }: TrackedCollection): boolean {
  const { values, keys, indexes } = told;
  let i = 0;
  switch (told.kind) {
    case 'array': {
      const { items } = storage as ArrayStorage;
      if (items.length !== values.length) return false;
      for (; i < items.length; i++) if (!Object.is(elementOf(told, items[i]), values[i])) return false;
      return true;
    }
    case 'map': {
      const { $items, journal } = storage as MapStorage;
      const { indexByKey } = journal;
      if ($items.size !== values.length || journal.nextIndex !== told.nextIndex) return false;
      // None was given since: those that are there have the indexes that they had.
      const areIndexesSame = indexByKey === indexesTold;
      for (const [key, value] of $items) {
        if (key !== keys[i] || !Object.is(elementOf(told, value), values[i])) return false;
        if (!areIndexesSame && indexByKey[key] !== indexes[i]) return false;
        i++;
      }
      return true;
    }
    default: {
      const { $items, $refId } = storage as IndexedStorage;
      if ($items.size !== values.length || $refId !== told.nextIndex) return false;
      for (const [index, value] of $items) {
        if (index !== indexes[i] || !Object.is(elementOf(told, value), values[i++])) return false;
      }
      return true;
    }
  }
}

function readStorage(storage: object, record: CollectionRecord): CollectionRecord {
  switch (record.kind) {
    case 'array':
      for (const value of (storage as ArrayStorage).items) record.push(undefined, 0, elementOf(record, value));
      return record;
    case 'map': {
      const { $items, journal } = storage as MapStorage;
      for (const [key, value] of $items) record.push(key, journal.indexByKey[key]!, elementOf(record, value));
      record.nextIndex = journal.nextIndex;
      return record;
    }
    default: {
      const { $items, $refId } = storage as IndexedStorage;
      for (const [index, value] of $items) record.push(undefined, index, elementOf(record, value));
      record.nextIndex = $refId;
      return record;
    }
  }
}

const elementOf = (record: CollectionRecord, value: unknown): ReadValue =>
  record.holdsRefs ? idOf(value) : (value as ReadValue);

/** @returns whether they are others than those that were told */
export function tellEdges(each: Tracked): boolean {
  const { extraParents, ref } = each.tree;
  const edges =
    extraParents &&
    placesOf(ref as object).flatMap(([parent, index]) => {
      const refId = treeOf(parent).root === undefined ? undefined : refIdOf(parent);
      return refId === undefined ? [] : [refId, index];
    });
  if (String(edges) === String(each.edges)) return false;
  each.edges = edges;
  return true;
}

export function writeEdges(out: ArchiveWriter, { refId, edges = [] }: Tracked): void {
  out.varint(refId + 1);
  out.varint(edges.length / 2);
  for (const each of edges) out.varint(each);
}

export function writeWhole(out: ArchiveWriter, each: Tracked): void {
  out.varint(2 * each.refId + Archive.Whole);
  if (each.klass === undefined) {
    const { told } = each;
    out.varint(2 * Archive.collections.indexOf(told.kind) + (told.holdsRefs ? 1 : 0));
    writeCollection(out, new CollectionRecord(told.kind, told.holdsRefs), told);
    return;
  }
  out.varint(2 * Archive.collections.length + each.klass.index);
  if (each.watched !== undefined) {
    writeWholeCounted(out, each as CountedInstance);
    return;
  }
  let low = 0;
  let high = 0;
  each.told.forEach((value, i) => {
    if (value === undefined) return;
    if (i < 32) low |= 1 << i;
    else high |= 1 << (i - 32);
  });
  writeFields(out, each.klass, each.told, NO_VALUES, low, high);
}
