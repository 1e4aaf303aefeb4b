import type { Encoder, Schema } from '@colyseus/schema';
import { ArchiveError } from './archive-error.ts';
import { badBytes } from './archive-bytes.ts';
import { CollectionRecord } from './collection-record.ts';
import { isOfType } from './instance-record.ts';
import {
  addEdge,
  type Edge,
  placesOf,
  type ArrayStorage,
  blankCollection,
  blankInstance,
  childTypeOf,
  forEachBelow,
  type IndexedStorage,
  type MapStorage,
  refIdOf,
  setRefId,
  settleEncoder,
  storageOf,
  treeOf,
  valuesOf,
} from './schema-storage.ts';
import type { InstanceRecord, KeptRecord, KeptState } from './state-replay.ts';
import type { FieldShape } from './state-shape.ts';

/** Below the state itself. Schema goes through a state by recursion, and gets about three times as far. */
const MOST_LEVELS = 1_000;

/**
 * Clients may know instances that the owner before made behind what was kept. Another one under the refId of such a one, or
 * in its place in a set, they would read as if it were that: a state that is taken over goes on with its ids so far above
 * what was kept, once for each takeover since. A room that makes more within what is not kept (50 ms; while the store is
 * away, until its owner stops) is not safe from it. Of 31 bits, refIds last for 262,144 takeovers.
 */
export const IDS_AHEAD = 8_192;

/** A state that was made anew. */
export interface RestoredState {
  readonly state: Schema;
  /** Its instances and collections by id. */
  readonly instances: ReadonlyMap<number, object>;
  /**
   * To be called with the encoder that was made for the state, before it encodes anything: ids go on where they were, and
   * nothing of the state is news, since clients get all of it when they come.
   */
  settle(encoder: Encoder): void;
}

/** Makes the instances of a state that was kept. Of use once. */
export class StateBuilder {
  readonly #kept: KeptState;
  readonly #built = new Map<number, object>();
  /** Of what is made and does not yet hold anything. */
  readonly #open: { record: KeptRecord; instance: object; level: number }[] = [];
  readonly #idsAhead: number;
  #nextRefId: number;

  /** @param idsAhead how far above what was kept ids go on, see {@link IDS_AHEAD} */
  constructor(kept: KeptState, idsAhead = 0) {
    this.#kept = kept;
    this.#idsAhead = idsAhead;
    // Ids of all that is there are below it; where they are not, the bytes are not a recorder's.
    this.#nextRefId = kept.nextRefId + idsAhead;
    for (const refId of kept.records.keys()) if (refId >= kept.nextRefId) throw badBytes(`${refId} is not given yet`);
  }

  build(): RestoredState {
    const state = this.#instanceOf(0, 0, 0);
    // Level by level, without recursion: what is added on the way is gone through as well.
    for (const { record, instance, level } of this.#open) {
      if (record instanceof CollectionRecord) this.#fillCollection(record, instance, level + 1);
      else this.#fillInstance(record, instance, level + 1);
    }
    const edges = this.#readEdges();
    forEachBelow(state, (each) => {
      if (refIdOf(each) === undefined) setRefId(each, this.#nextRefId++); // the default of a field that is new
    });
    const nextRefId = this.#nextRefId;
    return {
      state: state as Schema,
      instances: this.#built,
      settle: (encoder) => settleEncoder(encoder, nextRefId, edges),
    };
  }

  #fillInstance({ klass, fieldCount, values }: InstanceRecord, instance: object, level: number): void {
    const held = valuesOf(instance);
    for (let i = 0; i < fieldCount; i++) {
      const field = klass.fields[i]!;
      const value = values[i];
      if (field.kind === 'value' || value === undefined || value === null) {
        held[i] = value;
        continue;
      }
      const child = this.#childOf(field, value as number, level);
      held[i] = child;
      addEdge(child, instance, i);
    }
  }

