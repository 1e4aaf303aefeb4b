import type { WireMessage } from '../wire/batch.ts';
import { sequenceDistance } from '../wire/sequence.ts';

/** What a side keeps of what it sends, at most. Past either bound the session ends. */
export interface WindowLimits {
  /** Messages not acknowledged. Default for a server 1,024, for a client 512. */
  maxKeptMessages: number;
  /** Their bodies together, in bytes. Default for a server 1 MiB, for a client 256 KiB. */
  maxKeptBytes: number;
}

/** A message was to be kept and there is no room: the peer has not acknowledged for too long. Final. */
export class SessionOverflowError extends Error {
  override readonly name = 'SessionOverflowError';
  readonly keptMessages: number;
  readonly keptBytes: number;

  constructor(bodyBytes: number, keptMessages: number, keptBytes: number, limits: WindowLimits) {
    super(
      `a message of ${bodyBytes} bytes, where ${keptMessages} of ${limits.maxKeptMessages} messages ` +
        `and ${keptBytes} of ${limits.maxKeptBytes} bytes wait already (maxKeptMessages, maxKeptBytes)`,
    );
    this.keptMessages = keptMessages;
    this.keptBytes = keptBytes;
  }
}

/** A message in flight, as it lay in its frame (or frames, if it was cut). */
export interface KeptMessage {
  message: WireMessage;
  firstSequence: number;
  lastSequence: number;
}

/**
 * The messages that must be acknowledged, in the order in which they were sent, until they are. PROTOCOL.md S3, S5.
 * A slot is taken when the message is posted, before it has a sequence.
 */
export class SendWindow {
  readonly #limits: WindowLimits;
  #inFlight: KeptMessage[] = [];
  #keptMessages = 0;
  #keptBytes = 0;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  get keptMessages(): number {
    return this.#keptMessages;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** @throws {SessionOverflowError} when the window is full; nothing is taken */
  reserve(bodyBytes: number): void {
    if (
      this.#keptMessages + 1 > this.#limits.maxKeptMessages ||
      this.#keptBytes + bodyBytes > this.#limits.maxKeptBytes
    ) {
      throw new SessionOverflowError(bodyBytes, this.#keptMessages, this.#keptBytes, this.#limits);
    }
    this.#keptMessages++;
    this.#keptBytes += bodyBytes;
  }

  /** A reserved message was put on the wire. */
  sent(kept: KeptMessage, reservedBytes: number): void {
    this.#keptBytes += kept.message.body.length - reservedBytes; // it may have been compressed
    this.#inFlight.push(kept);
  }

  /** Lets go of all that the peer has processed, up to and with `sequence`. @returns how many that were */
  acknowledge(sequence: number): number {
    let count = 0;
    while (count < this.#inFlight.length && sequenceDistance(this.#inFlight[count]!.lastSequence, sequence) >= 0)
      count++;
    return this.forget(count);
  }

  /** Lets go of the first `most` messages in flight. @returns how many that were */
  forget(most: number): number {
    if (most === 0) return 0;
    const gone = this.#inFlight.splice(0, most);
    for (const { message } of gone) this.release(message.body.length);
    return gone.length;
  }

  /** A reserved message will not be sent. */
  release(bodyBytes: number): void {
    this.#keptMessages--;
    this.#keptBytes -= bodyBytes;
  }

  inFlight(): readonly KeptMessage[] {
    return this.#inFlight;
  }
}
