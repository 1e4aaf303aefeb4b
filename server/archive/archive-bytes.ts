import { ArchiveError } from './archive-error.ts';

/** Numbers up to 2^53 - 1 have at most 8 groups of 7 bits. */
const MAX_VARINT_BYTES = 8;

/**
 * A value: varint `head`, then what the head says.
 *
 *   head   0 undefined   1 null   2 false   3 true
 *          4 f64, 8 bytes         5 text    6 bigint, as decimal text
 *          7 varint refId
 *          from 8 on: the whole number that zigzag makes of `head - 8`
 */
export const Head = {
  Undefined: 0,
  Null: 1,
  False: 2,
  True: 3,
  Double: 4,
  Text: 5,
  BigInt: 6,
  Ref: 7,
  Whole: 8,
} as const;

/** Beyond it a number travels as a double. */
const MOST_WHOLE = 2 ** 50;

/** Up to here bits can be taken from a number without a division. */
const MOST_BITWISE = 0x7fff_ffff;

/** Bytes that grow as they are written. One is used over and over. */
export class ArchiveWriter {
  #bytes = new Uint8Array(4_096);
  #view = new DataView(this.#bytes.buffer);
  offset = 0;

  /** @returns a copy of what was written since the last call */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.offset);
    this.offset = 0;
    return taken;
  }

  varint(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    const bytes = this.#bytes;
    let { offset } = this;
    for (; value > MOST_BITWISE; value = Math.floor(value / 0x80)) bytes[offset++] = (value % 0x80) | 0x80;
    let rest = value | 0;
    for (; rest >= 0x80; rest >>>= 7) bytes[offset++] = (rest & 0x7f) | 0x80;
    bytes[offset++] = rest;
    this.offset = offset;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.offset++] = value;
  }

  /** A mask of bits 0 to 31. */
  mask(bits: number): void {
    this.varint(bits >>> 0);
  }

  whole(value: number): void {
    this.varint((value < 0 ? -2 * value - 1 : 2 * value) + Head.Whole);
  }

  ref(refId: number): void {
    this.byte(Head.Ref);
    this.varint(refId);
  }

  /** @returns false, with nothing written, for what is no value of a field: an object, a function, a symbol */
  value(value: unknown): boolean {
    switch (typeof value) {
      case 'number':
        if (Number.isInteger(value) && Math.abs(value) <= MOST_WHOLE && !Object.is(value, -0)) this.whole(value);
        else this.double(value);
        return true;
      case 'string':
        this.byte(Head.Text);
        this.text(value);
        return true;
      case 'boolean':
        this.byte(value ? Head.True : Head.False);
        return true;
      case 'bigint':
        this.byte(Head.BigInt);
        this.text(value.toString());
        return true;
      case 'undefined':
        this.byte(Head.Undefined);
        return true;
      default:
        if (value !== null) return false;
        this.byte(Head.Null);
        return true;
    }
  }

  /** As UTF-8. Most are short names, of letters that are a byte each. */
  text(text: string): void {
    const { offset } = this;
    this.varint(text.length);
    this.#reserve(text.length);
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) {
        this.offset = offset;
        this.bytes(Buffer.from(text, 'utf8'));
        return;
      }
      bytes[this.offset++] = code;
    }
  }

  /** With their length in front. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.offset, value);
    this.offset += 4;
  }

  /** What was written since the last {@link take}; good until more is written. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.offset);
  }

  double(value: number): void {
    this.byte(Head.Double);
    this.#reserve(8);
    this.#view.setFloat64(this.offset, value);
    this.offset += 8;
  }

  #reserve(count: number): void {
    const needed = this.offset + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.offset));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** A number that stands for an instance; in what was read, references are told from numbers by the field that has them. */
export type ReadValue = string | number | boolean | bigint | null | undefined;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads what {@link ArchiveWriter} wrote, from anybody: each read is bounded by what is there. */
export class ArchiveReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #offset = 0;
  /** Of the value that was read last. */
  head = 0;

  /** @param end of what is to be read */
  constructor(bytes: Uint8Array, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = end;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#end - this.#offset;
  }

  finish(): void {
    if (this.left !== 0) throw badBytes(`${this.left} bytes behind the end`);
  }

  byte(): number {
    this.#need(1);
    return this.#bytes[this.#offset++]!;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 0x80;
    }
    throw badBytes('a varint of more than 53 bits');
  }

  mask(): number {
    const bits = this.varint();
    if (bits > 0xffff_ffff) throw badBytes('a mask of more than 32 bits');
    return bits | 0;
  }

  /** How many of something follow, each of at least `bytesEach`. */
  count(bytesEach = 1): number {
    const count = this.varint();
    if (count * bytesEach > this.left) throw badBytes(`${count} of something in ${this.left} bytes`);
    return count;
  }

  /** @param base what whole numbers are the difference to */
  value(base = 0): ReadValue {
    const head = (this.head = this.varint());
    switch (head) {
      case Head.Undefined:
        return undefined;
      case Head.Null:
        return null;
      case Head.False:
        return false;
      case Head.True:
        return true;
      case Head.Double: {
        this.#need(8);
        this.#offset += 8;
        return this.#view.getFloat64(this.#offset - 8);
      }
      case Head.Text:
        return this.text();
      case Head.BigInt:
        return bigintOf(this.text());
      case Head.Ref:
        return this.varint();
    }
    const zigzag = head - Head.Whole;
    return base + (zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2);
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return utf8.decode(bytes);
    } catch {
      throw badBytes('a text that is not UTF-8');
    }
  }

  /** A view of them. */
  bytes(): Uint8Array {
    const length = this.count();
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  u32(): number {
    this.#need(4);
    this.#offset += 4;
    return this.#view.getUint32(this.#offset - 4);
  }

  #need(count: number): void {
    if (this.left < count) throw badBytes('truncated');
  }
}

function bigintOf(text: string): bigint {
  if (!/^-?\d{1,20}$/.test(text)) throw badBytes('a bigint that is none');
  return BigInt(text);
}

export const badBytes = (what: string): ArchiveError =>
  new ArchiveError('bad-bytes', `not the bytes of a state: ${what}`);
