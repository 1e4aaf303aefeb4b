import { crc32 } from 'node:zlib';
import type { ChangeTree, Encoder } from '@colyseus/schema';
import { forEachRef, watchRefs } from '../../shared/schema/attached.ts';
import { ArchiveWriter, type ReadValue } from './archive-bytes.ts';
import { Archive, type Line, startOf } from './archive-format.ts';
import { ArchiveError } from './archive-error.ts';
import { CollectionRecord, writeCollection } from './collection-record.ts';
import { hasBit, writeFields } from './instance-record.ts';
import {
  type ArrayStorage,
  collectionKindOf,
  holdsRefs,
  type IndexedStorage,
  type MapStorage,
  nextRefId,
  placesOf,
  refIdOf,
  type SchemaClass,
  storageOf,
  treeOf,
  valuesOf,
} from './schema-storage.ts';
import { writeShape } from './shape-bytes.ts';
import { type StoredClass, StateShape } from './state-shape.ts';

/** An instance of a class: what it holds now, and what it held with the last delta. */
interface TrackedInstance {
  readonly refId: number;
  readonly tree: ChangeTree;
  readonly klass: StoredClass;
  readonly values: readonly unknown[];
  /** Of a field that refers to something, its id. */
  readonly told: unknown[];
  edges: number[] | undefined;
  isGone: boolean;
}

interface TrackedCollection {
  readonly refId: number;
  readonly tree: ChangeTree;
  readonly klass: undefined;
  readonly storage: object;
  told: CollectionRecord;
  edges: number[] | undefined;
  isGone: boolean;
}

type Tracked = TrackedInstance | TrackedCollection;

const NO_VALUES: readonly unknown[] = [];

/**
 * Writes down the state of a running room: the whole of it ({@link snapshot}), and what became of it since
 * ({@link delta}). It compares what is there with what it told last, so that it needs to know nothing of what was
 * assigned, in what way, and who of the clients sees it: all fields are in it, those that are unreliable, untracked or only
 * some views' as well. What an instance has beside its Schema fields is not.
 *
 * A snapshot says what the deltas up to it say together: it can stand in for them, and they for it.
 */
export class StateRecorder {
  readonly #encoder: Encoder;
  readonly #shape: StateShape;
  readonly #shapeBytes: Uint8Array;
  readonly #room: string;
  readonly #tracked = new Map<number, Tracked>();
  /** Those that became part of the state since the last delta. */
  #born = new Map<number, Tracked>();
  #gone: Tracked[] = [];
  readonly #out = new ArchiveWriter();
  #line: Line;
  #nextRefId: number;
  /** What was thrown on the way: what was told last is not known any more. */
  #failure: Error | undefined;

