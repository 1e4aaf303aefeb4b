import { decode, type Iterator } from '@colyseus/schema';
import { FRAME_HEADER_BYTES } from './frame.ts';
import { readVarint, varintLength, writeVarint } from './varint.ts';
import { WireError } from './wire-error.ts';

/**
 * What a ticking room tells a framed client in its JOIN_ROOM, as one more of Colyseus's tagged sections, which a reader
 * that does not know the tag skips. PROTOCOL.md M4.
 *
 *   u8 tag 0x76 | varint length of what follows | varint microseconds between two ticks | varint 1, or nothing, or 0
 *   where more follows | varint epoch, or nothing | varint number of the last input, or nothing
 */
export const JOIN_SECTION_TAG = 0x76;

export interface JoinSection {
  /** Milliseconds between two ticks. */
  readonly tickMs: number;
  /** Whether the bodies of STATE and DELTA are live bodies (PROTOCOL.md D1) and not Schema's own. */
  readonly liveBodies: boolean;
  /** Counts the owners that the room had; 0 where it ends with its node. */
  readonly epoch: number;
  /** The client goes on counting its inputs behind this one, the last that the room has taken; undefined: from 1. */
  readonly lastInput: number | undefined;
}

type NewJoinSection = Pick<JoinSection, 'tickMs' | 'liveBodies'> & Partial<JoinSection>;

/** Says that bodies are live; where they are not, nothing does. */
const LIVE_BODIES = 1;

/** @returns the JOIN_ROOM message with the section behind it */
export function withJoinSection(
  joinRoom: Uint8Array,
  { tickMs, liveBodies, epoch = 0, lastInput }: NewJoinSection,
): Uint8Array {
  const values = [
    Math.round(tickMs * 1_000),
    liveBodies ? LIVE_BODIES : 0,
    epoch,
    ...(lastInput === undefined ? [] : [lastInput]),
  ];
  if (lastInput === undefined) while (values.length > 1 && values.at(-1) === 0) values.pop();
  let bodyBytes = 0;
  for (const value of values) bodyBytes += varintLength(value);
  const message = new Uint8Array(joinRoom.length + 2 + bodyBytes);
  message.set(joinRoom);
  message[joinRoom.length] = JOIN_SECTION_TAG;
  message[joinRoom.length + 1] = bodyBytes;
  let end = joinRoom.length + 2;
  for (const value of values) end = writeVarint(message, end, value);
  return message;
}

/**
 * Walks a JOIN_ROOM: u8 length and reconnection token, u8 length and serializer id, length and state reflection, then
 * the sections. Colyseus writes lengths in its own number format.
 * @returns undefined where there is no such section: the room does not tick
 * @throws {WireError} `truncated`, `wrong-length`, or `bad-message` for bodies of a kind that is not known here
 */
export function readJoinSection(joinRoom: Uint8Array): JoinSection | undefined {
  const it: Iterator = { offset: 1 };
  it.offset += 1 + (joinRoom[it.offset] ?? 0);
  it.offset += 1 + (joinRoom[it.offset] ?? 0);
  const reflectionBytes = lengthAt(joinRoom, it); // not `+=` at once: that reads the offset before lengthAt moves it
  it.offset += reflectionBytes;
  while (it.offset < joinRoom.length) {
    const tag = joinRoom[it.offset++];
    const length = lengthAt(joinRoom, it);
    if (tag === JOIN_SECTION_TAG) return readSection(joinRoom, it.offset, it.offset + length);
    it.offset += length;
  }
  return undefined;
}

function readSection(joinRoom: Uint8Array, offset: number, end: number): JoinSection {
  const cursor = { bytes: joinRoom.subarray(0, end), offset };
  const tickMs = readVarint(cursor) / 1_000;
  const bodies = cursor.offset < end ? readVarint(cursor) : 0;
  if (bodies > LIVE_BODIES) {
    throw new WireError('bad-message', FRAME_HEADER_BYTES + cursor.offset, `bodies of kind ${bodies}`);
  }
  const epoch = cursor.offset < end ? readVarint(cursor) : 0;
  const lastInput = cursor.offset < end ? readVarint(cursor) : undefined;
  return { tickMs, liveBodies: bodies === LIVE_BODIES, epoch, lastInput };
}

/** A length that cannot be is Infinity: the walk then ends. */
function lengthAt(message: Uint8Array, it: Iterator): number {
  const length = it.offset < message.length ? (decode.number(message as Buffer, it) as number) : NaN;
  return Number.isInteger(length) && length >= 0 ? length : Infinity;
}
