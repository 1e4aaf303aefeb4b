import { answerTimeoutMs, attemptTimeoutMs } from './backoff.ts';
import type { Timers } from './timers.ts';

/** How long the first connection may take until the join has failed; later ones have their round trips to go by. */
const FIRST_ATTEMPT_MS = 10_000;

/**
 * Ends attempts to connect that take too long. A connection that does not open is given up soon: behind a dead link
 * each wait is lost time. One that opened has a server at its other end, which is given longer from one unanswered
 * attempt to the next; were it not, a room that takes longer than the first wait could never be come back to.
 */
export class AttemptTimer {
  readonly #timers: Timers;
  readonly #onTimeout: () => void;
  #timer: unknown;
  /** Attempts of this absence that opened and were not answered in time. */
  #unanswered = 0;

  constructor(timers: Timers, onTimeout: () => void) {
    this.#timers = timers;
    this.#onTimeout = onTimeout;
  }

  /** The connection with which a session begins. */
  beginFirst(): void {
    this.#start(FIRST_ATTEMPT_MS);
  }

  /** A connection with which it is to come back. */
  begin(rttMs: number): void {
    this.#start(attemptTimeoutMs(rttMs));
  }

  /** The connection with which it is to come back is open. */
  opened(rttMs: number): void {
    this.#start(answerTimeoutMs(this.#unanswered, rttMs), () => this.#unanswered++);
  }

  /** The server answered: the absence is over. */
  answered(): void {
    this.stop();
    this.#unanswered = 0;
  }

  stop(): void {
    this.#timers.clearTimeout(this.#timer);
  }

  #start(timeoutMs: number, note?: () => void): void {
    this.stop();
    this.#timer = this.#timers.setTimeout(() => {
      note?.();
      this.#onTimeout();
    }, timeoutMs);
  }
}
