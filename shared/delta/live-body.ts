import { FRAME_HEADER_BYTES } from '../wire/frame.ts';
import type { Cursor } from '../wire/varint.ts';
import { WireError } from '../wire/wire-error.ts';
import { checkByte } from './check-byte.ts';

/** Of a body that are for its check. */
export const CHECK_BYTES = 1;

/** Stands for a keyframe's number, which is in its code. */
export const KEYFRAME_NUMBER = 0;

/**
 * The body of a STATE or DELTA of a room with live fields: u8 check byte over the rest and the frame's number, then the
 * rest. A delta in which there is nothing to say has no bytes at all. PROTOCOL.md D1.
 * @param frame counts the frames of a stream, modulo 256
 */
export function writeLiveBody(frame: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, CHECK_BYTES));
  let offset = CHECK_BYTES;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return sealLiveBody(frame, bytes);
}

/** The same for a body that is there but for its check byte. Hot: nothing is allocated. */
export function sealLiveBody(frame: number, bytes: Uint8Array): Uint8Array {
  bytes[0] = checkByte(bytes, CHECK_BYTES, frame);
  return bytes;
}

/**
 * @returns a cursor behind the check byte
 * @throws {WireError} `truncated`, or `bad-check` for bytes that were damaged or belong to another frame
 */
export function readLiveBody(bytes: Uint8Array, frame: number): Cursor {
  if (bytes.length === 0) throw new WireError('truncated', FRAME_HEADER_BYTES, 'a body without its check byte');
  if (checkByte(bytes, CHECK_BYTES, frame) !== bytes[0]) {
    throw new WireError('bad-check', FRAME_HEADER_BYTES, 'a state that is not the next one');
  }
  return { bytes, offset: CHECK_BYTES };
}
