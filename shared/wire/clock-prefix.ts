import { FRAME_HEADER_BYTES } from './frame.ts';
import { FrameType } from './frame-type.ts';
import { type Cursor, readVarint, writeVarint } from './varint.ts';
import { WireError } from './wire-error.ts';

/**
 * The clock prefix of timed state: where the room's clock stands and which of the client's inputs the state includes.
 * PROTOCOL.md M2. Colyseus has eight bytes for it in every state and patch, and so has a STATE:
 *
 *   u32 LE milliseconds since the room's start | u32 LE number of the last input consumed
 *
 * A DELTA says how far both moved since the timed STATE or DELTA before it, mod 2^32; mostly that is one byte:
 *
 *   byte 0, bits 0 to 3  inputs, 0 to 14; 15: a varint with their number follows
 *           bits 4 to 7  milliseconds beyond the fewest (see fewestMs), 0 to 14; 15: a varint with all of them follows
 */
export const CLOCK_PREFIX_BYTES = 8;

/** Of a DELTA's prefix: the head and two varints of 32 bits. */
export const MAX_CLOCK_PREFIX_BYTES = 11;

/** The nibble that says "a varint follows". */
const ESCAPE = 15;
/** The nibble for exactly one tick, so that one that came a little early or late fits too. */
const ONE_TICK = 7;

/**
 * Bytes of the clock prefix with which a timed body begins.
 * @throws {WireError} `truncated`, or `wrong-length` where a varint is none
 */
export function clockPrefixBytes(type: FrameType, body: Uint8Array): number {
  if (type !== FrameType.Delta) {
    if (body.length < CLOCK_PREFIX_BYTES) throw tooShort(body);
    return CLOCK_PREFIX_BYTES;
  }
  const head = headOf(body);
  if (inputsIn(head) !== ESCAPE && ticksIn(head) !== ESCAPE) return 1;
  const cursor: Cursor = { bytes: body, offset: 1 };
  if (inputsIn(head) === ESCAPE) readVarint(cursor);
  if (ticksIn(head) === ESCAPE) readVarint(cursor);
  return cursor.offset;
}

/** What both ends of a connection know: where the last timed message left the clock. */
abstract class ClockEnd {
  protected readonly fewestMs: number;
  protected elapsedMs = 0;
  protected inputs = 0;
  #begun = false;

  /** @param tickMs between two ticks, as the join says it (M4); undefined in a room that does not tick */
  constructor(tickMs: number | undefined) {
    this.fewestMs = fewestMs(tickMs);
  }

  /** Whether a timed STATE has passed: nothing can be counted before. */
  get begun(): boolean {
    return this.#begun;
  }

  /**
   * A timed STATE passes, its eight bytes as they are: what follows counts from them.
   * @throws {WireError} `truncated`
   */
  begin(body: Uint8Array): void {
    if (body.length < CLOCK_PREFIX_BYTES) throw tooShort(body);
    this.elapsedMs = readU32(body, 0);
    this.inputs = readU32(body, 4);
    this.#begun = true;
  }
}

/** Where every writer writes its prefixes. Mostly one is the head alone. */
const scratch = new Uint8Array(MAX_CLOCK_PREFIX_BYTES);
const shortPrefix = scratch.subarray(0, 1);

/** Makes the clock prefix small on its way out. One for each connection: it must see just what is sent, in order. */
export class ClockWriter extends ClockEnd {
  /**
   * @param body of a timed DELTA as Colyseus writes it, behind eight bytes; begin() came before
   * @returns a copy of it behind the compact prefix
   */
  compact(body: Uint8Array): Uint8Array {
    return this.prefixed(readU32(body, 0), readU32(body, 4), body.subarray(CLOCK_PREFIX_BYTES));
  }

  /**
   * Hot: once a tick and client.
   * @param elapsedMs u32, since the room's start
   * @param inputs u32, the number of the client's last input that was consumed
   * @returns a copy of `patch` behind the compact prefix
   */
  prefixed(elapsedMs: number, inputs: number, patch: Uint8Array): Uint8Array {
    const prefix = this.scratchPrefix(elapsedMs, inputs);
    const out = new Uint8Array(prefix.length + patch.length);
    out.set(prefix);
    out.set(patch, prefix.length);
    return out;
  }

