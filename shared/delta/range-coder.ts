import { WireError } from '../wire/wire-error.ts';
import * as bitModel from './bit-model.ts';
import type { BitModels } from './bit-model.ts';

// Engines take what another module exports for a variable, and would load it for every decision.
const ADAPTATION = bitModel.ADAPTATION;
const LEAST_CHANCE = bitModel.LEAST_CHANCE;
const MOST_CHANCE = bitModel.MOST_CHANCE;

/** The window of 31 bits, so that every number in it is a non-negative int32. */
const WINDOW = 0x7fffffff;
/** At least 23 bits of it are in use, so that a probability of 15 bits always divides it. */
const MIN_RANGE = 1 << 23;
/** The byte that leaves, or comes, lies above so many bits of the window. */
const BYTE_SHIFT = 23;
/** Bits that one step splits the range into evenly at most. */
const RAW_STEP_BITS = 16;
/** By so much a reader looks ahead of what it has read. */
const LOOK_AHEAD_BYTES = 4;
/** So many zeros at its end are left out of a code at most: it says by its length how long it takes to read. */
const MOST_OMITTED_BYTES = 65_536;

/**
 * Writes or reads binary decisions, each at the price of its surprise: one that its model held for likely costs a small
 * fraction of a bit. A binary range coder (G. N. N. Martin 1979) with the adaptation of LZMA's. PROTOCOL.md D5.
 *
 * It goes one way at a time: written by {@link write}, {@link bit}, ..., {@link end}; read by {@link read} and the same
 * calls, then {@link finish}. A decision is handed in when it is written and comes back either way, so that one
 * description of a frame both writes and reads it, and there is one class for engines to compile.
 *
 * The code is a binary fraction in [low, low + range). Bytes leave at its top; what overflows them later is carried into
 * those that left. Hot: several calls for every live number of every tick; allocates when its buffer grows.
 */
export class RangeCoder {
  #writes = true;
  #bytes: Uint8Array = new Uint8Array(4_096);
  /** Of the code in `#bytes`: where it begins, where the next byte is, and, to read, where it ends. */
  #start = 0;
  #offset = 0;
  #end = 0;
  #range = WINDOW;
  /** Written: the low end of the range. Read: how far above it the code lies. */
  #low = 0;
  /** The last byte that was read: the window ends inside a byte. */
  #last = 0;

  /** Bytes to write to; when a code is read, `#bytes` is the peer's. */
  #own: Uint8Array = this.#bytes;

  /** Begins to write a new code, behind so many bytes that are left to the caller. */
  write(reserved = 0): void {
    this.#writes = true;
    this.#bytes = this.#own;
    this.#start = this.#offset = reserved;
    this.#range = WINDOW;
    this.#low = 0;
  }

  /** Begins to read the code in `bytes` from `offset` to `end`, which must stay as they are until it is read. */
  read(bytes: Uint8Array, offset: number, end: number): void {
    this.#writes = false;
    this.#bytes = bytes;
    this.#start = this.#offset = offset;
    this.#end = end;
    this.#range = WINDOW;
    this.#low = this.#last = 0;
    for (let i = 0; i < LOOK_AHEAD_BYTES; i++) this.#pull();
  }

  get writes(): boolean {
    return this.#writes;
  }

