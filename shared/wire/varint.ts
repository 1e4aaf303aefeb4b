import { FRAME_HEADER_BYTES } from './frame.ts';
import { WireError } from './wire-error.ts';

/**
 * Unsigned LEB128: seven bits a byte, low bits first, the top bit says that more follow. Up to 2^32 - 1, 5 bytes.
 * PROTOCOL.md F6.
 */
const MAX_VARINT_BYTES = 5;

/** Where a reader stands in `bytes`, a frame's payload. One a call, never shared. */
export interface Cursor {
  readonly bytes: Uint8Array;
  offset: number;
}

export function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

/** @returns the offset after the last byte written */
export function writeVarint(out: Uint8Array, offset: number, value: number): number {
  while (value >= 0x80) {
    out[offset++] = (value & 0x7f) | 0x80;
    value = Math.floor(value / 0x80); // not >>>: the value has 32 bits
  }
  out[offset++] = value;
  return offset;
}

/** @throws {WireError} `truncated`; `wrong-length` when it has more than 5 bytes or 32 bits, or is not the shortest form */
export function readVarint(cursor: Cursor): number {
  const start = cursor.offset;
  let value = 0;
  let scale = 1;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = cursor.bytes[cursor.offset];
    if (byte === undefined)
      throw new WireError('truncated', FRAME_HEADER_BYTES + cursor.offset, 'a varint ends in the middle');
    cursor.offset++;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (value > 0xffff_ffff || (byte === 0 && i > 0)) break;
      return value;
    }
    scale *= 0x80;
  }
  throw new WireError('wrong-length', FRAME_HEADER_BYTES + start, 'a varint is the shortest form of at most 32 bits');
}
