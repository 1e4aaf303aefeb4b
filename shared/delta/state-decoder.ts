import type { DataChange, Decoder } from '@colyseus/schema';
import type { LiveField } from '../live/live-field.ts';
import { layoutFrom, type LiveLayout } from '../live/live-layout.ts';
import { decodeWhole } from '../schema/decode-whole.ts';
import { hasCallbacks, refOf, releasesRefs, triggerChanges, withHeldChanges } from '../schema/held-changes.ts';
import { FRAME_HEADER_BYTES } from '../wire/frame.ts';
import { readVarint } from '../wire/varint.ts';
import { WireError } from '../wire/wire-error.ts';
import { EntityTable } from './entity-table.ts';
import { FrameCoder, type FrameEvents, MOST_ENTITIES } from './frame-coder.ts';
import { codeKeyframe } from './keyframe-coder.ts';
import { readLayouts } from './layout-bytes.ts';
import { KEYFRAME_NUMBER, readLiveBody } from './live-body.ts';
import { unitsOf, writeInstance } from './live-class.ts';
import { RangeCoder } from './range-coder.ts';

const NO_EVENTS: FrameEvents = { leaves: [], wakes: [], enters: [] };
const NOTHING = new Uint8Array(0);

/**
 * A client's end of a stream: takes bodies of STATE and DELTA, and writes what they say into the state that Schema's
 * decoder holds. A body is read whole before anything of it is written, and written whole before any callback runs. One
 * that breaks a rule of PROTOCOL.md D changes nothing.
 *
 * Of the structure only Schema's decoder knows the rules, while it writes. What that throws comes out as it is: the state
 * then has what was read of the structure up to there and no new live values, and no callback was run, nor will be for
 * that much. As behind a WireError, {@link follows} is false, and the next keyframe makes the state what it says.
 */
export class StateDecoder {
  readonly #decoder: Decoder;
  readonly #coder = new RangeCoder();
  #layouts: LiveLayout[] = [];
  /** Undefined until a keyframe came, and again when something came that does not fit. */
  #frame: FrameCoder | undefined;
  #number = 0;
  /** Entities whose values are to be written: table and slot, by turns. */
  #touched: number[] = [];
  /** Entities whose instance is not there yet: slot, and above it the table. */
  readonly #awaited = new Set<number>();

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  /** Whether deltas can be taken. */
  get follows(): boolean {
    return this.#frame !== undefined;
  }

