import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { readShared, sharedMemory } from './shared-read.ts';
import { BINARY_MESSAGE, CLOSE_FRAME, MASK_BYTES, MASKED, MOST_SHORT } from './websocket-frame.ts';

/** What is used of the stream in which `ws` takes a connection's bytes apart. */
interface Receiver {
  write(chunk: Buffer): boolean;
  /** 0 between two frames. */
  _state: number;
  /** Bytes that it has and could not read yet. */
  _bufferedBytes: number;
  /** Not 0 within a message that comes in several frames. */
  _fragmented: number;
  /** Of the last frame. */
  _opcode: number;
  _errored: boolean;
}

const HEADER_BYTES = 2 + MASK_BYTES;

/** What a message is that begins the memory of all connections, by its length: nearly each one does, and needs no view of its own. */
const firstMessages = Array.from({ length: MOST_SHORT + 1 }, (_, length) =>
  sharedMemory.subarray(HEADER_BYTES, HEADER_BYTES + length),
);

/**
 * Reads short binary messages of a client without the stream that `ws` has for it, which for a game's input is more work
 * than the input itself. Whatever is not a whole, unfragmented, masked binary message of at most 125 bytes that begins
 * where another one ended goes to `ws`, with everything behind it, and so do all limits and errors.
 *
 * @param deliver gets a view of what was read, good until it returns, in the place of the `message` event
 */
export function receiveDirectly(ws: WebSocket, deliver: (message: Buffer) => void): void {
  const receiver = receiverOf(ws);
  if (receiver === undefined || ws.extensions !== '') return;
  const take = (bytes: Buffer, length: number): number =>
    ws.readyState === ws.OPEN && isBetweenFrames(receiver) ? deliverShort(bytes, length, deliver) : 0;
  const write = receiver.write.bind(receiver);
  receiver.write = (chunk) => {
    const read = take(chunk, chunk.length);
    return read === chunk.length || write(read === 0 ? chunk : chunk.subarray(read));
  };
  const socket = (ws as unknown as { _socket?: Socket })._socket;
  if (socket !== undefined) readShared(socket, take);
}

/** @returns undefined where it is another `ws` than the one this was written for: then that does everything */
function receiverOf(ws: WebSocket): Receiver | undefined {
  const receiver = (ws as unknown as { _receiver?: Partial<Receiver> })._receiver;
  const isKnown =
    typeof receiver?._state === 'number' &&
    typeof receiver._bufferedBytes === 'number' &&
    typeof receiver._fragmented === 'number' &&
    typeof receiver._opcode === 'number' &&
    typeof receiver._errored === 'boolean';
  return isKnown ? (receiver as Receiver) : undefined;
}

function isBetweenFrames({ _state, _bufferedBytes, _fragmented, _opcode, _errored }: Receiver): boolean {
  return _state === 0 && _bufferedBytes === 0 && _fragmented === 0 && _opcode !== CLOSE_FRAME && !_errored;
}

/**
 * Hot: once for what came of a connection at a time, which is `bytes` up to `end`.
 * @returns bytes that were read: up to the first frame that is none of those
 */
function deliverShort(bytes: Buffer, end: number, deliver: (message: Buffer) => void): number {
  let at = 0;
  while (at + HEADER_BYTES <= end && bytes[at] === BINARY_MESSAGE) {
    const length = bytes[at + 1]! - MASKED;
    const from = at + HEADER_BYTES;
    const to = from + length;
    if (length < 0 || length > MOST_SHORT || to > end) break;
    for (let i = 0; i < length; i++) bytes[from + i]! ^= bytes[at + 2 + (i & 3)]!;
    deliver(at === 0 && bytes === sharedMemory ? firstMessages[length]! : bytes.subarray(from, to));
    at = to;
  }
  return at;
}