  /** What a field refers to. */
  #childOf(field: FieldShape, refId: number, level: number): object {
    if (field.kind === 'ref') return this.#instanceOf(refId, field.of as number, level);
    const record = this.#recordOf(refId);
    const { of } = field;
    const childType = typeof of === 'number' ? this.#kept.shape.classes[of]!.klass : of;
    const known = this.#built.get(refId);
    const isIt =
      record instanceof CollectionRecord &&
      record.kind === field.kind &&
      (record.holdsRefs === (typeof of === 'number') || record.values.length === 0) &&
      (known === undefined || childTypeOf(known) === childType);
    if (!isIt) throw badBytes(`${refId} is no ${field.kind} for ${field.name}`);
    return known ?? this.#make(refId, record, blankCollection(record.kind, childType), level);
  }

  #instanceOf(refId: number, declared: number, level: number): object {
    const record = this.#recordOf(refId);
    const { shape } = this.#kept;
    if (record instanceof CollectionRecord || !shape.isA(record.klass.index, declared)) {
      throw badBytes(`${refId} is no ${shape.classes[declared]!.name}`);
    }
    const known = this.#built.get(refId);
    if (known !== undefined) return known;
    const [instance, defaults] = blankInstance(record.klass.klass);
    const held = valuesOf(instance);
    // Fields that are new have their defaults; the others are filled before anybody sees them.
    for (let i = 0; i < defaults.length; i++) held[i] = i < record.fieldCount ? undefined : defaults[i];
    return this.#make(refId, record, instance, level);
  }

  #recordOf(refId: number): KeptRecord {
    const record = this.#kept.records.get(refId);
    if (record === undefined) throw badBytes(`${refId} is referred to, and not there`);
    return record;
  }

  #make(refId: number, record: KeptRecord, instance: object, level: number): object {
    if (level > MOST_LEVELS) throw new ArchiveError('unsupported', `a state of more than ${MOST_LEVELS} levels`);
    setRefId(instance, refId);
    this.#built.set(refId, instance);
    this.#open.push({ record, instance, level });
    return instance;
  }

  #fillCollection(record: CollectionRecord, collection: object, level: number): void {
    const { kind, keys, indexes, values, nextIndex } = record;
    const storage = storageOf(collection);
    const childType = childTypeOf(collection);
    const declared = typeof childType === 'function' ? this.#kept.shape.indexOf(childType)! : undefined;
    const places = new Set<number>();
    values.forEach((value, i) => {
      const index = kind === 'array' ? i : indexes[i]!;
      if (kind !== 'array' && (index >= nextIndex || places.size === places.add(index).size)) {
        throw badBytes(`an element of a ${kind} at ${index}`);
      }
      let element: unknown = value;
      if (declared !== undefined) {
        element = this.#instanceOf(value as number, declared, level);
        addEdge(element as object, collection, index);
      } else if (!isOfElementType(value, childType)) throw badBytes(`a ${typeof value} in a ${kind} of others`);
      store(kind, storage, keys[i], index, element);
    });
    if (kind === 'map') {
      const { journal, $items } = storage as MapStorage;
      if ($items.size !== values.length) throw badBytes('a key twice');
      // Full states tell entries in the order of their indexes.
      for (const i of [...indexes.keys()].sort((a, b) => indexes[a]! - indexes[b]!)) {
        journal.keyByIndex.set(indexes[i]!, keys[i]!);
        journal.indexByKey[keys[i]!] = indexes[i]!;
      }
      journal.nextIndex = nextIndex;
    } else if (kind !== 'array') {
      // Clients keep what they have at an index: Schema's decoder takes nothing else there, in full states either.
      (storage as IndexedStorage).$refId = nextIndex + this.#idsAhead;
    }
  }

  /** @returns all that lies, or lay, in several places, with those */
  #readEdges(): Map<object, readonly Edge[]> {
    const all = new Map<object, readonly Edge[]>();
    for (const [refId, flat] of this.#kept.edges) {
      const instance = this.#built.get(refId);
      if (instance === undefined) continue;
      const edges: Edge[] = [];
      for (let i = 0; i < flat.length; i += 2) {
        const parent = this.#built.get(flat[i]!);
        // Schema mistakes the index of one place for that of another at times, and throws where it is no field's.
        if (parent !== undefined && this.#hasPlace(flat[i]!, flat[i + 1]!)) edges.push([parent, flat[i + 1]!]);
      }
      // Where it lies now must be among them.
      const has = (parent: object): boolean => edges.some(([other]) => treeOf(other) === treeOf(parent));
      for (const place of placesOf(instance)) if (!has(place[0])) edges.push(place);
      all.set(instance, edges);
    }
    for (const each of this.#built.values()) {
      const places = placesOf(each);
      if (places.length > 1 && !all.has(each)) all.set(each, places);
    }
    return all;
  }

  #hasPlace(parentId: number, index: number): boolean {
    const record = this.#kept.records.get(parentId)!;
    return record instanceof CollectionRecord || index < record.klass.fields.length;
  }
}

function store(kind: string, storage: object, key: string | undefined, index: number, element: unknown): void {
  if (kind === 'array') {
    (storage as ArrayStorage).items.push(element);
    (storage as ArrayStorage).tmpItems.push(element);
  } else if (kind === 'map') (storage as MapStorage).$items.set(key!, element);
  else (storage as IndexedStorage).$items.set(index, element);
}

const isOfElementType = (value: unknown, type: unknown): boolean =>
  isOfType(value, typeof type === 'string' ? type : '');
