/** What the loop needs of time. Injected so that a test drives it on a virtual clock. */
export interface LoopClock {
  /** Monotonic milliseconds; never steps back. */
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** A clock that can also let the process read first. */
export interface TickClock extends LoopClock {
  /** Runs `callback` once what has come over connections by now has been read. */
  setImmediate(callback: () => void): unknown;
  clearImmediate(handle: unknown): void;
}

/** Hears of each wake what it cost. */
export interface TickMeter {
  /**
   * Hot: once a wake that made a step.
   * @param latenessMs how long after its point of the grid the first step began
   * @param workMs from there to the end of the flush
   */
  woke(latenessMs: number, workMs: number, steps: number): void;
  droppedTicks: number;
}

/** After a stall the loop makes up at most this many steps, then gives up the rest (no spiral of death). */
export const MAX_CATCHUP_STEPS = 5;

/**
 * Calls `step` at exactly `hz`, on the grid `start + n / hz`.
 *
 * Node's setInterval truncates 16.67 ms to 16 and runs at about 62 Hz; here each timer is set to what is left until
 * the next point of the grid, so errors do not add up. `stepTimeMs`, the point of the grid that a step stands for,
 * moves by the exact step, however late the timer was: it is the clock that a simulation should see.
 *
 * A wake-up that is late by several steps makes them up one after the other (at most {@link MAX_CATCHUP_STEPS}), then
 * calls `flush` once. What is beyond that is dropped, and counted. Before that, one that is late by half a step or more
 * has the process read its connections: the inputs that belong to those steps lie there, and steps made without them
 * would leave them waiting behind each step to come.
 */
export class TickLoop {
  readonly stepMs: number;
  /** Steps given up after stalls, since the start. */
  droppedSteps = 0;

  #clock: TickClock;
  #step: (stepTimeMs: number) => void;
  #flush: () => void;
  #meter: TickMeter | undefined;
  #nextMs = 0;
  #timer: unknown;
  /** Set while a wake-up waits for what is being read. */
  #reading: unknown;
  #running = true;

  constructor(clock: TickClock, hz: number, step: (stepTimeMs: number) => void, flush: () => void, meter?: TickMeter) {
    this.#clock = clock;
    this.#step = step;
    this.#flush = flush;
    this.#meter = meter;
    this.stepMs = 1000 / hz;
    this.#nextMs = clock.now() + this.stepMs;
    this.#arm();
  }

  stop(): void {
    this.#running = false;
    this.#clock.clearTimeout(this.#timer);
    this.#clock.clearImmediate(this.#reading);
  }

  /** Makes no step until {@link resume}, not even one that is due in this wake-up. */
  pause(): void {
    this.stop();
  }

  /** Goes on, a step from now: what was missed is not made up, and not counted as dropped. */
  resume(): void {
    if (this.#running) return;
    this.#running = true;
    this.#nextMs = this.#clock.now() + this.stepMs;
    this.#arm();
  }

  /** Hot: once a step and room. The closures are made at construction, not here. */
  #wake = (): void => {
    if (this.#clock.now() - this.#nextMs < this.stepMs / 2) this.#makeSteps();
    else this.#reading = this.#clock.setImmediate(this.#makeSteps);
  };

  #makeSteps = (): void => {
    try {
      this.#catchUp();
    } finally {
      if (this.#running) this.#arm(); // an error in a step costs that step, as with an interval
    }
  };

  #catchUp(): void {
    const now = this.#clock.now();
    const latenessMs = now - this.#nextMs;
    let steps = 0;
    while (this.#running && this.#nextMs <= now && steps < MAX_CATCHUP_STEPS) {
      const stepTimeMs = this.#nextMs;
      this.#nextMs += this.stepMs;
      steps++;
      this.#step(stepTimeMs);
    }
    if (this.#running && this.#nextMs <= now) this.#dropBacklog(now);
    if (steps === 0) return;
    this.#flush();
    this.#meter?.woke(latenessMs, this.#clock.now() - now, steps);
  }

  #dropBacklog(now: number): void {
    const behind = Math.floor((now - this.#nextMs) / this.stepMs) + 1;
    this.droppedSteps += behind;
    if (this.#meter !== undefined) this.#meter.droppedTicks += behind;
    this.#nextMs += behind * this.stepMs;
  }

  #arm(): void {
    // Rounded up: a timer that fires a fraction early would only be set again. Node's timers are whole milliseconds.
    const delayMs = Math.max(0, Math.ceil(this.#nextMs - this.#clock.now()));
    this.#timer = this.#clock.setTimeout(this.#wake, delayMs);
  }
}
