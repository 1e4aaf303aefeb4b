import { checkFlags, checkType, FRAME_HEADER_BYTES, MAX_PAYLOAD_BYTES, type Side } from './frame.ts';
import { FRAME_RULES, FrameFlag, FrameType } from './frame-type.ts';
import { type Cursor, readVarint, varintLength, writeVarint } from './varint.ts';
import { WireError } from './wire-error.ts';

/** One message as it lies in a frame: `body` is the payload it would have as a frame of its own. */
export interface WireMessage {
  type: FrameType;
  /** Of FrameFlag; in a batch only Compressed and Timed. */
  flags: number;
  body: Uint8Array;
}

/** What an entry may say of itself: that it is to be acknowledged is the frame's, fragments never lie in a batch. */
const ENTRY_FLAGS = FrameFlag.Compressed | FrameFlag.Timed;
/** Bytes of the largest entry head: a varint for the length and the byte for type and flags. */
const MAX_ENTRY_HEAD_BYTES = varintLength(MAX_PAYLOAD_BYTES) + 1;

/** Bytes that a message takes in a batch. */
export function batchEntryBytes(message: WireMessage): number {
  return varintLength(message.body.length) + 1 + message.body.length;
}

/** Whether the message may share a frame with others at all. */
export function fitsBatch(message: WireMessage): boolean {
  return message.body.length + MAX_ENTRY_HEAD_BYTES <= MAX_PAYLOAD_BYTES;
}

/**
 * BATCH payload: entries to the end, at least one. PROTOCOL.md B1 to B4.
 *
 *   varint length of the body | u8: type in the low four bits, its flags in the high four | body
 *
 * @returns the offset after the entry
 */
export function writeBatchEntry(out: Uint8Array, offset: number, message: WireMessage): number {
  offset = writeVarint(out, offset, message.body.length);
  out[offset++] = message.type | ((message.flags & ENTRY_FLAGS) << 4);
  out.set(message.body, offset);
  return offset + message.body.length;
}

/**
 * Reads a whole batch or nothing.
 * @throws {WireError} `bad-batch` when it is empty or an entry is a type that no batch holds; `truncated` when an
 *   entry is longer than what is left; `unknown-type`, `wrong-direction` or `wrong-flag` as for a header
 */
export function readBatch(payload: Uint8Array, side: Side): WireMessage[] {
  if (payload.length === 0) throw new WireError('bad-batch', FRAME_HEADER_BYTES, 'a batch has at least one entry');
  const entries: WireMessage[] = [];
  const cursor: Cursor = { bytes: payload, offset: 0 };
  while (cursor.offset < payload.length) entries.push(readBatchEntry(cursor, side));
  return entries;
}

function readBatchEntry(cursor: Cursor, side: Side): WireMessage {
  const { bytes } = cursor;
  const length = readVarint(cursor);
  const headAt = FRAME_HEADER_BYTES + cursor.offset;
  const head = bytes[cursor.offset++];
  if (head === undefined) throw new WireError('truncated', headAt, 'an entry without its type');
  const type = checkType(head & 0x0f, side, headAt);
  if (type === FrameType.Batch || type === FrameType.Resume) {
    throw new WireError('bad-batch', headAt, `a ${FRAME_RULES[type]!.name} inside a batch`);
  }
  const flags = head >>> 4;
  if (flags & ~ENTRY_FLAGS) throw new WireError('wrong-flag', headAt, `an entry with flags ${flags}`);
  checkFlags(type, flags, headAt);
  const end = cursor.offset + length;
  if (end > bytes.length) {
    throw new WireError('truncated', headAt + 1, `an entry of ${length} bytes, ${bytes.length - cursor.offset} left`);
  }
  const body = bytes.subarray(cursor.offset, end);
  cursor.offset = end;
  return { type, flags, body };
}
