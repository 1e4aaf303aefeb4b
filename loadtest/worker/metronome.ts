/** What the metronome needs of time. */
export interface MetronomeClock {
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Bots are spread over this many moments of a tick, about a millisecond apart at 60 Hz. */
export const SLOTS = 16;
/** What a stalled generator makes up for; the rest of its inputs are never sent. Such a run is void anyhow. */
const MOST_LATE_TICKS = 60;

/**
 * A fixed schedule: member `n` of slot `s` is due at `start + (cycle + s / SLOTS) * tick`, however late the last wake was.
 * What is late is played late, with the time when it was due.
 */
export class Metronome<Player> {
  readonly #clock: MetronomeClock;
  readonly #slotMs: number;
  readonly #play: (player: Player, dueMs: number) => void;
  readonly #woke: (latenessMs: number, nowMs: number) => void;
  readonly #slots: Player[][] = Array.from({ length: SLOTS }, () => []);
  readonly #startMs: number;
  #next = 0;
  #added = 0;
  #timer: unknown;

  constructor(
    clock: MetronomeClock,
    tickRateHz: number,
    play: (player: Player, dueMs: number) => void,
    woke: (latenessMs: number, nowMs: number) => void,
  ) {
    this.#clock = clock;
    this.#slotMs = 1_000 / tickRateHz / SLOTS;
    this.#play = play;
    this.#woke = woke;
    this.#startMs = clock.now();
    this.#arm();
  }

  /** From the next time on that its slot is due. */
  add(player: Player): void {
    this.#slots[this.#added++ % SLOTS]!.push(player);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  /** Hot: about a thousand times a second. */
  #wake = (): void => {
    const nowMs = this.#clock.now();
    const latest = Math.floor((nowMs - this.#startMs) / this.#slotMs);
    this.#woke(nowMs - this.#dueMs(this.#next), nowMs);
    this.#next = Math.max(this.#next, latest - MOST_LATE_TICKS * SLOTS);
    for (; this.#next <= latest; this.#next++) {
      const dueMs = this.#dueMs(this.#next);
      for (const player of this.#slots[this.#next % SLOTS]!) this.#play(player, dueMs);
    }
    this.#arm();
  };

  #dueMs(slot: number): number {
    return this.#startMs + slot * this.#slotMs;
  }

  #arm(): void {
    const delayMs = Math.max(0, Math.ceil(this.#dueMs(this.#next) - this.#clock.now()));
    this.#timer = this.#clock.setTimeout(this.#wake, delayMs);
  }
}
