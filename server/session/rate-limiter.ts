/** What one session may send. Past it the session is closed with `RateLimited`. */
export interface RateLimits {
  /** Frames, and messages inside batches, a second. Default 240: four a tick at 60 Hz. */
  messagesPerSecond: number;
  /** Default 128 KiB a second. */
  bytesPerSecond: number;
  /** Seconds of allowance that a session may have saved up, for the burst after a stall of its link. Default 4. */
  burstSeconds: number;
}

export const DEFAULT_RATE_LIMITS: RateLimits = { messagesPerSecond: 240, bytesPerSecond: 131_072, burstSeconds: 4 };

/** Two token buckets, messages and bytes. Belongs to a session, not to a connection: a resume does not refill it. */
export class RateLimiter {
  readonly #limits: RateLimits;
  // Zero first: V8 makes a new number of each one that is written to a field which was undefined once.
  #messages = 0;
  #bytes = 0;
  #filledAtMs = 0;

  constructor(limits: RateLimits, nowMs: number) {
    this.#limits = limits;
    this.#messages = limits.messagesPerSecond * limits.burstSeconds;
    this.#bytes = limits.bytesPerSecond * limits.burstSeconds;
    this.#filledAtMs = nowMs;
  }

  /** Hot: once a message received. @returns false when the allowance is used up */
  take(messages: number, bytes: number, nowMs: number): boolean {
    const { messagesPerSecond, bytesPerSecond, burstSeconds } = this.#limits;
    const seconds = Math.max(0, nowMs - this.#filledAtMs) / 1_000;
    this.#filledAtMs = nowMs;
    this.#messages =
      Math.min(messagesPerSecond * burstSeconds, this.#messages + seconds * messagesPerSecond) - messages;
    this.#bytes = Math.min(bytesPerSecond * burstSeconds, this.#bytes + seconds * bytesPerSecond) - bytes;
    return this.#messages >= 0 && this.#bytes >= 0;
  }
}
