import { MAX_PAYLOAD_BYTES } from './frame.ts';
import { FrameFlag, type FrameType } from './frame-type.ts';
import { type Cursor, readVarint, varintLength, writeVarint } from './varint.ts';
import type { WireMessage } from './batch.ts';
import { WireError } from './wire-error.ts';

/**
 * A message over 65,532 bytes travels as several frames of one type. PROTOCOL.md G1 to G4. Payload of each:
 *
 *   varint index, from 0 | the first one only: varint length of the whole | bytes
 *
 * All but the last have the flag `More` and fill their frame; the other flags are the message's, the same on each.
 */
export function cutIntoFragments(body: Uint8Array): Uint8Array[] {
  const fragments: Uint8Array[] = [];
  for (let index = 0, offset = 0; offset < body.length; index++) {
    const headBytes = varintLength(index) + (index === 0 ? varintLength(body.length) : 0);
    const part = body.subarray(offset, offset + MAX_PAYLOAD_BYTES - headBytes);
    const payload = new Uint8Array(headBytes + part.length);
    let at = writeVarint(payload, 0, index);
    if (index === 0) at = writeVarint(payload, at, body.length);
    payload.set(part, at);
    fragments.push(payload);
    offset += part.length;
  }
  return fragments;
}

/**
 * Puts fragments together again. Holds at most one message, of at most `maxMessageBytes`; a longer one is refused at
 * its first fragment. The buffer grows with what has arrived, not with what was announced.
 */
export class FragmentAssembler {
  readonly #maxMessageBytes: number;
  #parts: Uint8Array[] = [];
  #type: FrameType | 0 = 0;
  #flags = 0;
  #announcedBytes = 0;
  #arrivedBytes = 0;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Whether a message has begun and not ended: the next frame must be its next fragment. */
  get open(): boolean {
    return this.#type !== 0;
  }

  /** Forgets a message that has begun: its connection is gone, the sender begins again. */
  reset(): void {
    this.#parts = [];
    this.#type = 0;
  }

  /**
   * Takes the next fragment.
   * @returns the message when this was its last one
   * @throws {WireError} `fragment-without-start`, `fragment-interrupted`, `message-too-large` or `wrong-length`
   */
  add(type: FrameType, flags: number, payload: Uint8Array): WireMessage | undefined {
    const cursor: Cursor = { bytes: payload, offset: 0 };
    const more = (flags & FrameFlag.More) !== 0;
    const messageFlags = flags & ~FrameFlag.More;
    if (this.open && (type !== this.#type || messageFlags !== this.#flags)) {
      throw new WireError('fragment-interrupted', 0, 'another frame inside a fragmented message');
    }
    const index = readVarint(cursor);
    if (!this.open) {
      if (index !== 0) throw new WireError('fragment-without-start', 4, `fragment ${index} of nothing`);
      this.#begin(type, messageFlags, readVarint(cursor));
    } else if (index !== this.#parts.length) {
      throw new WireError('wrong-length', 4, `fragment ${index} where ${this.#parts.length} is next`);
    }
    // Only full frames: otherwise a peer could have us keep one buffer a byte.
    if (more && payload.length !== MAX_PAYLOAD_BYTES) {
      throw new WireError('wrong-length', 4, 'a fragment that is not the last fills its frame');
    }
    const part = payload.subarray(cursor.offset);
    this.#arrivedBytes += part.length;
    this.#parts.push(part);
    const complete = this.#arrivedBytes === this.#announcedBytes;
    if (this.#arrivedBytes > this.#announcedBytes || complete === more || part.length === 0) {
      throw new WireError('wrong-length', 4, `${this.#arrivedBytes} of ${this.#announcedBytes} bytes`);
    }
    return more ? undefined : this.#finish();
  }

  #begin(type: FrameType, flags: number, announcedBytes: number): void {
    if (announcedBytes > this.#maxMessageBytes) {
      throw new WireError('message-too-large', 5, `${announcedBytes} of at most ${this.#maxMessageBytes} bytes`);
    }
    this.#type = type;
    this.#flags = flags;
    this.#announcedBytes = announcedBytes;
    this.#arrivedBytes = 0;
  }

  #finish(): WireMessage {
    const body = new Uint8Array(this.#announcedBytes);
    let offset = 0;
    for (const part of this.#parts) {
      body.set(part, offset);
      offset += part.length;
    }
    const message: WireMessage = { type: this.#type as FrameType, flags: this.#flags, body };
    this.reset();
    return message;
  }
}
