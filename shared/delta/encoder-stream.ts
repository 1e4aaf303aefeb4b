import type { StateView } from '@colyseus/schema';
import { layoutSpecs } from '../live/live-layout.ts';
import { awaitChange, baseOf } from '../live/watched.ts';
import { isVisible } from '../schema/sight.ts';
import { refIdOf, type Tree } from '../schema/tracked.ts';
import { EntityTable } from './entity-table.ts';
import { FrameCoder, type FrameEvents, MOST_ENTITIES, type Place } from './frame-coder.ts';
import { codeKeyframe } from './keyframe-coder.ts';
import { writeLayouts } from './layout-bytes.ts';
import { CHECK_BYTES, KEYFRAME_NUMBER, sealLiveBody, writeLiveBody } from './live-body.ts';
import { RotationReader, unitsOf } from './live-class.ts';
import type { LiveEntities, LiveEntity, SightChanges } from './live-entities.ts';
import { RangeCoder } from './range-coder.ts';
import { varintLength, writeVarint } from '../wire/varint.ts';

const NOTHING = new Uint8Array(0);
const NOBODY: readonly never[] = [];

/**
 * What all clients with one view of a state are sent of its live fields, tick by tick: one encoding for all of them.
 * A client follows it from a keyframe on.
 */
export class EncoderStream {
  readonly #entities: LiveEntities;
  readonly #view: StateView | undefined;
  /** Whether views decide who is in the stream; otherwise all are. */
  readonly #filtered: boolean;
  readonly #sight: SightChanges | undefined;
  readonly #tables: EntityTable[];
  /** By class; of those that are quaternions. */
  readonly #rotations: readonly (RotationReader | undefined)[];
  readonly #members = new Map<number, Place>();
  readonly #coder = new RangeCoder();
  readonly #frame: FrameCoder;
  readonly #layouts: Uint8Array;
  #number = 0;

  /** @throws {RangeError} the state has more live entities than a stream holds */
  constructor(entities: LiveEntities, view: StateView | undefined, filtered: boolean) {
    this.#entities = entities;
    this.#view = view;
    this.#filtered = filtered;
    this.#sight = filtered && view !== undefined ? entities.sightOf(view) : undefined;
    this.#tables = entities.layouts.map((layout, i) => new EntityTable(unitsOf(layout), i, entities.pools[i]));
    this.#rotations = entities.layouts.map(({ fields: [field] }) =>
      field?.kind === 'quaternion' ? new RotationReader(field) : undefined,
    );
    this.#layouts = writeLayouts(entities.layouts.map(layoutSpecs));
    this.#frame = new FrameCoder(
      this.#tables,
      this.#coder,
      {
        left: (table, slot) => this.#left(table, slot),
        entered: (table, slot) => this.#entered(table, slot),
        changed: () => {},
      },
      { rotation: (table, slot) => this.#rotation(table, slot) },
    );
    // Those that are there when a stream begins were never news to anybody: its first keyframe has them.
    const candidates = filtered ? this.#candidates(entities.all.values()) : entities.all.values();
    for (const entity of candidates) if (this.#sees(entity)) this.#add(entity);
    checkCount(this.#members.size);
  }

  /** Whether the entity's live fields are told by this stream. */
  has(refId: number): boolean {
    return this.#members.has(refId);
  }

  /**
   * The next delta, with what Schema's encoder wrote for these clients. Call it each tick, behind Schema's encoders and
   * before {@link LiveEntities.endTick}: what came, went or changed sight in a tick is told in no other.
   * @returns a view that the next delta or keyframe overwrites
   * @throws {RangeError} the state has more live entities than a stream holds; the stream is of no use any more
   */
  delta(structure: Uint8Array): Uint8Array {
    const { all, came } = this.#entities;
    const candidates = this.#filtered ? this.#candidates(this.#sight?.isUnknown ? all.values() : came) : came;
    const leaves = this.#leaves(candidates);
    const enters = this.#enters(candidates);
    checkCount(this.#members.size - leaves.length + enters.length);
    this.#coder.write(CHECK_BYTES);
    this.#frame.code(structure, { leaves, wakes: this.#wakes(leaves), enters });
    this.#awaitChanges();
    const body = this.#coder.end();
    const number = this.#number;
    this.#number = (number + 1) & 0xff;
    return body.length === CHECK_BYTES ? NOTHING : sealLiveBody(number, body);
  }

  /** All that a client needs to follow from the next delta on, with Schema's full state. */
  keyframe(structure: Uint8Array): Uint8Array {
    this.#coder.write();
    this.#coder.raw(this.#number, 8);
    codeKeyframe(this.#coder, this.#frame);
    const length = new Uint8Array(varintLength(structure.length));
    writeVarint(length, 0, structure.length);
    return writeLiveBody(KEYFRAME_NUMBER, length, structure, this.#layouts, this.#coder.end());
  }

  #sees({ tree }: LiveEntity): boolean {
    return !this.#filtered || isVisible(this.#view, tree);
  }

  #add(entity: LiveEntity): void {
    const table = this.#tables[entity.classIndex]!;
    const slot = table.add(entity.refId);
    this.#entered(table, slot);
    const now = this.#now(table, slot);
    const from = table.bases[slot]!;
    for (let i = 0; i < table.valueCount; i++) table.values[slot * table.valueCount + i] = now[from + i]!;
  }

  #entered(table: EntityTable, slot: number): void {
    const refId = table.refIds[slot]!;
    const { instance } = this.#entities.all.get(refId)!;
    table.instances[slot] = instance;
    table.bases[slot] = baseOf(instance);
    this.#members.set(refId, { table, slot });
  }

  #left(table: EntityTable, slot: number): void {
    this.#members.delete(table.refIds[slot]!);
  }

