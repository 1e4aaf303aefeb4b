import { hash } from 'node:crypto';

/**
 * An entry of the journal: what became of one room in some ticks. Numbers are big-endian.
 *
 *   byte  0    2         4       8            16
 *         +----+---------+-------+------------+- - - - - - - - - - - - - - - - - - - - -+----------+
 *         | VJ | version | count | first tick | count times: ticks since, length, bytes | checksum |
 *         |    | u16     | u32   | u64        |               u32         u32           | 8 bytes  |
 *         +----+---------+-------+------------+- - - - - - - - - - - - - - - - - - - - -+----------+
 *
 *   version      1
 *   ticks since  the tick before, of the same entry; 0 for the first
 *   checksum     the first 8 bytes of SHA-256 over: the room id's length (u16), the room id, the entry's epoch (u64) and
 *                sequence (u64), and all bytes of the entry in front of the checksum. So an entry fits its place only
 */
export const JOURNAL_VERSION = 1;
const MAGIC = 0x564a;
const HEAD_BYTES = 16;
const TICK_HEAD_BYTES = 8;
const CHECKSUM_BYTES = 8;
/** What a builder begins with; one that had to hold far more, after an outage say, gives it back. */
const USUAL_BYTES = 2_048;
const MAX_IDLE_BYTES = 16_384;
const MAX_TICKS_BETWEEN = 0xffff_ffff;

/** What happened in one tick. Several may have the same number, in order: what happens between two ticks is one. */
export interface JournaledTick {
  readonly tick: number;
  readonly body: Uint8Array;
}

/** An entry that is ready to be written. */
export interface SealedEntry {
  readonly sequence: number;
  readonly bytes: Buffer;
  /** The last tick in it or, if it has none, in those before it. */
  readonly throughTick: number;
}

/** Collects ticks into entries of one room and epoch. Allocates when an entry is sealed, and when it outgrows all before. */
export class EntryBuilder {
  /** The room id, epoch and sequence stand in front, where the checksum reads them; the entry behind them. */
  #bytes: Buffer;
  readonly #start: number;
  #end: number;
  #count = 0;
  #firstTick: number;
  #lastTick: number;
  #sequence: number;

  /** Entries follow `sequence`; `tick` is the last one that lies before them. */
  constructor(roomId: string, epoch: number, { sequence = 0, tick = 0 } = {}) {
    const id = Buffer.from(roomId);
    this.#start = 2 + id.length + 16;
    this.#bytes = Buffer.alloc(this.#start + USUAL_BYTES);
    this.#bytes.writeUInt16BE(id.length, 0);
    this.#bytes.set(id, 2);
    this.#bytes.writeBigUInt64BE(BigInt(epoch), 2 + id.length);
    this.#end = this.#start + HEAD_BYTES;
    this.#sequence = sequence;
    this.#firstTick = this.#lastTick = tick;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of the entry as it is now. */
  get length(): number {
    return this.#end - this.#start + CHECKSUM_BYTES;
  }

  /** The last sequence that was given to an entry. */
  get sequence(): number {
    return this.#sequence;
  }

  get lastTick(): number {
    return this.#lastTick;
  }

  /** Copies `body`. Hot: every tick of every room. @throws {RangeError} `tick` is before the last one, or no tick */
  add(tick: number, body: Uint8Array): void {
    const since = this.#count === 0 ? 0 : tick - this.#lastTick;
    if (!Number.isSafeInteger(tick) || tick < this.#lastTick || since > MAX_TICKS_BETWEEN) {
      throw new RangeError(`tick ${tick} does not follow ${this.#lastTick}`);
    }
    const end = this.#end + TICK_HEAD_BYTES + body.length;
    if (end + CHECKSUM_BYTES > this.#bytes.length) this.#grow(end + CHECKSUM_BYTES);
    if (this.#count === 0) this.#firstTick = tick;
    this.#bytes.writeUInt32BE(since, this.#end);
    this.#bytes.writeUInt32BE(body.length, this.#end + 4);
    this.#bytes.set(body, this.#end + TICK_HEAD_BYTES);
    this.#end = end;
    this.#count++;
    this.#lastTick = tick;
  }

  /** Closes the entry, which may have no ticks, under the next sequence, and begins another one. */
  seal(): SealedEntry {
    const sequence = ++this.#sequence;
    const bytes = this.#bytes;
    writeU64(bytes, sequence, this.#start - 8);
    bytes.writeUInt16BE(MAGIC, this.#start);
    bytes.writeUInt16BE(JOURNAL_VERSION, this.#start + 2);
    bytes.writeUInt32BE(this.#count, this.#start + 4);
    writeU64(bytes, this.#count === 0 ? this.#lastTick : this.#firstTick, this.#start + 8);
    // As text of one letter a byte: that takes half the time of a Buffer of its own.
    const check = hash('sha256', bytes.subarray(0, this.#end), 'binary');
    bytes.write(check, this.#end, CHECKSUM_BYTES, 'latin1');
    const sealed = Buffer.from(bytes.subarray(this.#start, this.#end + CHECKSUM_BYTES));
    if (bytes.length > MAX_IDLE_BYTES && sealed.length < USUAL_BYTES) {
      this.#bytes = Buffer.from(bytes.subarray(0, this.#start + USUAL_BYTES));
    }
    this.#end = this.#start + HEAD_BYTES;
    this.#count = 0;
    return { sequence, bytes: sealed, throughTick: this.#lastTick };
  }

  #grow(needed: number): void {
    const larger = Buffer.alloc(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}

/**
 * Reads what came out of the store, whatever it is. Bodies are views of `bytes`. Never throws.
 * @returns the ticks, or undefined if this is not the entry that was written at that place, or of a newer version
 */
export function readEntry(roomId: string, epoch: number, sequence: number, bytes: Buffer): JournaledTick[] | undefined {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < HEAD_BYTES || bytes.readUInt16BE(0) !== MAGIC || bytes.readUInt16BE(2) !== JOURNAL_VERSION)
    return undefined;
  const id = Buffer.from(roomId);
  const place = Buffer.alloc(2 + id.length + 16);
  place.writeUInt16BE(id.length, 0);
  place.set(id, 2);
  place.writeBigUInt64BE(BigInt(epoch), 2 + id.length);
  place.writeBigUInt64BE(BigInt(sequence), 10 + id.length);
  const expected = checksum(Buffer.concat([place, bytes.subarray(0, end)]));
  if (!expected.subarray(0, CHECKSUM_BYTES).equals(bytes.subarray(end))) return undefined;
  const count = bytes.readUInt32BE(4);
  let tick = Number(bytes.readBigUInt64BE(8));
  if (count * TICK_HEAD_BYTES > end - HEAD_BYTES) return undefined;
  const ticks: JournaledTick[] = [];
  let at = HEAD_BYTES;
  for (let i = 0; i < count; i++) {
    if (at + TICK_HEAD_BYTES > end) return undefined;
    tick += bytes.readUInt32BE(at);
    const length = bytes.readUInt32BE(at + 4);
    at += TICK_HEAD_BYTES;
    if (length > end - at || !Number.isSafeInteger(tick)) return undefined;
    ticks.push({ tick, body: bytes.subarray(at, at + length) });
    at += length;
  }
  return at === end ? ticks : undefined;
}

/** Without a BigInt, which is an allocation. @param value a safe integer, not below 0 */
function writeU64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}

const checksum = (bytes: Buffer): Buffer => hash('sha256', bytes, 'buffer');
