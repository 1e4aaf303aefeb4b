/** After a hitch at most this many ticks are made up in one frame; the rest is given up, so that a tab that was hidden
 *  for a minute does not send thousands of inputs when it is looked at again. */
export const MAX_TICKS_PER_FRAME = 5;

/**
 * Turns the time between drawn frames into whole simulation ticks.
 * The SDK's `Predict.tick()` counts too, but keeps its remainder to itself, and drawing needs it (see own-ship.ts).
 */
export class TickAccumulator {
  readonly stepMs: number;
  #restMs = 0;
  #lastMs: number | undefined;

  constructor(stepMs: number) {
    this.stepMs = stepMs;
  }

  /** How much of the next tick has passed: 0 to just under 1. */
  get fraction(): number {
    return this.#restMs / this.stepMs;
  }

  /** @param nowMs the frame's timestamp. @returns ticks that are due, 0 to {@link MAX_TICKS_PER_FRAME} */
  advance(nowMs: number): number {
    this.#restMs += Math.max(0, nowMs - (this.#lastMs ?? nowMs));
    this.#lastMs = nowMs;
    const due = Math.floor(this.#restMs / this.stepMs);
    this.#restMs = Math.min(this.#restMs - due * this.stepMs, this.stepMs * (1 - Number.EPSILON));
    return Math.min(due, MAX_TICKS_PER_FRAME);
  }
}
