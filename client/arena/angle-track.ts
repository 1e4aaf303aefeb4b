import { headingDifference } from '../../shared/arena/heading.ts';

/** Samples kept: about half a second at 60 Hz, more than the interpolation delay ever reaches back. */
const CAPACITY = 32;

/**
 * The recent directions of one body, read at a time between two samples.
 * The SDK's `lerp` folds angles in radians only; a heading in 1/4096 turns would spin the long way round at 0.
 */
export class AngleTrack {
  #times = new Float64Array(CAPACITY);
  #angles = new Float64Array(CAPACITY);
  #count = 0;

  /** @param timeMs the server's time of the sample, never before the last one. @param angle 0 to 4095 */
  push(timeMs: number, angle: number): void {
    const count = this.#count;
    const last = (count + CAPACITY - 1) % CAPACITY;
    // Stored unwrapped, so that reading is a plain interpolation.
    const unwrapped = count === 0 ? angle : this.#angles[last]! + headingDifference(this.#angles[last]!, angle);
    if (count > 0 && timeMs <= this.#times[last]!) {
      this.#angles[last] = unwrapped;
      return;
    }
    const slot = count % CAPACITY;
    this.#times[slot] = timeMs;
    this.#angles[slot] = unwrapped;
    this.#count = count + 1;
  }

  /** The direction at `timeMs`, in steps, not wrapped; held at the ends of what is known, 0 before any sample. */
  at(timeMs: number): number {
    const count = this.#count;
    if (count === 0) return 0;
    const oldest = Math.max(0, count - CAPACITY);
    let newer = (count - 1) % CAPACITY;
    if (timeMs >= this.#times[newer]!) return this.#angles[newer]!;
    for (let i = count - 2; i >= oldest; i--) {
      const older = i % CAPACITY;
      const start = this.#times[older]!;
      if (start <= timeMs) {
        const share = (timeMs - start) / (this.#times[newer]! - start);
        return this.#angles[older]! + share * (this.#angles[newer]! - this.#angles[older]!);
      }
      newer = older;
    }
    return this.#angles[newer]!;
  }
}
