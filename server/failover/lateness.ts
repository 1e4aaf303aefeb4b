interface Late {
  atMs: number;
  lateMs: number;
}

/**
 * By how much a member's beats are late these days. Once in the window is no habit: a pause, a garbage collection. So what
 * counts is the second largest. An average would not tell: where processors are short most beats come nearly in time, and
 * a few very late.
 */
export class Lateness {
  readonly #windowMs: number;
  /** Of the window, in their order: no more than there are beats in it. */
  readonly #late: Late[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** A beat came so late; less than nothing is in time. */
  add(atMs: number, lateMs: number): void {
    this.#forget(atMs);
    if (lateMs > 0) this.#late.push({ atMs, lateMs });
  }

  /** How late beats came at least twice. */
  habitMs(nowMs: number): number {
    this.#forget(nowMs);
    let [first, second] = [0, 0];
    for (const { lateMs } of this.#late) {
      if (lateMs > first) [first, second] = [lateMs, first];
      else if (lateMs > second) second = lateMs;
    }
    return second;
  }

  #forget(nowMs: number): void {
    while (this.#late.length > 0 && nowMs - this.#late[0]!.atMs > this.#windowMs) this.#late.shift();
  }
}
