import { FRAME_RULES, type FrameType, RESERVED_FLAGS } from './frame-type.ts';
import { WireError } from './wire-error.ts';

/**
 * Frame: a 4-byte header, then the payload. PROTOCOL.md F1 to F5.
 *
 *   byte  0        1        2        3        4 ...
 *         +--------+--------+--------+--------+---------
 *         |  type  |  sequence (u16) | flags  | payload
 *         +--------+--------+--------+--------+---------
 *
 *   sequence  big-endian, the frames of this direction of this session from 0, mod 65,536;
 *             compare with sequenceDistance(), never with `<`
 *   flags     bits 0 to 3 see FrameFlag; bits 4 to 7 must be 0
 */
export const FRAME_HEADER_BYTES = 4;
/** The largest frame, header included, and so the largest WebSocket message. */
export const MAX_FRAME_BYTES = 65_536;
export const MAX_PAYLOAD_BYTES = MAX_FRAME_BYTES - FRAME_HEADER_BYTES;

/** The WebSocket subprotocol by which a client asks for frames. */
export const SUBPROTOCOL = 'velarium.1';

/** Which side reads: it decides which types may arrive. */
export type Side = 'client' | 'server';

export interface FrameHeader {
  type: FrameType;
  /** 0 to 65,535. */
  sequence: number;
  flags: number;
}

/** A new frame around `payload`, which is copied. */
export function writeFrame(type: FrameType, sequence: number, flags: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(frame, type, sequence, flags);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

/** @param at where in `bytes` the frame begins */
export function writeFrameHeader(bytes: Uint8Array, type: FrameType, sequence: number, flags: number, at = 0): void {
  bytes[at] = type;
  writeFrameSequence(bytes, sequence, at);
  bytes[at + 3] = flags;
}

export function writeFrameSequence(bytes: Uint8Array, sequence: number, at = 0): void {
  bytes[at + 1] = sequence >>> 8;
  bytes[at + 2] = sequence;
}

// One field of a header that is whole. Unchecked, see readFrameHeader.
export const frameType = (frame: Uint8Array): number => frame[0]!;
export const frameSequence = (frame: Uint8Array): number => (frame[1]! << 8) | frame[2]!;
export const frameFlags = (frame: Uint8Array): number => frame[3]!;

/**
 * Reads and checks a header as `side` receives it. The payload is what follows byte 4.
 * @throws {WireError} `truncated`, `too-large`, `unknown-type`, `wrong-direction`, `reserved-flag` or `wrong-flag`
 */
export function readFrameHeader(frame: Uint8Array, side: Side): FrameHeader {
  if (frame.length < FRAME_HEADER_BYTES) {
    throw new WireError('truncated', frame.length, `a frame has at least ${FRAME_HEADER_BYTES} bytes`);
  }
  if (frame.length > MAX_FRAME_BYTES) {
    throw new WireError('too-large', MAX_FRAME_BYTES, `a frame has at most ${MAX_FRAME_BYTES} bytes`);
  }
  const flags = frameFlags(frame);
  const type = checkType(frameType(frame), side, 0);
  if (flags & RESERVED_FLAGS) throw new WireError('reserved-flag', 3, `flags ${flags}`);
  checkFlags(type, flags, 3);
  return { type, sequence: frameSequence(frame), flags };
}

export function checkType(type: number, side: Side, offset: number): FrameType {
  const rules = FRAME_RULES[type];
  if (rules === undefined) throw new WireError('unknown-type', offset, `type ${type}`);
  if (!(side === 'server' ? rules.fromClient : rules.fromServer)) {
    throw new WireError('wrong-direction', offset, `a ${side} does not receive ${rules.name}`);
  }
  return type as FrameType;
}

/** @throws {WireError} `wrong-flag` when the type does not take one of the flags */
export function checkFlags(type: FrameType, flags: number, offset: number): void {
  const { name, flags: allowed } = FRAME_RULES[type]!;
  if (flags & ~allowed) throw new WireError('wrong-flag', offset, `${name} with flags ${flags}`);
}