  /**
   * Hot: once a tick and client. The prefix alone.
   * @returns a view of memory that all writers share, to be copied at once: the next prefix of any of them overwrites it
   */
  scratchPrefix(elapsedMs: number, inputs: number): Uint8Array {
    if (!this.begun) throw new Error('a timed STATE goes out before the first timed DELTA of a connection');
    const passedMs = (elapsedMs - this.elapsedMs) >>> 0;
    const consumed = (inputs - this.inputs) >>> 0;
    this.elapsedMs = elapsedMs;
    this.inputs = inputs;

    const beyondMs = passedMs - this.fewestMs;
    const msFit = beyondMs >= 0 && beyondMs < ESCAPE;
    const inputsFit = consumed < ESCAPE;
    scratch[0] = ((msFit ? beyondMs : ESCAPE) << 4) | (inputsFit ? consumed : ESCAPE);
    if (msFit && inputsFit) return shortPrefix;
    let offset = 1;
    if (!inputsFit) offset = writeVarint(scratch, offset, consumed);
    if (!msFit) offset = writeVarint(scratch, offset, passedMs);
    return scratch.subarray(0, offset);
  }
}

/** Gives the eight bytes back. One for each connection. */
export class ClockReader extends ClockEnd {
  /**
   * Hot: once a frame received.
   * @param body of a timed DELTA, behind the compact prefix
   * @returns a copy of it behind eight bytes, as Colyseus reads it
   * @throws {WireError} `delta-without-state`, `truncated` or `wrong-length`; nothing has moved then
   */
  expand(body: Uint8Array): Uint8Array {
    if (!this.begun) throw new WireError('delta-without-state', FRAME_HEADER_BYTES, 'a timed DELTA before any STATE');
    const head = headOf(body);
    const cursor: Cursor = { bytes: body, offset: 1 };
    const consumed = inputsIn(head) === ESCAPE ? readEscaped(cursor, 0) : inputsIn(head);
    const passedMs = ticksIn(head) === ESCAPE ? readEscaped(cursor, this.fewestMs) : this.fewestMs + ticksIn(head);
    this.elapsedMs = (this.elapsedMs + passedMs) >>> 0;
    this.inputs = (this.inputs + consumed) >>> 0;

    const out = new Uint8Array(CLOCK_PREFIX_BYTES + body.length - cursor.offset);
    writeU32(out, 0, this.elapsedMs);
    writeU32(out, 4, this.inputs);
    out.set(body.subarray(cursor.offset), CLOCK_PREFIX_BYTES);
    return out;
  }
}

const inputsIn = (head: number): number => head & 0x0f;
const ticksIn = (head: number): number => head >>> 4;

/**
 * The fewest milliseconds that the four bits say: 9 at 60 Hz, where they reach to 23. Counted from the microseconds of
 * the join, which are rounded: both sides must come to the same.
 */
function fewestMs(tickMs: number | undefined): number {
  if (tickMs === undefined) return 0;
  return Math.max(0, Math.floor(Math.round(tickMs * 1_000) / 1_000) - ONE_TICK);
}

function headOf(body: Uint8Array): number {
  if (body.length === 0) throw tooShort(body);
  return body[0]!;
}

/** @throws {WireError} `wrong-length` also for a number that four bits say, which is then not in its shortest form */
function readEscaped(cursor: Cursor, fewest: number): number {
  const at = cursor.offset;
  const value = readVarint(cursor);
  if (value >= fewest && value < fewest + ESCAPE) {
    throw new WireError('wrong-length', FRAME_HEADER_BYTES + at, `${value} in a varint, where four bits say it`);
  }
  return value;
}

const tooShort = (body: Uint8Array): WireError =>
  new WireError('truncated', FRAME_HEADER_BYTES + body.length, 'no clock prefix');

const readU32 = (from: Uint8Array, at: number): number =>
  (from[at]! | (from[at + 1]! << 8) | (from[at + 2]! << 16) | (from[at + 3]! << 24)) >>> 0;

function writeU32(out: Uint8Array, at: number, value: number): void {
  out[at] = value;
  out[at + 1] = value >>> 8;
  out[at + 2] = value >>> 16;
  out[at + 3] = value >>> 24;
}