  /**
   * @throws {WireError} and the state is as it was; no delta can be taken until another keyframe came
   * @throws what Schema's decoder throws, see above; what a callback throws, when all is written
   */
  keyframe(body: Uint8Array): void {
    this.#frame = undefined;
    const cursor = readLiveBody(body, KEYFRAME_NUMBER);
    const structureEnd = readVarint(cursor) + cursor.offset;
    if (structureEnd > body.length) {
      throw new WireError('truncated', FRAME_HEADER_BYTES + body.length, `structure up to byte ${structureEnd}`);
    }
    const structure = body.subarray(cursor.offset, structureEnd);
    cursor.offset = structureEnd;
    const layouts = readLayouts(cursor).map(layoutFrom);
    const tables = layouts.map((layout, i) => new EntityTable(unitsOf(layout), i));
    const touch = (table: EntityTable, slot: number): void => void this.#touched.push(table.index, slot);
    const frame = new FrameCoder(tables, this.#coder, { left: this.#left.bind(this), entered: touch, changed: touch });
    this.#coder.read(body, cursor.offset, body.length);
    const number = this.#coder.raw(0, 8);
    codeKeyframe(this.#coder, frame);
    this.#coder.finish();

    this.#layouts = layouts;
    this.#number = number;
    this.#touched = [];
    this.#awaited.clear();
    for (const table of tables) for (const slot of table.slots()) touch(table, slot);
    this.#apply(frame, structure, true);
  }

  /**
   * Hot: once a tick.
   * @throws {WireError} and the state is as it was; no delta can be taken until a keyframe came
   * @throws what Schema's decoder throws, see above; what a callback throws, when all is written
   */
  delta(body: Uint8Array): void {
    const frame = this.#frame;
    if (frame === undefined) throw new WireError('bad-state', 0, 'a delta without a keyframe');
    this.#frame = undefined;
    const start = body.length === 0 ? 0 : readLiveBody(body, this.#number).offset;
    this.#number = (this.#number + 1) & 0xff;
    this.#coder.read(body, start, body.length);
    const structure = frame.code(NOTHING, NO_EVENTS);
    this.#coder.finish();
    this.#apply(frame, structure, false);
  }

  #apply(frame: FrameCoder, structure: Uint8Array, isKeyframe: boolean): void {
    const decoder = this.#decoder;
    const changes =
      structure.length === 0
        ? []
        : withHeldChanges(decoder, () => this.#decode(structure, isKeyframe ? frame : undefined));
    const touched = this.#touched;
    for (const key of this.#awaited) touched.push(Math.floor(key / MOST_SLOTS), key % MOST_SLOTS);
    this.#awaited.clear();
    for (let i = 0; i < touched.length; i += 2) this.#write(frame.tables[touched[i]!]!, touched[i + 1]!, changes);
    touched.length = 0;
    const isReleased = isKeyframe || releasesRefs(decoder);
    this.#frame = frame; // before the callbacks: what a game throws there is no fault of the stream
    try {
      if (structure.length + changes.length > 0) triggerChanges(decoder, changes);
    } finally {
      if (isReleased) this.#forgetRemoved(frame);
    }
  }

  /**
   * Entities can be gone from the structure and still in the stream: a keyframe in the middle of a tick tells of those
   * that leave with the next delta, and a view can lose one that others have. They are then gone, or back as other
   * instances.
   */
  #forgetRemoved({ tables }: FrameCoder): void {
    for (const table of tables) {
      for (const slot of table.slots()) {
        const instance = table.instances[slot];
        if (instance === undefined || refOf(this.#decoder, table.refIds[slot]!) === instance) continue;
        table.instances[slot] = undefined;
        this.#awaited.add(keyOf(table, slot));
      }
    }
  }

  #write(table: EntityTable, slot: number, changes: DataChange[]): void {
    const refId = table.refIds[slot]!;
    const instance = (table.instances[slot] ??= refOf(this.#decoder, refId));
    if (instance === undefined) {
      this.#awaited.add(keyOf(table, slot));
      return;
    }
    const told = hasCallbacks(this.#decoder, refId) ? changes : undefined;
    writeInstance(this.#layouts[table.index]!, instance, table.values, slot * table.valueCount, refId, told);
  }

  #left(table: EntityTable, slot: number): void {
    this.#awaited.delete(keyOf(table, slot));
  }

  /**
   * A full state says what is gone by leaving it out; to a client that has no state yet, nothing is.
   * @param keyframe of a full state: the frame with the entities whose live fields it leaves out
   */
  #decode(structure: Uint8Array, keyframe: FrameCoder | undefined): void {
    if (keyframe === undefined || this.#decoder.root.refs.size <= 1) {
      this.#decoder.decode(structure);
      return;
    }
    const liveNames = this.#layouts.map(({ fields }) => new Set(fields.flatMap(namesOf)));
    const namesById = new Map<number, ReadonlySet<string>>();
    for (const table of keyframe.tables) {
      for (const slot of table.slots()) namesById.set(table.refIds[slot]!, liveNames[table.index]!);
    }
    decodeWhole(this.#decoder, structure, (refId, field) => namesById.get(refId)?.has(field) ?? false);
  }
}

/** More than a table has. */
const MOST_SLOTS = 2 * MOST_ENTITIES;
const keyOf = (table: EntityTable, slot: number): number => table.index * MOST_SLOTS + slot;

const COMPONENTS = ['x', 'y', 'z', 'w'];

const namesOf = (field: LiveField): readonly string[] => (field.kind === 'quaternion' ? COMPONENTS : [field.name]);
