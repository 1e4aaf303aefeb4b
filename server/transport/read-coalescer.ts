/** What it needs of the process. */
export interface ProcessPause {
  /** Monotonic milliseconds. */
  now(): number;
  /** Runs `callback` once what has come over connections by now has been read. */
  setImmediate(callback: () => void): unknown;
  /** Lets the whole thread sleep. */
  sleep(ms: number): void;
}

/** From here on rests pay: a process that is sent less is woken less often than it would be by them. */
const BUSY_READS_PER_SECOND = 2_000;
/** Over how long reads are counted to tell that. */
const WINDOW_MS = 500;
/** Less is not worth a system call. */
const LEAST_REST_MS = 0.1;

/**
 * Lets a busy process look at its connections every few milliseconds, and not whenever something comes: at 60 Hz a
 * few hundred clients wake it for nearly every input, and each of these wake-ups costs a good part of what it takes to
 * read the input, which the room will not look at before its next tick. Network cards do the same (interrupt coalescing).
 *
 * Behind what was read the thread sleeps for what is left of the interval. One whose work takes longer than the
 * interval never sleeps, and one that is sent little neither. What a timer is late by that is due meanwhile is an interval
 * at most.
 */
export class ReadCoalescer {
  readonly #everyMs: number;
  readonly #process: ProcessPause;
  readonly #rested: (ms: number) => void;
  #isDue = false;
  #isBusy = false;
  #reads = 0;
  #windowMs = 0;
  /** When it last began to look. */
  #lookedMs = 0;

  /** @param rested hears how long each rest was: time in which the thread did nothing */
  constructor(everyMs: number, process: ProcessPause, rested: (ms: number) => void) {
    this.#everyMs = everyMs;
    this.#process = process;
    this.#rested = rested;
    this.#windowMs = this.#lookedMs = process.now();
  }

  /** Hot: once a message. */
  count(): void {
    this.#reads++;
    if (this.#isDue) return;
    this.#isDue = true;
    this.#process.setImmediate(this.#rest);
  }

  /** Hot: once for all that was there to be read. */
  #rest = (): void => {
    this.#isDue = false;
    const nowMs = this.#process.now();
    if (nowMs - this.#windowMs >= WINDOW_MS) this.#judge(nowMs);
    const restMs = this.#isBusy ? this.#lookedMs + this.#everyMs - nowMs : 0;
    this.#lookedMs = nowMs;
    if (restMs < LEAST_REST_MS) return;
    this.#process.sleep(restMs);
    this.#lookedMs = this.#process.now();
    this.#rested(this.#lookedMs - nowMs);
  };

  #judge(nowMs: number): void {
    this.#isBusy = (this.#reads * 1_000) / (nowMs - this.#windowMs) >= BUSY_READS_PER_SECOND;
    this.#reads = 0;
    this.#windowMs = nowMs;
  }
}

const never = new Int32Array(new SharedArrayBuffer(4));

/** This very process. */
export const processPause: ProcessPause = {
  now: () => performance.now(),
  setImmediate,
  sleep: (ms) => void Atomics.wait(never, 0, 0, ms),
};
