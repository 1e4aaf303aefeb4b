import { crc32 } from 'node:zlib';
import type { Encoder } from '@colyseus/schema';
import { forEachRef, watchMoves, watchRefs } from '../../shared/schema/attached.ts';
import { ArchiveWriter } from './archive-bytes.ts';
import { Archive, type Line, startOf } from './archive-format.ts';
import { ArchiveError } from './archive-error.ts';
import { ToldCounts } from './counted-fields.ts';
import { CollectionRecord } from './collection-record.ts';
import {
  collectionKindOf,
  holdsRefs,
  nextRefId,
  refIdOf,
  type SchemaClass,
  storageOf,
  treeOf,
  valuesOf,
} from './schema-storage.ts';
import { writeShape } from './shape-bytes.ts';
import { StateShape } from './state-shape.ts';
import {
  release,
  type Tracked,
  tellCollection,
  tellEdges,
  tellInstance,
  writeEdges,
  writeWhole,
} from './tracked-instance.ts';

const NOTHING: readonly never[] = [];

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
  /** By class. */
  readonly #counts: readonly (ToldCounts | undefined)[];
  readonly #tracked = new Map<number, Tracked>();
  /** Those that became part of the state since the last delta. */
  #born = new Map<number, Tracked>();
  #gone: Tracked[] = [];
  /** Those that lie in more than one place, or did. */
  readonly #wanderers = new Set<Tracked>();
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
    this.#counts = this.#shape.classes.map(({ counted }) => counted && new ToldCounts(counted));
    forEachRef(encoder, (instance, refId) => this.#add(instance, refId));
    watchRefs(
      encoder,
      (instance, refId) => this.#add(instance, refId),
      (_, refId) => this.#remove(refId),
    );
    watchMoves(encoder, ({ ref }) => this.#wander(ref, refIdOf(ref)!));
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
   * @returns undefined where nothing did; else a view, good until the next delta or snapshot
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
    return out.written;
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
    const gone = this.#takeGone();
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
    if (this.#wanderers.size > 0 && this.#tellWanderers(out)) any = true;
    out?.varint(0);
    return any;
  }

  /** In the order in which they came into the state. */
  #tellWanderers(out: ArchiveWriter | undefined): boolean {
    let any = false;
    for (const each of this.#tracked.values()) {
      if (!this.#wanderers.has(each) || !tellEdges(each)) continue;
      any = true;
      if (out !== undefined) writeEdges(out, each);
    }
    return any;
  }

  /** Those that are part of the state no longer. */
  #takeGone(): readonly Tracked[] {
    if (this.#gone.length === 0) return NOTHING;
    const gone = this.#gone.filter(({ isGone, refId }) => isGone && this.#tracked.delete(refId));
    for (const each of gone) {
      if (each.klass !== undefined) release(each);
      this.#wanderers.delete(each);
    }
    this.#gone = [];
    return gone;
  }

  #add(instance: object, refId: number): void {
    const known = this.#tracked.get(refId);
    // It went, and came back before anything was told.
    if (known !== undefined && known.tree.ref === instance) known.isGone = false;
    else this.#born.set(refId, this.#track(instance, refId));
    if (treeOf(instance).extraParents !== undefined) this.#wander(instance, refId);
  }

  #wander(instance: object, refId: number): void {
    const each = this.#born.get(refId) ?? this.#tracked.get(refId);
    if (each !== undefined && each.tree.ref === instance) this.#wanderers.add(each);
  }

  #remove(refId: number): void {
    const born = this.#born.get(refId);
    if (born !== undefined) {
      this.#born.delete(refId);
      this.#wanderers.delete(born);
    }
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
      const told = new CollectionRecord(kind, holdsRefs(storage));
      return { ...common, klass: undefined, storage, told, indexesTold: undefined };
    }
    const index = this.#shape.indexOf(instance.constructor);
    if (index === undefined) {
      const message = `${instance.constructor.name} is no class that the state declares, nor one that extends such a class`;
      throw new ArchiveError('unsupported', message);
    }
    const klass = this.#shape.classes[index]!;
    const told = klass.fields.map(() => undefined);
    const values = valuesOf(instance);
    return { ...common, klass, values, told, counts: this.#counts[index], watched: undefined, base: -1 };
  }
}