  #rotation(table: EntityTable, slot: number): Int32Array {
    return this.#rotations[table.index]!.read(table.instances[slot]!);
  }

  /** What an entity is now, from its base on. */
  #now(table: EntityTable, slot: number): Int32Array {
    return table.units.kind === 'scalars' ? this.#entities.pools[table.index]!.counts : this.#rotation(table, slot);
  }

  /**
   * Those who may have come into sight or gone out of it: what came, and what Schema's view or its places say anew of
   * others. It costs as much as there is of that, however many entities there are.
   */
  #candidates(came: Iterable<LiveEntity>): Set<LiveEntity> {
    const entities = this.#entities;
    const sight = this.#sight;
    const candidates = new Set<LiveEntity>();
    const add = (entity: LiveEntity): void => {
      candidates.add(entity);
      // Asking can let it share its parent's visibility, which is a change of its own, of concern to what lies below.
      this.#sees(entity);
    };
    const consider = (tree: Tree): void => {
      const entity = entities.entityOf(tree);
      if (entity !== undefined) add(entity);
    };
    for (const entity of came) if (entities.all.get(entity.refId) === entity) add(entity);
    for (const tree of withAllBelow(entities.moved)) consider(tree);
    if (sight === undefined) return candidates;
    for (let known = -1; sight.trees.size + entities.moved.size > 0 && known !== sight.count;) {
      known = sight.count;
      for (const tree of sight.trees) {
        consider(tree);
        tree.forEachChild(consider);
      }
      for (const entity of entities.wanderers) add(entity);
    }
    return candidates;
  }

  #leaves(candidates: Iterable<LiveEntity>): readonly Place[] {
    const { all, went } = this.#entities;
    if (!this.#filtered && went.length === 0) return NOBODY;
    const leaves = new Set<Place>();
    for (const { refId } of went) {
      // One that went may have come back, and gone again.
      const place = all.has(refId) ? undefined : this.#members.get(refId);
      if (place !== undefined) leaves.add(place);
    }
    if (!this.#filtered) return [...leaves];
    for (const entity of candidates) {
      const place = this.#members.get(entity.refId);
      if (place !== undefined && !this.#sees(entity)) leaves.add(place);
    }
    return [...leaves];
  }

  #enters(candidates: Iterable<LiveEntity>): FrameEvents['enters'] {
    const { all, came } = this.#entities;
    if (!this.#filtered && came.length === 0) return NOBODY;
    const enters: { table: EntityTable; refId: number }[] = [];
    for (const entity of candidates) {
      const { refId, classIndex, instance } = entity;
      if (all.get(refId) !== entity) continue;
      const place = this.#members.get(refId);
      // One that went and came back within a tick.
      if (place !== undefined) place.table.bases[place.slot] = baseOf(instance);
      if (place !== undefined || !this.#sees(entity)) continue;
      enters.push({ table: this.#tables[classIndex]!, refId });
    }
    return enters;
  }

  /** Those asleep whose values are others now; those awake are looked at anyway. */
  #wakes(leaves: readonly Place[]): readonly Place[] {
    const { woken } = this.#entities.watch;
    if (woken.length === 0) return NOBODY;
    const gone = new Set(leaves);
    const wakes = new Set<Place>();
    for (const instance of woken) {
      const place = this.#members.get(refIdOf(instance)!);
      if (place === undefined || place.table.isAsleep[place.slot] === 0 || gone.has(place)) continue;
      if (this.#differs(place)) wakes.add(place);
      else awaitChange(instance);
    }
    return [...wakes];
  }

  /** Of those that fell asleep in this frame. */
  #awaitChanges(): void {
    for (const { asleep, asleepCount, lulled, instances } of this.#tables) {
      for (let i = asleepCount - lulled; i < asleepCount; i++) awaitChange(instances[asleep[i]!]!);
    }
  }

  #differs({ table, slot }: Place): boolean {
    const now = this.#now(table, slot);
    const from = table.bases[slot]!;
    const first = slot * table.valueCount;
    for (let i = 0; i < table.valueCount; i++) if (now[from + i] !== table.values[first + i]) return true;
    return false;
  }
}

/** `trees` and all that lies below them, each once. */
function withAllBelow(trees: Iterable<Tree>): Set<Tree> {
  const all = new Set(trees);
  // What is added while they are gone through is gone through as well.
  for (const tree of all) tree.forEachChild((child) => void all.add(child));
  return all;
}

function checkCount(count: number): void {
  if (count > MOST_ENTITIES) throw new RangeError(`a state has at most ${MOST_ENTITIES} instances with live fields`);
}
