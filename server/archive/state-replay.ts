import { crc32 } from 'node:zlib';
import { ArchiveReader, badBytes, type ReadValue } from './archive-bytes.ts';
import { ArchiveError } from './archive-error.ts';
import { Archive, type Line, startOf } from './archive-format.ts';
import { CollectionRecord, readCollection } from './collection-record.ts';
import { readFields } from './instance-record.ts';
import type { SchemaClass } from './schema-storage.ts';
import { readShape } from './shape-bytes.ts';
import { matchShapes } from './shape-match.ts';
import { type RestoredState, StateBuilder } from './state-builder.ts';
import { type ClassShape, type StoredClass, StateShape } from './state-shape.ts';

const CHECK_BYTES = 4;
/** Kinds below it are collections. */
const FIRST_CLASS = 2 * Archive.collections.length;

/** An instance as it was kept. */
export interface InstanceRecord {
  readonly klass: StoredClass;
  /** Of the class as it was. */
  readonly fieldCount: number;
  readonly values: ReadValue[];
}

export type KeptRecord = InstanceRecord | CollectionRecord;

/** What was kept of a state: by refId, and the places of what lies, or lay, in several. */
export interface KeptState {
  readonly shape: StateShape;
  readonly records: Map<number, KeptRecord>;
  readonly edges: Map<number, readonly number[]>;
  nextRefId: number;
}

/**
 * Reads a snapshot and the deltas behind it, and makes the state that they are of.
 *
 * The bytes may be anybody's. Errors are `ArchiveError`s; where they are found before a delta counts (`bad-check`, `gap`,
 * `wrong-version`) the replay is as it was, and can be built as far as it came; behind any other it is of no use.
 */
export class StateReplay {
  readonly #was: readonly ClassShape[];
  /** By the index of a class as it was. */
  readonly #classes: readonly number[];
  readonly #kept: KeptState;
  #line: Line;
  #failure: unknown;

  /** Whether classes have fields that they had not: those have their defaults. */
  readonly isExtended: boolean;

  /**
   * @param klass of the state: the one that the room has today
   * @param room its id
   * @throws {ArchiveError} `bad-check`, `wrong-version`, `bad-bytes`, `other-schema`; `unsupported`, see StateRecorder
   */
  constructor(klass: SchemaClass, room: string, snapshot: Uint8Array) {
    const shape = StateShape.of(klass);
    const from = open(snapshot, Archive.Snapshot, startOf(room).check);
    this.#line = { number: from.varint(), check: from.u32() };
    this.#was = readShape(from.bytes());
    const { classes, isExtended } = matchShapes(this.#was, shape);
    this.#classes = classes;
    this.isExtended = isExtended;
    this.#kept = { shape, records: new Map(), edges: new Map(), nextRefId: 0 };
    this.#read(from);
  }

  /** Of the last delta that was applied; a recorder of the state goes on with it. */
  get line(): Line {
    return this.#line;
  }

  /**
   * The next delta. Those that the snapshot covers may come first, and change nothing.
   * @throws {ArchiveError} `bad-check`, `gap`, `wrong-version`; `bad-bytes`
   */
  apply(delta: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    const number = numberOf(delta, Archive.Delta);
    if (number <= this.#line.number) return;
    if (number !== this.#line.number + 1) {
      throw new ArchiveError('gap', `delta ${number} does not follow delta ${this.#line.number}`);
    }
    const from = open(delta, Archive.Delta, this.#line.check);
    from.varint();
    try {
      this.#readGone(from);
      this.#read(from);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    this.#line = { number, check: checkOf(delta) };
  }

  /**
   * The state: of the room's own classes, tracked, with the ids that it had. Put it into the room, and
   * {@link RestoredState.settle} the encoder that is made for it.
   * @param idsAhead how far above what was kept new ids are to be, see IDS_AHEAD
   * @throws {ArchiveError} `bad-bytes`; `unsupported`: a class cannot be made anew
   */
  build(idsAhead = 0): RestoredState {
    if (this.#failure !== undefined) throw this.#failure;
    return new StateBuilder(this.#kept, idsAhead).build();
  }

  #readGone(from: ArchiveReader): void {
    const { records, edges } = this.#kept;
    for (let left = from.count(); left > 0; left--) {
      const refId = from.varint();
      if (!records.delete(refId)) throw badBytes(`${refId} went, and was not there`);
      edges.delete(refId);
    }
  }

  #read(from: ArchiveReader): void {
    const kept = this.#kept;
    for (let head = from.varint(); head !== 0; head = from.varint()) {
      if (head % 2 === 0) this.#readWhole(from, (head - Archive.Whole) / 2);
      else this.#readChanged(from, (head - Archive.Changed) / 2);
    }
    for (let head = from.varint(); head !== 0; head = from.varint()) {
      const edges = Array.from({ length: 2 * from.count(2) }, () => from.varint());
      if (edges.length === 0) kept.edges.delete(head - 1);
      else kept.edges.set(head - 1, edges);
    }
    kept.nextRefId = from.varint();
    from.finish();
  }

  #readWhole(from: ArchiveReader, refId: number): void {
    const record = this.#newRecord(from.varint());
    this.#kept.records.set(refId, record);
    readContent(from, record);
  }

  #readChanged(from: ArchiveReader, refId: number): void {
    const record = this.#kept.records.get(refId);
    if (record === undefined) throw badBytes(`${refId} changed, and is not there`);
    readContent(from, record);
  }

  #newRecord(kind: number): KeptRecord {
    if (kind < FIRST_CLASS) return new CollectionRecord(Archive.collections[kind >> 1]!, kind % 2 === 1);
    const old = kind - FIRST_CLASS;
    const index = this.#classes[old];
    if (index === undefined) throw badBytes(`an instance of class ${old}`);
    const klass = this.#kept.shape.classes[index]!;
    const fieldCount = this.#was[old]!.fields.length;
    return { klass, fieldCount, values: Array.from({ length: fieldCount }, () => undefined) };
  }
}

function readContent(from: ArchiveReader, record: KeptRecord): void {
  if (record instanceof CollectionRecord) readCollection(from, record);
  else readFields(from, record.klass, record.fieldCount, record.values);
}

const checkOf = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset + bytes.length - CHECK_BYTES).getUint32(0);

function numberOf(bytes: Uint8Array, kind: number): number {
  const from = new ArchiveReader(bytes, Math.max(0, bytes.length - CHECK_BYTES));
  if (from.left < 3 || from.byte() !== kind) throw new ArchiveError('bad-check', 'not the bytes that were kept');
  const version = from.byte();
  if (version !== Archive.Version) {
    throw new ArchiveError('wrong-version', `kept in format ${version}, and this is ${Archive.Version}`);
  }
  return from.varint();
}

/** @returns a reader behind the version */
function open(bytes: Uint8Array, kind: number, seed: number): ArchiveReader {
  numberOf(bytes, kind);
  const end = bytes.length - CHECK_BYTES;
  if (crc32(bytes.subarray(0, end), seed) !== checkOf(bytes)) {
    throw new ArchiveError('bad-check', 'not the bytes that were kept, or those of another room or line');
  }
  const from = new ArchiveReader(bytes, end);
  from.byte();
  from.byte();
  return from;
}
