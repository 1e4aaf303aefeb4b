/** A hidden tab draws no frames; what was due longer ago than this is done without show when it is looked at again. */
const STALE_MS = 1000;

/**
 * Things to be done when the picture has come to them: others are drawn a little in the past, so that a rock must not
 * burst before the shot that one sees has reached it.
 */
export class Later {
  #due: { atMs: number; run: (stale: boolean) => void }[] = [];

  /** @param run is told whether its time was long ago */
  at(atMs: number, run: (stale: boolean) => void): void {
    this.#due.push({ atMs, run });
  }

  /** Runs what is due, oldest first. Hot: once a frame. */
  run(nowMs: number): void {
    if (this.#due.length === 0) return;
    let kept = 0;
    for (let i = 0; i < this.#due.length; i++) {
      const task = this.#due[i]!;
      if (task.atMs > nowMs) this.#due[kept++] = task;
      else task.run(nowMs - task.atMs > STALE_MS);
    }
    this.#due.length = kept;
  }
}
