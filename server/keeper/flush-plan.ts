export interface KeeperTimings {
  /** From one journal entry to the next: what of the game may be lost with its node. Default 50. */
  flushMs: number;
  /** From one snapshot to the next. Default 2,000. */
  snapshotMs: number;
}

export const KEEPER_TIMINGS: KeeperTimings = { flushMs: 50, snapshotMs: 2_000 };

/** A message that waits for the store hastens the next journal entry to so soon after the one before. */
const HASTY_FLUSH_MS = 25;
/** A room in which nothing happens is journaled this rarely, for its clock's sake: once in so many flushes. */
const IDLE_FLUSHES = 10;

/** At which ticks a room is written down. */
export class FlushPlan {
  readonly #flushTicks: number;
  readonly #hastyTicks: number;
  /** So early it is written down with another room. */
  readonly #soonTicks: number;
  readonly #snapshotTicks: number;
  #nextFlush = 0;
  /** From here on it is written down for a message that waits. */
  #nextHasty = 0;
  #nextSnapshot: number;

  /**
   * @param made ticks that the room has made
   * @param chance 0 to 1: rooms that began together do not write their snapshots together
   */
  constructor({ flushMs, snapshotMs }: KeeperTimings, tickMs: number, made: number, chance: number) {
    this.#flushTicks = Math.max(1, Math.round(flushMs / tickMs));
    this.#hastyTicks = Math.min(this.#flushTicks, Math.max(1, Math.ceil(HASTY_FLUSH_MS / tickMs)));
    this.#soonTicks = Math.min(2, this.#flushTicks - 1);
    this.#snapshotTicks = Math.max(1, Math.round(snapshotMs / tickMs));
    this.#nextSnapshot = made + Math.ceil(chance * this.#snapshotTicks);
  }

  /** Whether rooms keep each other company at all: so slow a one does not. */
  get keepsCompany(): boolean {
    return this.#soonTicks > 0;
  }

  isDue(ticks: number): boolean {
    return ticks >= this.#nextFlush;
  }

  /** Whether it is due nearly enough to be written down with another room. */
  isNearlyDue(ticks: number): boolean {
    return ticks >= this.#nextFlush - this.#soonTicks;
  }

  /** Whether it is due where a message waits for it. */
  isHastyDue(ticks: number): boolean {
    return ticks >= this.#nextHasty;
  }

  isSnapshotDue(ticks: number): boolean {
    return ticks >= this.#nextSnapshot;
  }

  /** Whether a room in which nothing happened since an entry at `lastEntry` needs none yet. */
  mayIdle(ticks: number, lastEntry: number): boolean {
    return ticks - lastEntry < IDLE_FLUSHES * this.#flushTicks;
  }

  written(ticks: number): void {
    this.#nextFlush = ticks + this.#flushTicks;
    this.#nextHasty = ticks + this.#hastyTicks;
  }

  /** It was written down with another room: it is due a tick later then, and goes with that one again. */
  wentAlong(): void {
    this.#nextFlush++;
  }

  snapshotTaken(ticks: number): void {
    this.#nextSnapshot = ticks + this.#snapshotTicks;
  }

  snapshotAtOnce(): void {
    this.#nextSnapshot = 0;
  }
}
