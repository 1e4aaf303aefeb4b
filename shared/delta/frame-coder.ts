import { WireError } from '../wire/wire-error.ts';
import { type BitModels, newBitModels } from './bit-model.ts';
import { EntityModel, type EntityTable } from './entity-table.ts';
import { codeSigned, codeUnsigned, INTEGER_MODELS } from './integer-coder.ts';
import { codeEnteringQuaternion, codeQuaternion } from './quaternion-coder.ts';
import type { RangeCoder } from './range-coder.ts';
import { codeEnteringScalars, codeScalars, Outcome } from './scalar-coder.ts';
import { codeStructure, newStructureModels } from './structure-coder.ts';

/** Entities that a stream holds at most. */
export const MOST_ENTITIES = 65_536;

/** Where the values of entities come from when they are written, besides {@link EntityTable.pool}. */
export interface ValueSource {
  /** @returns what the quaternion in `slot` is now, as LiveUnits says; good until the next call, and not to be written */
  rotation(table: EntityTable, slot: number): Int32Array;
}

/** An entity by its table and its slot there. */
export interface Place {
  readonly table: EntityTable;
  readonly slot: number;
}

/** What is to be told of the entities of a stream besides their numbers. */
export interface FrameEvents {
  /** Entities that are no more. */
  readonly leaves: readonly Place[];
  /** Entities asleep whose values are others now. */
  readonly wakes: readonly Place[];
  readonly enters: readonly { readonly table: EntityTable; readonly refId: number }[];
}

/** Hears what a frame says, while it is written or read. */
export interface FrameListener {
  left(table: EntityTable, slot: number): void;
  /** Its values are being told next. */
  entered(table: EntityTable, slot: number): void;
  /** When frames are read. */
  changed(table: EntityTable, slot: number): void;
}

/** Models of a frame as such. */
const FrameModel = {
  /** Whether entities leave, wake or enter, by whether some did the last time. */
  Eventful: 0,
  Leaves: 2,
  Wakes: 2 + INTEGER_MODELS,
  Enters: 2 + 2 * INTEGER_MODELS,
  Table: 2 + 3 * INTEGER_MODELS,
  RefId: 2 + 4 * INTEGER_MODELS,
  Count: 2 + 5 * INTEGER_MODELS,
} as const;

/**
 * Codes one tick: what Schema's encoder wrote, who leaves, who wakes, what became of those awake, who enters. With a source it
 * writes, without one it reads. PROTOCOL.md D.
 *
 * Its cost is linear in the entities that are awake. Entities that did not change for a while fall asleep by themselves,
 * on both sides in the same tick.
 */
export class FrameCoder {
  readonly tables: readonly EntityTable[];
  readonly models: BitModels = newBitModels(FrameModel.Count);
  readonly structureModels: BitModels = newStructureModels();
  /** Whether entities left, woke or entered in the last frame. */
  eventful = 0;
  /** The highest refId that entered: refIds rise. */
  lastRefId = 0;

  readonly #coder: RangeCoder;
  readonly #listener: FrameListener;
  readonly #source: ValueSource | undefined;
  /** Stands for what an entity is now when frames are read. */
  readonly #unknown: Int32Array;

  constructor(tables: readonly EntityTable[], coder: RangeCoder, listener: FrameListener, source?: ValueSource) {
    this.tables = tables;
    this.#coder = coder;
    this.#listener = listener;
    this.#source = source;
    this.#unknown = new Int32Array(Math.max(0, ...tables.map(({ valueCount }) => valueCount)));
  }

