/** Upper bounds in milliseconds: from a twentieth of a tick at 60 Hz to a stall that players notice. */
export const TICK_BOUNDS_MS: readonly number[] = [0.25, 0.5, 1, 2, 4, 8, 12, 16, 25, 50, 100, 250, 1_000];
/** The same for what waits for a network: a Redis command, a join, a session's absence. */
export const WAIT_BOUNDS_MS: readonly number[] = [
  0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000, 15_000, 30_000,
];

/** Counts durations by size. Numbers in fixed arrays: recording one allocates nothing. */
export class DurationHistogram {
  readonly boundsMs: readonly number[];
  /** How many fell into each bucket, and behind the last bound. Not cumulative. */
  readonly counts: Float64Array;
  sumMs = 0;
  count = 0;

  constructor(boundsMs: readonly number[]) {
    this.boundsMs = boundsMs;
    this.counts = new Float64Array(boundsMs.length + 1);
  }

  /** Hot: a few times a tick and room. */
  record(ms: number): void {
    const { boundsMs, counts } = this;
    let i = 0;
    while (i < boundsMs.length && ms > boundsMs[i]!) i++;
    counts[i]!++;
    this.sumMs += ms;
    this.count++;
  }
}
