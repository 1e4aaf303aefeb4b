import type { WireMessage } from '../wire/batch.ts';
import { FrameFlag } from '../wire/frame-type.ts';
import { WireError } from '../wire/wire-error.ts';
import { type KeptMessage, SendWindow, type WindowLimits } from './send-window.ts';

const mustAck = ({ flags }: WireMessage): boolean => (flags & FrameFlag.MustAck) !== 0;

/**
 * What one side of a session has to say, and has said and does not know to be processed. Messages that must be
 * acknowledged are counted from 0 over the whole session, whichever process holds this end of it.
 */
export class SendQueue {
  readonly #window: SendWindow;
  /** What leaves with the next frames. */
  #ready: WireMessage[] = [];
  /** What must be acknowledged and may not leave yet, in order; all of it is behind what is ready. PROTOCOL.md S18. */
  #held: WireMessage[] = [];
  #onHeld: (() => void) | undefined;
  /** How many the peer has acknowledged. */
  #acknowledged = 0;
  /** How many had been posted when another process saved them, until the peer has come back. */
  #restored: number | undefined;

  constructor(limits: WindowLimits) {
    this.#window = new SendWindow(limits);
  }

  get pending(): boolean {
    return this.#ready.length > 0;
  }

  /** Messages and bytes that wait for the peer's acknowledgement, or to be sent. */
  get kept(): { messages: number; bytes: number } {
    return { messages: this.#window.keptMessages, bytes: this.#window.keptBytes };
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How many messages that must be acknowledged were posted. */
  get posted(): number {
    return this.#acknowledged + this.#window.keptMessages;
  }

  inFlight(): readonly KeptMessage[] {
    return this.#window.inFlight();
  }

  /** What must be acknowledged and was not sent, in order. */
  unsent(): WireMessage[] {
    return [...this.#ready.filter(mustAck), ...this.#held];
  }

  /** @throws {SessionOverflowError} when it must be acknowledged and too much waits for that already; final */
  post(message: WireMessage): void {
    if (!mustAck(message)) {
      this.#ready.push(message);
      return;
    }
    this.#window.reserve(message.body.length);
    if (this.#onHeld === undefined) {
      this.#ready.push(message);
    } else {
      this.#held.push(message);
      this.#onHeld();
    }
  }

  /** What another process saved: it may have sent `unsent` too. */
  restore(acknowledged: number, inFlight: readonly KeptMessage[], unsent: readonly WireMessage[]): void {
    this.#acknowledged = acknowledged;
    for (const kept of inFlight) {
      this.#window.reserve(kept.message.body.length);
      this.#window.sent({ ...kept }, kept.message.body.length);
    }
    for (const message of unsent) this.post(message);
    this.#restored = this.posted;
  }

  /** What must be acknowledged waits for {@link release} from now on. @param onHeld called with each that does */
  hold(onHeld: () => void): void {
    this.#onHeld = onHeld;
  }

  /**
   * Messages may leave up to the one that was the `posted`th.
   * @returns whether any was waiting for that
   */
  release(posted: number): boolean {
    const released = posted - (this.posted - this.#held.length);
    if (released <= 0 || this.#held.length === 0) return false;
    for (const message of this.#held.splice(0, released)) this.#ready.push(message);
    return true;
  }

  /** Nothing waits any more. */
  free(): void {
    this.release(Infinity);
    this.#onHeld = undefined;
  }

  take(): WireMessage[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** A message that was taken lies in these frames. */
  sent(kept: KeptMessage, reservedBytes: number): void {
    this.#window.sent(kept, reservedBytes);
  }

  /** There is no connection: what need not be acknowledged is never sent. */
  dropTransient(): void {
    this.#ready = this.#ready.filter(mustAck);
  }

  /** @returns whether any was let go of */
  acknowledge(sequence: number): boolean {
    const count = this.#window.acknowledge(sequence);
    this.#acknowledged += count;
    return count > 0;
  }

  /**
   * The peer comes back and has processed so many messages in all, modulo 2^32. What of them is kept is not sent again:
   * another process sent it, under sequences that are not known here.
   * @returns whether any was let go of
   * @throws {WireError} `sequence-jump`: fewer than it has acknowledged, or more than were sent here
   */
  processed(count: number): boolean {
    const ahead = (count - this.#acknowledged) | 0;
    const restored = this.#restored;
    this.#restored = undefined;
    if (ahead < 0 || (ahead > 0 && restored === undefined)) {
      throw new WireError(
        'sequence-jump',
        6,
        `${count} messages processed, where ${this.#acknowledged} were acknowledged`,
      );
    }
    if (ahead === 0) return false;
    this.#forget(Math.min(ahead, restored! - this.#acknowledged));
    // It may be more than was saved: who had the session before sent what it could not save. The count goes on from there.
    this.#acknowledged += ahead;
    return true;
  }

  /** Lets go of the first messages that are kept; none of them is held. */
  #forget(count: number): void {
    let left = count - this.#window.forget(count);
    this.#ready = this.#ready.filter((message) => {
      if (left === 0 || !mustAck(message)) return true;
      left--;
      this.#window.release(message.body.length);
      return false;
    });
  }
}
