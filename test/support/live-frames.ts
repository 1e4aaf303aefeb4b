import { CountPool } from '../../shared/live/count-pool.ts';
import { EntityTable } from '../../shared/delta/entity-table.ts';
import { FrameCoder, type FrameEvents, type Place } from '../../shared/delta/frame-coder.ts';
import { codeKeyframe } from '../../shared/delta/keyframe-coder.ts';
import { DERIVED, type LiveUnits } from '../../shared/delta/live-units.ts';
import { isSteady, steadyStep, TRACK_WORDS } from '../../shared/delta/predictor.ts';
import { RangeCoder } from '../../shared/delta/range-coder.ts';

const NO_STRUCTURE = new Uint8Array(0);
const NO_EVENTS: FrameEvents = { leaves: [], wakes: [], enters: [] };

/** Entities as bare integers, without Schema around them, and the frames that tell of them. */
export class FrameWriter {
  readonly frame: FrameCoder;
  readonly #coder = new RangeCoder();
  /** What each entity is now, by refId: for a test to change. */
  readonly now = new Map<number, Int32Array>();
  /** In which class an entity is, by refId. */
  readonly classOf = new Map<number, number>();
  #entering: number[] = [];
  #leaving = new Set<number>();
  #lastRefId = 0;

  constructor(units: readonly LiveUnits[]) {
    const tables = units.map(
      (unit, i) => new EntityTable(unit, i, new CountPool(unit.kind === 'scalars' ? unit.min.length : 0)),
    );
    const listener = {
      left() {},
      entered: (table: EntityTable, slot: number) => this.#count(table, slot),
      changed() {},
    };
    this.frame = new FrameCoder(tables, this.#coder, listener, {
      rotation: ({ refIds }, slot) => this.now.get(refIds[slot]!)!,
    });
  }

  enter(classIndex: number, values: readonly number[] | Int32Array, refId = this.#lastRefId + 1): number {
    this.#lastRefId = Math.max(this.#lastRefId, refId);
    this.now.set(refId, Int32Array.from(values));
    this.classOf.set(refId, classIndex);
    this.#entering.push(refId);
    return refId;
  }

  leave(refId: number): void {
    this.now.delete(refId);
    if (this.#entering.includes(refId)) this.#entering = this.#entering.filter((entering) => entering !== refId);
    else this.#leaving.add(refId);
  }

  /** The next frame, with what Schema would have written. */
  tick(structure = NO_STRUCTURE): Uint8Array {
    const { tables } = this.frame;
    const leaves: Place[] = [];
    const wakes: Place[] = [];
    for (const table of tables) {
      for (const slot of table.slots()) {
        const refId = table.refIds[slot]!;
        this.#count(table, slot);
        if (this.#leaving.has(refId)) leaves.push({ table, slot });
        else if (table.isAsleep[slot] === 1 && this.#differs(table, slot)) wakes.push({ table, slot });
      }
    }
    const enters = this.#entering.map((refId) => ({ table: tables[this.classOf.get(refId)!]!, refId }));
    this.#entering = [];
    this.#leaving = new Set();
    this.#coder.write();
    this.frame.code(structure, { leaves, wakes, enters });
    return this.#coder.end().slice();
  }

  /** @param number of the next frame, where the keyframe is to say it */
  keyframe(number?: number): Uint8Array {
    this.#coder.write();
    if (number !== undefined) this.#coder.raw(number, 8);
    codeKeyframe(this.#coder, this.frame);
    return this.#coder.end().slice();
  }

  /** Takes up what an entity is now, where scalars are read from. */
  #count({ units, pool, bases, refIds }: EntityTable, slot: number): void {
    const now = this.now.get(refIds[slot]!);
    if (units.kind !== 'scalars' || now === undefined) return;
    bases[slot] = slot * now.length;
    while (pool!.counts.length < bases[slot]! + now.length) pool!.take();
    pool!.counts.set(now, bases[slot]);
  }

  #differs({ valueCount, values, refIds }: EntityTable, slot: number): boolean {
    return this.now.get(refIds[slot]!)!.some((value, i) => value !== values[slot * valueCount + i]);
  }
}

/** The other end. */
export class FrameReader {
  readonly frame: FrameCoder;
  readonly #coder = new RangeCoder();
  /** What the last frame said, as "left 5", in its order. */
  heard: string[] = [];

  constructor(units: readonly LiveUnits[]) {
    const tables = units.map((unit, i) => new EntityTable(unit, i));
    const hear = (what: string) => (table: EntityTable, slot: number) => {
      this.heard.push(`${what} ${table.refIds[slot]}`);
    };
    const listener = { left: hear('left'), entered: hear('entered'), changed: hear('changed') };
    this.frame = new FrameCoder(tables, this.#coder, listener);
  }

  /** @returns the structure */
  delta(bytes: Uint8Array): Uint8Array {
    this.heard = [];
    this.#coder.read(bytes, 0, bytes.length);
    const structure = this.frame.code(NO_STRUCTURE, NO_EVENTS);
    this.#coder.finish();
    return structure;
  }

  keyframe(bytes: Uint8Array): void {
    this.#coder.read(bytes, 0, bytes.length);
    codeKeyframe(this.#coder, this.frame);
    this.#coder.finish();
  }

  /** What each entity is, by refId. */
  values(): Map<number, number[]> {
    const all = new Map<number, number[]>();
    for (const table of this.frame.tables) {
      const { refIds, values, valueCount } = table;
      for (const slot of table.slots()) {
        all.set(refIds[slot]!, Array.from(values.subarray(slot * valueCount, (slot + 1) * valueCount)));
      }
    }
    return all;
  }
}

/** Both ends of a stream, which must remember the same after each tick. */
export class FramePair {
  readonly writer: FrameWriter;
  readonly reader: FrameReader;

  constructor(
    units: readonly LiveUnits[],
    ...entities: readonly (readonly [classIndex: number, values: readonly number[]])[]
  ) {
    this.writer = new FrameWriter(units);
    this.reader = new FrameReader(units);
    for (const [classIndex, values] of entities) this.writer.enter(classIndex, values);
  }

  /** What an entity is now, for a test to change. */
  now(refId: number): Int32Array {
    return this.writer.now.get(refId)!;
  }

  /** @returns the frame */
  tick(): Uint8Array {
    const bytes = this.writer.tick();
    this.reader.delta(bytes);
    const found = difference(this.writer.frame, this.reader.frame);
    if (found !== undefined) throw new Error(`another in ${found}`);
    return bytes;
  }

  /** @returns the bytes of so many frames */
  ticks(count: number, act: (tick: number) => void = () => {}): number {
    let bytes = 0;
    for (let tick = 0; tick < count; tick++) {
      act(tick);
      bytes += this.tick().length;
    }
    return bytes;
  }

  /** The refIds of those awake, in their order. */
  awake(classIndex = 0): number[] {
    const { refIds, awake, awakeCount } = this.reader.frame.tables[classIndex]!;
    return Array.from(awake.subarray(0, awakeCount), (slot) => refIds[slot]!);
  }

  asleep(classIndex = 0): number[] {
    const { refIds, asleep, asleepCount } = this.reader.frame.tables[classIndex]!;
    return Array.from(asleep.subarray(0, asleepCount), (slot) => refIds[slot]!);
  }
}

/** Where two ends of a stream do not remember the same; undefined where they do. */
export function difference(one: FrameCoder, other: FrameCoder): string | undefined {
  if (one.eventful !== other.eventful || one.lastRefId !== other.lastRefId) return 'the frame';
  if (!same(one.models, other.models)) return 'the models of the frame';
  if (!same(one.structureModels, other.structureModels)) return 'the models of the structure';
  for (const [i, table] of one.tables.entries()) {
    const found = tableDifference(table, other.tables[i]!);
    if (found !== undefined) return `${found} of class ${i}`;
  }
  return undefined;
}

function tableDifference(one: EntityTable, other: EntityTable): string | undefined {
  if (!same(one.models, other.models)) return 'the models';
  if (!same(one.lastEntered, other.lastEntered)) return 'the values that entered last';
  const order = (table: EntityTable, slots: Int32Array, count: number) =>
    Array.from(slots.subarray(0, count), (slot) => table.refIds[slot]!);
  if (!same(order(one, one.awake, one.awakeCount), order(other, other.awake, other.awakeCount))) return 'those awake';
  if (!same(order(one, one.asleep, one.asleepCount), order(other, other.asleep, other.asleepCount)))
    return 'those asleep';
  const slots = [...one.slots()];
  const others = [...other.slots()];
  for (const [i, slot] of slots.entries()) {
    const found = entityDifference(one, slot, other, others[i]!);
    if (found !== undefined) return `${found} of entity ${one.refIds[slot]}`;
  }
  return undefined;
}

function entityDifference(one: EntityTable, slot: number, other: EntityTable, otherSlot: number): string | undefined {
  const { valueCount, trackCount, units } = one;
  const valuesOf = (table: EntityTable, at: number) => table.values.subarray(at * valueCount, (at + 1) * valueCount);
  if (!same(valuesOf(one, slot), valuesOf(other, otherSlot))) return 'the values';
  if (one.isAsleep[slot] !== other.isAsleep[otherSlot]) return 'the sleep';
  if (one.steady[slot] !== other.steady[otherSlot]) return 'the steadiness';
  // Those asleep begin anew when they wake.
  if (one.isAsleep[slot] === 0 && one.quiet[slot] !== other.quiet[otherSlot]) return 'the quiet';
  for (let track = 0; track < trackCount; track++) {
    const base = one.trackOf(slot, track);
    const otherBase = other.trackOf(otherSlot, track);
    const words = one.tracks.subarray(base, base + TRACK_WORDS);
    const otherWords = other.tracks.subarray(otherBase, otherBase + TRACK_WORDS);
    if (units.kind === 'quaternion' && valuesOf(one, slot)[DERIVED] === track) {
      // Only what followChange keeps of it counts.
      const alike =
        isSteady(words, 0) === isSteady(otherWords, 0) && steadyStep(words, 0) === steadyStep(otherWords, 0);
      if (!alike) return `track ${track}, derived,`;
    } else if (!same(words, otherWords)) {
      return `track ${track}: ${words.join(' ')} and ${otherWords.join(' ')}`;
    }
  }
  return undefined;
}

function same(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