  /** One decision, 0 or 1, as the models see it; they learn it, each time by 1 / 2^adaptation of the way. */
  bit(models: BitModels, model: number, bit: number, adaptation: number = ADAPTATION): number {
    const chance = models[model]!;
    let range = this.#range;
    const bound = Math.imul(range >>> 15, chance >>> 1);
    if (!this.#writes) {
      const above = (this.#low - bound) | 0;
      bit = ~above >>> 31;
      this.#low = bit === 1 ? above : this.#low;
    }
    // All ones for 1, so that no branch depends on the decision: an engine could not foresee it.
    const one = -bit;
    models[model] = chance + (((MOST_CHANCE & ~one) + (LEAST_CHANCE & one) - chance) >> adaptation);
    range = bound + (one & (range - bound - bound));
    if (this.#writes) {
      const low = (this.#low + (bound & one)) | 0;
      if (low < 0) this.#carry();
      this.#low = low & WINDOW;
    }
    this.#range = range;
    if (range < MIN_RANGE) this.#renew();
    return bit;
  }

  /** The `count` low bits of `value`, 0 to 32, at one bit each. @returns them, unsigned */
  raw(value: number, count: number): number {
    let all = 0;
    for (let left = count; left > 0;) {
      const step = left < RAW_STEP_BITS ? left : RAW_STEP_BITS;
      left -= step;
      const share = this.#range >>> step;
      const most = (1 << step) - 1;
      let part = (value >>> left) & most;
      if (!this.#writes) {
        // What the division leaves at the top of the range belongs to no value: bytes that nobody wrote.
        part = (this.#low / share) | 0;
        if (part > most) part = most;
      }
      all = (all << step) | part;
      this.#above(Math.imul(share, part), share);
    }
    return all >>> 0;
  }

  /**
   * Ends a code that is written, with as few bytes as name a number inside.
   * @returns the reserved bytes and the code: a view that the next code overwrites
   */
  end(): Uint8Array {
    // The range spans a whole step of the window's top byte, so the next multiple of one lies inside.
    this.#above(MIN_RANGE - 1, MIN_RANGE);
    this.#push();
    const least = Math.max(this.#start, this.#offset - MOST_OMITTED_BYTES);
    let end = this.#offset;
    while (end > least && this.#bytes[end - 1] === 0) end--;
    return this.#bytes.subarray(0, end);
  }

  /**
   * Ends a code that is read.
   * @throws {WireError} `trailing-bytes` when there are more than a writer writes for what was read
   */
  finish(): void {
    const most = this.#offset - (LOOK_AHEAD_BYTES - 1);
    if (this.#end > most) throw new WireError('trailing-bytes', most, 'behind the end of a code');
    const omitted = most - this.#end;
    if (omitted < MOST_OMITTED_BYTES && this.#end > this.#start && this.#bytes[this.#end - 1] === 0) {
      throw new WireError('trailing-bytes', this.#end - 1, 'a zero at the end of a code');
    }
  }

  /** The code lies in the part of the range that begins at `bound`. */
  #above(bound: number, range: number): void {
    if (this.#writes) {
      const low = (this.#low + bound) | 0;
      if (low < 0) this.#carry();
      this.#low = low & WINDOW;
    } else {
      this.#low = (this.#low - bound) | 0;
    }
    this.#range = range;
    if (range < MIN_RANGE) this.#renew();
  }

  #renew(): void {
    do {
      this.#range <<= 8;
      if (this.#writes) this.#push();
      else this.#pull();
    } while (this.#range < MIN_RANGE);
  }

  #push(): void {
    if (this.#offset === this.#bytes.length) {
      this.#own = new Uint8Array(this.#offset * 2);
      this.#own.set(this.#bytes);
      this.#bytes = this.#own;
    }
    this.#bytes[this.#offset++] = this.#low >>> BYTE_SHIFT;
    this.#low = (this.#low << 8) & WINDOW;
  }

  #pull(): void {
    const next = this.#offset < this.#end ? this.#bytes[this.#offset]! : 0;
    this.#offset++;
    if (this.#offset - this.#end >= MOST_OMITTED_BYTES + LOOK_AHEAD_BYTES) {
      throw new WireError('truncated', this.#end, 'a code without an end');
    }
    this.#low = ((this.#low << 8) & WINDOW) | ((this.#last << 7) & 0xff) | (next >>> 1);
    this.#last = next;
  }

  /** The code stays below 1, so a carry ends at some byte that has left. */
  #carry(): void {
    const bytes = this.#bytes;
    let i = this.#offset - 1;
    while (bytes[i] === 0xff) bytes[i--] = 0;
    bytes[i]!++;
  }
}
