import { type Cursor, readVarint, varintLength, writeVarint } from './varint.ts';
import { WireError } from './wire-error.ts';

/** Payloads of the frames that speak of the connection itself. PROTOCOL.md K1 to K6. Every writeX has its readX. */

/** Where a room lives now, and the seat that waits there. */
export interface Moved {
  /** Host, port and path of the node, as in Colyseus's `publicAddress`; empty where clients have no way of their own to it. */
  address: string;
  /** Of the node, as in the path by which clients come; empty for the one that they named already. */
  processId: string;
  roomId: string;
  sessionId: string;
  reconnectionToken: string;
}

/** Where clients reach a node. */
export type NodePlace = Pick<Moved, 'address' | 'processId'>;

export interface Closing {
  /** A WebSocket close code, see CloseReason. */
  code: number;
  text: string;
}

const MAX_TEXT_BYTES = 1_024;

/** PING and PONG: f64 big-endian, milliseconds of the clock of whoever sent the PING. */
export function writeTime(timeMs: number): Uint8Array {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setFloat64(0, timeMs);
  return payload;
}

export function readTime(payload: Uint8Array): number {
  expectLength(payload, 8);
  return new DataView(payload.buffer, payload.byteOffset, 8).getFloat64(0);
}

/** KEYFRAME: nothing. */
export function readNothing(payload: Uint8Array): void {
  expectLength(payload, 0);
}

/** ACK, and RESUME of a server: u16 big-endian, the last sequence processed. */
export function writeSequence(sequence: number): Uint8Array {
  return Uint8Array.of(sequence >>> 8, sequence);
}

export function readSequence(payload: Uint8Array): number {
  expectLength(payload, 2);
  return (payload[0]! << 8) | payload[1]!;
}

/** What a client says when it comes back. */
export interface ClientResume {
  /** The last that was processed. */
  sequence: number;
  /** How many messages that must be acknowledged it has processed over the whole session, modulo 2^32. */
  messages: number;
}

/** RESUME of a client: u16 big-endian, the last sequence processed; u32 big-endian, how many messages. */
export function writeClientResume({ sequence, messages }: ClientResume): Uint8Array {
  const payload = new Uint8Array(6);
  const view = new DataView(payload.buffer);
  view.setUint16(0, sequence);
  view.setUint32(2, messages);
  return payload;
}

export function readClientResume(payload: Uint8Array): ClientResume {
  expectLength(payload, 6);
  const view = new DataView(payload.buffer, payload.byteOffset, 6);
  return { sequence: view.getUint16(0), messages: view.getUint32(2) };
}

/** CLOSING: u16 big-endian code, then the text in UTF-8 to the end. */
export function writeClosing({ code, text }: Closing): Uint8Array {
  const payload = new Uint8Array(2 + MAX_TEXT_BYTES);
  payload.set(writeSequence(code));
  // encodeInto() cuts a text that is too long between two characters; half of one would be refused as `bad-text`.
  const { written } = new TextEncoder().encodeInto(text, payload.subarray(2));
  return payload.subarray(0, 2 + written);
}

export function readClosing(payload: Uint8Array): Closing {
  if (payload.length < 2) throw new WireError('truncated', 4 + payload.length, 'a CLOSING without its code');
  return { code: readSequence(payload.subarray(0, 2)), text: decodeText(payload.subarray(2)) };
}

/** MOVED: texts, each a varint length and UTF-8: address, process id, room id, session id, reconnection token. */
export function writeMoved(moved: Moved): Uint8Array {
  const { address, processId, roomId, sessionId, reconnectionToken } = moved;
  const encoder = new TextEncoder();
  const texts = [address, processId, roomId, sessionId, reconnectionToken].map((text) => encoder.encode(text));
  const payload = new Uint8Array(texts.reduce((sum, text) => sum + varintLength(text.length) + text.length, 0));
  let offset = 0;
  for (const text of texts) {
    offset = writeVarint(payload, offset, text.length);
    payload.set(text, offset);
    offset += text.length;
  }
  return payload;
}

export function readMoved(payload: Uint8Array): Moved {
  const cursor: Cursor = { bytes: payload, offset: 0 };
  const moved = {
    address: readText(cursor),
    processId: readText(cursor),
    roomId: readText(cursor),
    sessionId: readText(cursor),
    reconnectionToken: readText(cursor),
  };
  if (cursor.offset !== payload.length) throw new WireError('trailing-bytes', 4 + cursor.offset, 'after a MOVED');
  return moved;
}

function readText(cursor: Cursor): string {
  const length = readVarint(cursor);
  const end = cursor.offset + length;
  if (end > cursor.bytes.length) throw new WireError('truncated', 4 + cursor.offset, 'a text ends in the middle');
  const text = decodeText(cursor.bytes.subarray(cursor.offset, end));
  cursor.offset = end;
  return text;
}

function decodeText(bytes: Uint8Array): string {
  if (bytes.length > MAX_TEXT_BYTES) throw new WireError('wrong-length', 4, `a text of ${bytes.length} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new WireError('bad-text', 4, 'not UTF-8');
  }
}

function expectLength(payload: Uint8Array, length: number): void {
  if (payload.length < length) throw new WireError('truncated', 4 + payload.length, `${length} bytes expected`);
  if (payload.length > length) throw new WireError('trailing-bytes', 4 + length, `${length} bytes expected`);
}
