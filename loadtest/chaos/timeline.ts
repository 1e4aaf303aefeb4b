/** Where a client stands in its room's time. */
export interface Moment {
  /** Of the room's owner. */
  epoch: number;
  /** The room's own clock, in milliseconds. */
  elapsedMs: number;
}

/** Enough to see what is wrong. */
const MOST_TOLD = 5;

/**
 * What one client is shown of its room, one state after the other: within an epoch time never goes back, and to an epoch
 * that was left nobody returns. When another owner goes on, time may go back, under its higher epoch.
 */
export class Timeline {
  readonly broken: string[] = [];
  #last: Moment | undefined;

  get last(): Moment | undefined {
    return this.#last;
  }

  see(now: Moment): void {
    const last = this.#last;
    this.#last = now;
    if (last === undefined || now.epoch > last.epoch) return;
    const isBack = now.epoch < last.epoch || now.elapsedMs < last.elapsedMs;
    if (!isBack || this.broken.length >= MOST_TOLD) return;
    this.broken.push(`was shown ${told(now)} after ${told(last)}`);
  }
}

const told = ({ epoch, elapsedMs }: Moment): string => `${Math.round(elapsedMs)} ms of epoch ${epoch}`;