  /**
   * @param structure what Schema's encoder wrote; to read, anything
   * @param events given to write, and empty to read
   * @returns the structure
   * @throws {WireError} `bad-state` for what no encoder writes; the tables are then of no use any more
   */
  code(structure: Uint8Array, events: FrameEvents): Uint8Array {
    const bytes = codeStructure(this.#coder, this.structureModels, structure);
    const { leaves, wakes, enters } = events;
    const any = leaves.length + wakes.length + enters.length === 0 ? 0 : 1;
    const eventful = this.#coder.bit(this.models, FrameModel.Eventful + this.eventful, any);
    this.eventful = eventful;
    if (eventful === 1) {
      this.#codeLeaves(leaves);
      this.#codeWakes(wakes);
    }
    for (const table of this.tables) this.#codeAwake(table);
    if (eventful === 1) this.#codeEnters(enters);
    return bytes;
  }

  #codeLeaves(leaves: readonly Place[]): void {
    const count = this.#codeCount(FrameModel.Leaves, leaves.length, MOST_ENTITIES);
    for (let i = 0; i < count; i++) {
      const leaving = leaves[i];
      const table = this.#codeTable(leaving?.table);
      const awakeAt = leaving === undefined ? -1 : positionOf(table.awake, table.awakeCount, leaving.slot);
      const isAsleep = this.#coder.bit(table.models, EntityModel.LeavesAsleep, awakeAt < 0 ? 1 : 0) === 1;
      const given = !isAsleep
        ? awakeAt
        : leaving === undefined
          ? 0
          : positionOf(table.asleep, table.asleepCount, leaving.slot);
      const position = codeUnsigned(this.#coder, table.models, EntityModel.LeavesAt, given);
      checkPosition(position, isAsleep ? table.asleepCount : table.awakeCount);
      this.#listener.left(table, isAsleep ? table.removeAsleep(position) : table.removeAwake(position));
    }
  }

  #codeWakes(wakes: readonly Place[]): void {
    const count = this.#codeCount(FrameModel.Wakes, wakes.length, MOST_ENTITIES);
    for (let i = 0; i < count; i++) {
      const waking = wakes[i];
      const table = this.#codeTable(waking?.table);
      const given = waking === undefined ? 0 : positionOf(table.asleep, table.asleepCount, waking.slot);
      const position = codeUnsigned(this.#coder, table.models, EntityModel.WakesAt, given);
      checkPosition(position, table.asleepCount);
      table.wake(position);
    }
  }

  /** Hot. Those that have come to rest go to sleep in the order in which they lay awake. */
  #codeAwake(table: EntityTable): void {
    const { awake, units, bases } = table;
    const coder = this.#coder;
    const listener = this.#listener;
    const source = this.#source;
    const unknown = this.#unknown;
    const counts = table.pool === undefined ? unknown : table.pool.counts;
    const count = table.awakeCount;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const slot = awake[i]!;
      const outcome =
        units.kind === 'scalars'
          ? codeScalars(coder, table, units, slot, counts, bases[slot]!)
          : codeQuaternion(coder, table, units, slot, source === undefined ? unknown : source.rotation(table, slot));
      if (outcome === Outcome.AtRest) table.lull(slot);
      else awake[kept++] = slot;
      if (source === undefined && outcome === Outcome.Changed) listener.changed(table, slot);
    }
    table.awakeCount = kept;
    table.lulled = count - kept;
  }

  #codeEnters(enters: FrameEvents['enters']): void {
    let room = MOST_ENTITIES;
    for (const { size } of this.tables) room -= size;
    const count = this.#codeCount(FrameModel.Enters, enters.length, room);
    for (let i = 0; i < count; i++) {
      const table = this.#codeTable(enters[i]?.table);
      const given = (enters[i]?.refId ?? 0) - this.lastRefId - 1;
      const refId = (this.lastRefId + 1 + codeSigned(this.#coder, this.models, FrameModel.RefId, given)) | 0;
      this.lastRefId = Math.max(this.lastRefId, refId);
      const slot = table.add(refId);
      this.#listener.entered(table, slot);
      this.#codeEntering(table, slot);
    }
  }

  #codeEntering(table: EntityTable, slot: number): void {
    const { units, pool, bases } = table;
    if (units.kind === 'scalars') {
      codeEnteringScalars(this.#coder, table, units, slot, pool?.counts ?? this.#unknown, bases[slot]!);
    } else {
      codeEnteringQuaternion(this.#coder, table, units, slot, this.#source?.rotation(table, slot) ?? this.#unknown);
    }
  }

  #codeCount(model: number, given: number, most: number): number {
    const count = codeUnsigned(this.#coder, this.models, model, given);
    if (count > most) throw new WireError('bad-state', 0, `${count} entities of at most ${most}`);
    return count;
  }

  #codeTable(given: EntityTable | undefined): EntityTable {
    const table = this.tables[codeUnsigned(this.#coder, this.models, FrameModel.Table, given?.index ?? 0)];
    if (table === undefined) throw new WireError('bad-state', 0, 'a live class that is not there');
    return table;
  }
}

function positionOf(slots: Int32Array, count: number, slot: number): number {
  const position = slots.indexOf(slot);
  return position < count ? position : -1;
}

function checkPosition(position: number, count: number): void {
  if (position >= count) throw new WireError('bad-state', 0, `entity ${position} of ${count}`);
}
