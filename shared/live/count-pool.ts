/**
 * The counts of all watched instances of one class, side by side: what a tick reads of many instances then lies in few
 * cache lines, and is reached without going through the instances.
 */
export class CountPool {
  /** `width` counts an instance, from its base on. Another array once there are more instances than ever before. */
  counts: Int32Array;
  readonly width: number;
  /** Bases that are free, below those that were never used. */
  readonly #spare: number[] = [];
  #used = 0;

  /** @param width counts of an instance; 0 for a class that has none */
  constructor(width: number, capacity = 16) {
    this.width = width;
    this.counts = new Int32Array(width * capacity);
  }

  /** @returns where the counts of one more instance begin; whatever is there is the caller's to set */
  take(): number {
    const spare = this.#spare.pop();
    if (spare !== undefined) return spare;
    const base = this.#used;
    this.#used += this.width;
    if (this.#used > this.counts.length) {
      const grown = new Int32Array(this.counts.length * 2);
      grown.set(this.counts);
      this.counts = grown;
    }
    return base;
  }

  give(base: number): void {
    this.#spare.push(base);
  }
}
