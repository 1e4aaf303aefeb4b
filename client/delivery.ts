import type { WireMessage } from '../shared/wire/batch.ts';
import { MessageCode, messageCode } from '../shared/wire/colyseus-message.ts';
import { FrameType } from '../shared/wire/frame-type.ts';
import { WireError } from '../shared/wire/wire-error.ts';
import type { Timers } from './timers.ts';

interface DeliveryOptions {
  timers: Timers;
  /** Takes one message. A WireError that it throws means that the message is none. */
  take(message: WireMessage): void;
  /** The message was none: nothing behind it is handed on. */
  fail(error: WireError): void;
  isOver(): boolean;
}

/**
 * - `open`: messages are handed on as they come.
 * - `joining`: those of the room wait, as nobody can have asked to hear them; its join and its state do not.
 * - `opening`: everything waits for the turn of the event loop to end.
 */
type DeliveryState = 'open' | 'joining' | 'opening';

/**
 * Hands on what a session received, each message once and in order. Whoever joins a room and awaits that can only then
 * begin to listen: until he had the chance, what the room said is held.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  #state: DeliveryState = 'open';
  #held: WireMessage[] = [];
  #timer: unknown;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Holds the messages of the room, until {@link openSoon}. */
  hold(): void {
    this.#state = 'joining';
  }

  /**
   * Whoever waited for the room is being told, and begins to listen in the promises of this turn, however many of them
   * follow one another. A timer comes after all of them; a microtask might not, nor the next message, which Node can
   * deliver before a single promise has gone on.
   */
  openSoon(): void {
    if (this.#state !== 'joining') return;
    this.#state = 'opening';
    this.#timer = this.#options.timers.setTimeout(() => this.openNow(), 0);
  }

  /** Hands on what is held: its time has come, or the connection's end has, which is not to overtake it. */
  openNow(): void {
    this.#options.timers.clearTimeout(this.#timer);
    this.#state = 'open';
    const held = this.#held;
    this.#held = [];
    this.deliver(held);
  }

  /** A listener of the game that throws does not cost the others their messages: its error comes out at the end. */
  deliver(messages: readonly WireMessage[]): void {
    const { take, fail, isOver } = this.#options;
    let thrown: { error: unknown } | undefined;
    for (const message of messages) {
      if (isOver()) break;
      if (this.#mustWait(message)) {
        this.#held.push(message);
        continue;
      }
      try {
        take(message);
      } catch (error) {
        if (error instanceof WireError) return fail(error);
        thrown ??= { error };
      }
    }
    if (thrown !== undefined) throw thrown.error;
  }

  #mustWait({ type, body }: WireMessage): boolean {
    if (this.#state === 'open' || !CARRIES_COLYSEUS.has(type)) return false;
    if (this.#state === 'opening') return true;
    const code = type === FrameType.Colyseus ? messageCode(body) : undefined;
    return code === MessageCode.RoomData || code === MessageCode.RoomDataBytes;
  }
}

const CARRIES_COLYSEUS: ReadonlySet<number> = new Set([FrameType.Colyseus, FrameType.State, FrameType.Delta]);
