import { type BitModels, newBitModels } from './bit-model.ts';
import type { CountPool } from '../live/count-pool.ts';
import { INTEGER_MODELS } from './integer-coder.ts';
import { type LiveUnits, trackCount, valueCount } from './live-units.ts';
import { beginTrack, restTrack, TRACK_WORDS } from './predictor.ts';
import { Residual } from './residual-coder.ts';

/** Ticks in a row in which all that was steady of an entity stayed so are told apart up to this many. */
const MOST_QUIET = 7;

/** Indices of the models of a table's entities as such. */
export const EntityModel = {
  /** Whether something steady of an entity is so no longer, by for how long nothing was. */
  Quiet: 0,
  MostQuiet: MOST_QUIET,
  /** Whether it is an entity asleep that leaves. */
  LeavesAsleep: MOST_QUIET + 1,
  /** Whether the derived component of a quaternion is another one. */
  OtherDerived: MOST_QUIET + 2,
  /** Whether it changes its sign. */
  OtherSign: MOST_QUIET + 3,
  LeavesAt: MOST_QUIET + 4,
  WakesAt: MOST_QUIET + 4 + INTEGER_MODELS,
  /** The values with which one enters, each with models of its own. */
  Values: MOST_QUIET + 4 + 2 * INTEGER_MODELS,
} as const;

/**
 * What both sides of a stream remember of the entities of one live class, each in a slot of fixed size: what was last
 * sent, how it moves, and how likely its surprises are. Entities are awake or asleep; those asleep cost nothing. Both
 * lists keep the order in which entities came into them, which both sides share; the slots are each side's own.
 */
export class EntityTable {
  /** Which of a stream's tables it is. */
  readonly index: number;
  readonly units: LiveUnits;
  /** What the entities are now, to write scalars. */
  readonly pool: CountPool | undefined;
  /** Integers of an entity. */
  readonly valueCount: number;
  readonly trackCount: number;

  /** By slot: what was last sent. */
  values: Int32Array;
  /** By slot: see predictor.ts. */
  tracks: Int32Array;
  refIds: Int32Array;
  /** By slot: ticks in a row in which all that is steady stayed so, up to {@link EntityModel.MostQuiet}. */
  quiet: Uint8Array;
  /** By slot: how many of its tracks are steady; of a quaternion, at rest. */
  steady: Uint8Array;

  awake: Int32Array;
  awakeCount = 0;
  asleep: Int32Array;
  asleepCount = 0;
  /** How many of those asleep fell asleep in the last frame: the last ones. */
  lulled = 0;

  readonly models: BitModels;
  /** Models of entities as such come first, those of each track behind them. */
  readonly firstTrackModel: number;
  /** The integers of the entity that entered last: the next one may be like it. */
  readonly lastEntered: Int32Array;

  /** By slot: the Schema instance of the entity; undefined where there is none. */
  readonly instances: (object | undefined)[] = [];
  /** By slot: where what the entity is now begins in the pool. 0 to read. */
  bases: Int32Array;
  /** By slot: 1 for those asleep. */
  isAsleep: Uint8Array;

  /** Slots that are free, below those that were never used. */
  #spare: number[] = [];
  #used = 0;

  constructor(units: LiveUnits, index = 0, pool?: CountPool, capacity = 16) {
    this.index = index;
    this.units = units;
    this.pool = pool;
    this.valueCount = valueCount(units);
    this.trackCount = trackCount(units);
    this.values = new Int32Array(capacity * this.valueCount);
    this.tracks = new Int32Array(capacity * this.trackCount * TRACK_WORDS);
    this.refIds = new Int32Array(capacity);
    this.bases = new Int32Array(capacity);
    this.quiet = new Uint8Array(capacity);
    this.steady = new Uint8Array(capacity);
    this.isAsleep = new Uint8Array(capacity);
    this.awake = new Int32Array(capacity);
    this.asleep = new Int32Array(capacity);
    this.firstTrackModel = EntityModel.Values + this.valueCount * INTEGER_MODELS;
    this.models = newBitModels(this.firstTrackModel + this.trackCount * Residual.Models);
    this.lastEntered = new Int32Array(this.valueCount);
  }

  get size(): number {
    return this.awakeCount + this.asleepCount;
  }

  /** Adds an entity, awake and at rest; its values are the caller's to set. @returns its slot */
  add(refId: number): number {
    const slot = this.#take(refId);
    for (let i = 0; i < this.trackCount; i++) beginTrack(this.tracks, this.trackOf(slot, i));
    this.awake[this.awakeCount++] = slot;
    return slot;
  }

  /** Adds an entity that sleeps. */
  addAsleep(refId: number): number {
    const slot = this.#take(refId);
    for (let i = 0; i < this.trackCount; i++) restTrack(this.tracks, this.trackOf(slot, i));
    this.steady[slot] = this.trackCount;
    this.lull(slot);
    return slot;
  }

  /** Puts an entity that was taken out of those awake to those asleep. */
  lull(slot: number): void {
    this.asleep[this.asleepCount++] = slot;
    this.isAsleep[slot] = 1;
  }

  /** The slots of all entities. */
  *slots(): Iterable<number> {
    for (let i = 0; i < this.awakeCount; i++) yield this.awake[i]!;
    for (let i = 0; i < this.asleepCount; i++) yield this.asleep[i]!;
  }

  /** Where the words of a track begin. */
  trackOf(slot: number, track: number): number {
    return (slot * this.trackCount + track) * TRACK_WORDS;
  }

  removeAwake(position: number): number {
    const slot = this.awake[position]!;
    this.awake.copyWithin(position, position + 1, this.awakeCount--);
    this.#give(slot);
    return slot;
  }

  removeAsleep(position: number): number {
    const slot = this.asleep[position]!;
    this.asleep.copyWithin(position, position + 1, this.asleepCount--);
    this.#give(slot);
    return slot;
  }

  wake(position: number): number {
    const slot = this.asleep[position]!;
    this.asleep.copyWithin(position, position + 1, this.asleepCount--);
    this.awake[this.awakeCount++] = slot;
    this.isAsleep[slot] = 0;
    this.quiet[slot] = 0;
    return slot;
  }

  clear(): void {
    this.awakeCount = 0;
    this.asleepCount = 0;
    this.instances.length = 0;
    this.#spare = [];
    this.#used = 0;
  }

  #give(slot: number): void {
    this.instances[slot] = undefined;
    this.#spare.push(slot);
  }

  #take(refId: number): number {
    const slot = this.#spare.pop() ?? this.#used++;
    if (slot === this.refIds.length) this.#grow();
    this.refIds[slot] = refId;
    this.quiet[slot] = 0;
    this.steady[slot] = 0;
    this.isAsleep[slot] = 0;
    return slot;
  }

  #grow(): void {
    const capacity = this.refIds.length * 2;
    this.values = grown(this.values, capacity * this.valueCount);
    this.tracks = grown(this.tracks, capacity * this.trackCount * TRACK_WORDS);
    this.refIds = grown(this.refIds, capacity);
    this.bases = grown(this.bases, capacity);
    this.awake = grown(this.awake, capacity);
    this.asleep = grown(this.asleep, capacity);
    this.quiet = grownBytes(this.quiet, capacity);
    this.steady = grownBytes(this.steady, capacity);
    this.isAsleep = grownBytes(this.isAsleep, capacity);
  }
}

function grownBytes(from: Uint8Array, length: number): Uint8Array {
  const to = new Uint8Array(length);
  to.set(from);
  return to;
}

function grown(from: Int32Array, length: number): Int32Array {
  const to = new Int32Array(length);
  to.set(from);
  return to;
}
