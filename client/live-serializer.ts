import type { Iterator, Schema } from '@colyseus/schema';
import { SchemaSerializer } from 'colyseus.js';
import { StateDecoder } from '../shared/delta/state-decoder.ts';

/** Whole states in a row that cannot be read before the session is given up: the two sides do not fit. */
const MOST_UNREADABLE = 3;

/** What a state that cannot be read leads to. */
export interface StateSource {
  /** Asks for the whole state; once is enough until it comes. */
  requestKeyframe(): void;
  giveUp(error: Error): void;
}

/**
 * The SDK's serializer for a room that sends live bodies (PROTOCOL.md D). Bytes that cannot be read change nothing: the
 * whole state is asked for, and until it comes what would build on the lost ones is left aside. No error of theirs
 * reaches the SDK; what a listener of the game throws does, as ever.
 */
export class LiveSerializer<T extends Schema = Schema> extends SchemaSerializer<T> {
  readonly #source: StateSource;
  #decoder: StateDecoder | undefined;
  /** Whole states in a row that could not be read. */
  #unreadable = 0;

  constructor(source: StateSource) {
    super();
    this.#source = source;
  }

  /** Whether the state is what the server has sent last. */
  get isLevel(): boolean {
    return this.#decoder?.follows ?? false;
  }

  override handshake(bytes: Uint8Array, it?: Iterator): void {
    super.handshake(bytes, it);
    this.#decoder = new StateDecoder(this.decoder);
  }

  override setState(message: Uint8Array, it?: Iterator): void {
    const error = this.#take(() => this.#decoder?.keyframe(message.subarray(it?.offset)));
    if (error === undefined) this.#unreadable = 0;
    else if (++this.#unreadable === MOST_UNREADABLE) this.#source.giveUp(error);
    else this.#source.requestKeyframe();
  }

  /** Hot: once a tick. */
  override patch(message: Uint8Array, it?: Iterator): never[] {
    // While the state is not level it has been asked for; the connection knows whether that still counts.
    const error = this.isLevel && this.#take(() => this.#decoder!.delta(message.subarray(it?.offset)));
    if (error !== undefined) this.#source.requestKeyframe();
    return [];
  }

  override teardown(): void {
    super.teardown();
    this.#decoder = undefined;
  }

  /** @returns what kept the body from being read; what a listener throws comes out as it is, the body was read then */
  #take(decode: () => void): Error | undefined {
    try {
      decode();
      return undefined;
    } catch (error) {
      if (this.isLevel) {
        this.#unreadable = 0;
        throw error;
      }
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}