  /**
   * @param room its id: bytes of another room are found out
   * @param line of the replay that the state came from, if it did
   * @throws {ArchiveError} `unsupported`: the state has streams, or types that an application made itself
   */
  constructor(encoder: Encoder, room: string, line: Line = startOf(room)) {
    this.#encoder = encoder;
    this.#room = room;
    this.#line = line;
    this.#shape = StateShape.of((encoder.state as object).constructor as SchemaClass);
    this.#shapeBytes = writeShape(this.#shape);
    forEachRef(encoder, (instance, refId) => this.#add(instance, refId));
    watchRefs(
      encoder,
      (instance, refId) => this.#add(instance, refId),
      (_, refId) => this.#remove(refId),
    );
    this.#tell(undefined);
    this.#nextRefId = nextRefId(encoder);
  }

  /** Of the last delta. */
  get line(): Line {
    return this.#line;
  }

  /**
   * What became of the state since the last one. Call it between two ticks, as often as the journal is written: it costs as
   * much as there is in the state, and the bytes as much as changed.
   * @returns undefined where nothing did
   * @throws {ArchiveError} `unsupported`: a field holds what no field can; no delta can be told any more
   */
  delta(): Uint8Array | undefined {
    const out = this.#out;
    out.offset = 0;
    out.byte(Archive.Delta);
    out.byte(Archive.Version);
    out.varint(this.#line.number + 1);
    const next = nextRefId(this.#encoder);
    const hasChanged = this.#tellWhole(out);
    if (!hasChanged && next === this.#nextRefId) return undefined;
    out.varint(next);
    this.#nextRefId = next;
    const check = crc32(out.written, this.#line.check);
    out.u32(check);
    this.#line = { number: this.#line.number + 1, check };
    return out.take();
  }

  /** The state as it was with the last delta. */
  snapshot(): Uint8Array {
    if (this.#failure !== undefined) throw this.#failure;
    const out = this.#out;
    out.offset = 0;
    out.byte(Archive.Snapshot);
    out.byte(Archive.Version);
    out.varint(this.#line.number);
    out.u32(this.#line.check);
    out.bytes(this.#shapeBytes);
    for (const each of this.#tracked.values()) writeWhole(out, each);
    out.varint(0);
    for (const each of this.#tracked.values()) if (each.edges !== undefined) writeEdges(out, each);
    out.varint(0);
    out.varint(this.#nextRefId);
    out.u32(crc32(out.written, startOf(this.#room).check));
    return out.take();
  }

  #tellWhole(out: ArchiveWriter): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return this.#tell(out);
    } catch (error) {
      throw (this.#failure = error as Error);
    }
  }

  /**
   * Takes notice of all that changed.
   * @param out gets it, in the order of a delta
   * @returns whether anything did
   */
  #tell(out: ArchiveWriter | undefined): boolean {
    const gone = this.#gone.filter(({ isGone, refId }) => isGone && this.#tracked.delete(refId));
    this.#gone = [];
    if (out !== undefined) {
      out.varint(gone.length);
      for (const { refId } of gone) out.varint(refId);
    }
    let any = gone.length > 0;
    for (const each of this.#tracked.values()) {
      if (each.klass === undefined ? tellCollection(out, each) : tellInstance(out, each)) any = true;
    }
    if (this.#born.size > 0) {
      any = true;
      for (const each of this.#born.values()) {
        if (each.klass === undefined) tellCollection(undefined, each);
        else tellInstance(undefined, each);
        if (out !== undefined) writeWhole(out, each);
        this.#tracked.set(each.refId, each);
      }
      this.#born = new Map();
    }
    out?.varint(0);
    for (const each of this.#tracked.values()) {
      if (each.edges === undefined && each.tree.extraParents === undefined) continue;
      if (!tellEdges(each)) continue;
      any = true;
      if (out !== undefined) writeEdges(out, each);
    }
    out?.varint(0);
    return any;
  }

  #add(instance: object, refId: number): void {
    const known = this.#tracked.get(refId);
    // It went, and came back before anything was told.
    if (known !== undefined && known.tree.ref === instance) known.isGone = false;
    else this.#born.set(refId, this.#track(instance, refId));
  }

  #remove(refId: number): void {
    this.#born.delete(refId);
    const known = this.#tracked.get(refId);
    if (known === undefined || known.isGone) return;
    known.isGone = true;
    this.#gone.push(known);
  }

  #track(instance: object, refId: number): Tracked {
    const tree = treeOf(instance);
    const common = { refId, tree, edges: undefined, isGone: false };
    const kind = collectionKindOf(instance);
    if (kind !== undefined) {
      const storage = storageOf(instance);
      return { ...common, klass: undefined, storage, told: new CollectionRecord(kind, holdsRefs(storage)) };
    }
    const index = this.#shape.indexOf(instance.constructor);
    if (index === undefined) {
      const message = `${instance.constructor.name} is no class that the state declares, nor one that extends such a class`;
      throw new ArchiveError('unsupported', message);
    }
    const klass = this.#shape.classes[index]!;
    return { ...common, klass, values: valuesOf(instance), told: klass.fields.map(() => undefined) };
  }
}

/** Hot: once an instance and delta. Nothing is allocated where nothing changed. */
function tellInstance(out: ArchiveWriter | undefined, each: TrackedInstance): boolean {
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
  if ((low | high) === 0) return false;
  const before = out === undefined ? NO_VALUES : told.slice();
  for (let i = 0; i < isRef.length; i++) {
    if (hasBit(low, high, i)) told[i] = isRef[i] === true ? idOf(values[i]) : values[i];
  }
  if (out !== undefined) {
    out.varint(2 * each.refId + Archive.Changed);
    writeFields(out, klass, told, before, low, high);
  }
  return true;
}

const idOf = (instance: unknown): number | undefined | null =>
  instance === undefined || instance === null ? instance : refIdOf(instance);

/** Hot: once a collection and delta. Nothing is allocated where nothing changed. */
function tellCollection(out: ArchiveWriter | undefined, each: TrackedCollection): boolean {
  const { storage, told } = each;
  if (isUnchanged(storage, told)) return false;
  const now = readStorage(storage, new CollectionRecord(told.kind, holdsRefs(storage)));
  each.told = now;
  if (out !== undefined) {
    out.varint(2 * each.refId + Archive.Changed);
    writeCollection(out, told, now);
  }
  return true;
}

function isUnchanged(storage: object, told: CollectionRecord): boolean {
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
      if ($items.size !== values.length || journal.nextIndex !== told.nextIndex) return false;
      for (const [key, value] of $items) {
        if (key !== keys[i] || !Object.is(elementOf(told, value), values[i])) return false;
        if (journal.indexByKey[key] !== indexes[i++]) return false;
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
function tellEdges(each: Tracked): boolean {
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

function writeEdges(out: ArchiveWriter, { refId, edges = [] }: Tracked): void {
  out.varint(refId + 1);
  out.varint(edges.length / 2);
  for (const each of edges) out.varint(each);
}

function writeWhole(out: ArchiveWriter, each: Tracked): void {
  out.varint(2 * each.refId + Archive.Whole);
  if (each.klass === undefined) {
    const { told } = each;
    out.varint(2 * Archive.collections.indexOf(told.kind) + (told.holdsRefs ? 1 : 0));
    writeCollection(out, new CollectionRecord(told.kind, told.holdsRefs), told);
    return;
  }
  let low = 0;
  let high = 0;
  each.told.forEach((value, i) => {
    if (value === undefined) return;
    if (i < 32) low |= 1 << i;
    else high |= 1 << (i - 32);
  });
  out.varint(2 * Archive.collections.length + each.klass.index);
  writeFields(out, each.klass, each.told, NO_VALUES, low, high);
}
