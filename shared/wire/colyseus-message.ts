import type { WireMessage } from './batch.ts';
import { CLOCK_PREFIX_BYTES } from './clock-prefix.ts';
import { FrameFlag, FrameType } from './frame-type.ts';
import { WireError } from './wire-error.ts';

/**
 * A Colyseus message begins with its code in bits 0 to 4 and modifiers in bits 5 to 7. Here are the codes that the
 * frame layer tells apart; the rest it carries as they are. PROTOCOL.md M1 to M5.
 */
export const MessageCode = {
  JoinRoom: 10,
  Error: 11,
  LeaveRoom: 12,
  RoomData: 13,
  RoomState: 14,
  RoomStatePatch: 15,
  RoomDataBytes: 17,
  Ping: 18,
  InputReliable: 19,
  InputUnreliable: 20,
  RoomRequest: 21,
  RoomResponse: 22,
} as const;

const CODE_MASK = 0x1f;
/** Modifier: the clock prefix follows the first byte. */
const TIMED = 0x80;

export const messageCode = (message: Uint8Array): number => message[0]! & CODE_MASK;

/** The code of a message that begins at `offset`. */
export const messageCodeAt = (bytes: Uint8Array, offset: number): number => bytes[offset]! & CODE_MASK;

/**
 * Whether the message is kept until acknowledged. What belongs to one connection (the join, the state) is not, nor are
 * inputs, which go another way (PROTOCOL.md M7).
 */
export function mustBeAcknowledged(code: number): boolean {
  switch (code) {
    case MessageCode.RoomData:
    case MessageCode.RoomDataBytes:
    case MessageCode.RoomRequest:
    case MessageCode.RoomResponse:
    case MessageCode.LeaveRoom:
      return true;
    default:
      return false;
  }
}

/**
 * Wraps a Colyseus message. The body is a view of `message`, or `message` itself; nothing is copied. That of a timed
 * DELTA has Colyseus's eight bytes in front: before it may be sent, a ClockWriter makes them small.
 */
export function toWire(message: Uint8Array): WireMessage {
  const code = messageCode(message);
  const modifiers = message[0]! & ~CODE_MASK;
  if (code === MessageCode.InputReliable || code === MessageCode.InputUnreliable) {
    return { type: FrameType.Input, flags: 0, body: message };
  }
  if ((code === MessageCode.RoomState || code === MessageCode.RoomStatePatch) && !(modifiers & ~TIMED)) {
    const type = code === MessageCode.RoomState ? FrameType.State : FrameType.Delta;
    return { type, flags: modifiers & TIMED ? FrameFlag.Timed : 0, body: message.subarray(1) };
  }
  return { type: FrameType.Colyseus, flags: mustBeAcknowledged(code) ? FrameFlag.MustAck : 0, body: message };
}

/**
 * The Colyseus message in a frame of type COLYSEUS, STATE, DELTA or INPUT; of a timed DELTA a ClockReader has expanded
 * the prefix.
 * @throws {WireError} `bad-message` when it is none
 */
export function fromWire({ type, flags, body }: WireMessage): Uint8Array {
  switch (type) {
    case FrameType.State:
      return withCode(MessageCode.RoomState, flags, body);
    case FrameType.Delta:
      return withCode(MessageCode.RoomStatePatch, flags, body);
    case FrameType.Input:
      checkCode(body, MessageCode.InputReliable, MessageCode.InputUnreliable);
      return body;
    default:
      checkCode(body, MessageCode.JoinRoom, MessageCode.RoomResponse);
      return body;
  }
}

function withCode(code: number, flags: number, body: Uint8Array): Uint8Array {
  const timed = (flags & FrameFlag.Timed) !== 0;
  if (timed && body.length < CLOCK_PREFIX_BYTES) throw new WireError('truncated', 4 + body.length, 'no clock prefix');
  const message = new Uint8Array(1 + body.length);
  message[0] = timed ? code | TIMED : code;
  message.set(body, 1);
  return message;
}

function checkCode(body: Uint8Array, lowest: number, highest: number): void {
  if (body.length === 0) throw new WireError('bad-message', 4, 'an empty Colyseus message');
  const code = messageCode(body);
  if (code < lowest || code > highest) throw new WireError('bad-message', 4, `code ${code}`);
}
