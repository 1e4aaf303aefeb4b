import { decode, type Iterator } from '@colyseus/schema';
import { readVarint, varintLength, writeVarint } from './varint.ts';

/**
 * What a ticking room tells a framed client in its JOIN_ROOM, as one more of Colyseus's tagged sections, which a reader
 * that does not know the tag skips. PROTOCOL.md M4.
 *
 *   u8 tag 0x76 | varint length of what follows | varint microseconds between two ticks
 */
export const JOIN_SECTION_TAG = 0x76;

/** @returns the JOIN_ROOM message with the section behind it */
export function withJoinSection(joinRoom: Uint8Array, tickMs: number): Uint8Array {
  const tickMicros = Math.round(tickMs * 1_000);
  const bodyBytes = varintLength(tickMicros);
  const message = new Uint8Array(joinRoom.length + 2 + bodyBytes);
  message.set(joinRoom);
  message[joinRoom.length] = JOIN_SECTION_TAG;
  message[joinRoom.length + 1] = bodyBytes;
  writeVarint(message, joinRoom.length + 2, tickMicros);
  return message;
}

/**
 * Walks a JOIN_ROOM: u8 length and reconnection token, u8 length and serializer id, length and state reflection, then
 * the sections. Colyseus writes lengths in its own number format.
 * @returns milliseconds between two ticks, or undefined where the room did not say (it does not tick)
 */
export function readJoinSection(joinRoom: Uint8Array): number | undefined {
  const it: Iterator = { offset: 1 };
  it.offset += 1 + (joinRoom[it.offset] ?? 0);
  it.offset += 1 + (joinRoom[it.offset] ?? 0);
  const reflectionBytes = lengthAt(joinRoom, it); // not `+=` at once: that reads the offset before lengthAt moves it
  it.offset += reflectionBytes;
  while (it.offset < joinRoom.length) {
    const tag = joinRoom[it.offset++];
    const length = lengthAt(joinRoom, it);
    if (tag === JOIN_SECTION_TAG) {
      return readVarint({ bytes: joinRoom.subarray(0, it.offset + length), offset: it.offset }) / 1_000;
    }
    it.offset += length;
  }
  return undefined;
}

/** A length that cannot be is Infinity: the walk then ends. */
function lengthAt(message: Uint8Array, it: Iterator): number {
  const length = it.offset < message.length ? (decode.number(message as Buffer, it) as number) : NaN;
  return Number.isInteger(length) && length >= 0 ? length : Infinity;
}
