/** Time that a test turns by hand: what client/timers.ts and server/room/tick-loop.ts want of it, without waiting. */
export class VirtualTimers {
  #nowMs: number;
  #timers: { atMs: number; callback: () => void }[] = [];
  /** What `random` gives. */
  nextRandom = 0;

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  /** Timers that are set and have not run. */
  get count(): number {
    return this.#timers.length;
  }

  now = (): number => this.#nowMs;

  random = (): number => this.nextRandom;

  setTimeout = (callback: () => void, delayMs: number): unknown => {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), callback };
    this.#timers.push(timer);
    return timer;
  };

  clearTimeout = (handle: unknown): void => {
    this.#timers = this.#timers.filter((timer) => timer !== handle);
  };

  setImmediate = (callback: () => void): unknown => this.setTimeout(callback, 0);

  clearImmediate = (handle: unknown): void => this.clearTimeout(handle);

  /** Time passes while nothing runs: a process that was asleep. What was due runs with the next {@link advance}. */
  sleep(ms: number): void {
    this.#nowMs += ms;
  }

  /** Lets `ms` pass: what falls due runs, in order, each at its own time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (this.#runNext(endMs));
    this.#nowMs = endMs;
  }

  /** The same, and behind each timer all that it set going without a timer runs to its end. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settled();
    while (this.#runNext(endMs)) await settled();
    this.#nowMs = endMs;
  }

  #runNext(endMs: number): boolean {
    let next = this.#timers[0];
    for (const timer of this.#timers) if (timer.atMs < next!.atMs) next = timer;
    if (next === undefined || next.atMs > endMs) return false;
    this.clearTimeout(next);
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.callback();
    return true;
  }
}

const { setImmediate } = globalThis; // before a test may replace it

/** Resolves when every promise that could settle by itself has. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
