import type { RoomClock, RoomClockLike } from 'colyseus.js';

/** What is drawn is at least this far behind the latest update: two ticks, so that there is an update on either side. */
const CUSHION_MS = 34;
/** A jittery line is given at most this much more. */
const MOST_EXTRA_MS = 120;
/** For how long a late update counts: between one and two of these. */
const WINDOW_MS = 1000;
/** The picture is brought to where it should be by 63 % in this time: by running a little faster or slower. */
const SLEW_MS = 500;
/** What is farther off than this is jumped to. */
const JUMP_MS = 300;

/**
 * The server's time at which everything but the own ship is drawn: it runs evenly, and as far behind the updates as the
 * latest of them need to be there in time (a jitter buffer).
 *
 * It stands in for the room's clock in the SDK's lerp, which would draw `serverNow() - delay - smoothedRtt() / 2`: both
 * of these estimates tremble with the line, and a ship would tremble with them. `lagMs` is what makes up the
 * difference, for the server's lag compensation.
 */
export class ViewClock implements RoomClockLike {
  /** The server's time that is drawn in this frame, milliseconds; 0 before the first update. */
  drawnMs = 0;

  #clock: RoomClock;
  #frameMs = 0;
  /** Server time minus local time of the latest-coming updates, in this window and the last one. */
  #latest = Infinity;
  #latestBefore = Infinity;
  /** The same of the earliest-coming update. */
  #earliest = -Infinity;
  #earliestBefore = -Infinity;
  #windowFromMs = 0;

  constructor(clock: RoomClock) {
    this.#clock = clock;
  }

  /** An update came. @param nowMs local. @param serverMs the server's time of it */
  arrived(nowMs: number, serverMs: number): void {
    if (nowMs - this.#windowFromMs > WINDOW_MS) {
      this.#windowFromMs = nowMs;
      this.#latestBefore = this.#latest;
      this.#earliestBefore = this.#earliest;
      this.#latest = Infinity;
      this.#earliest = -Infinity;
    }
    this.#latest = Math.min(this.#latest, serverMs - nowMs);
    this.#earliest = Math.max(this.#earliest, serverMs - nowMs);
  }

  /** To be called once a frame, before anything is drawn. @param nowMs local, the frame's timestamp */
  frame(nowMs: number): void {
    const dtMs = nowMs - this.#frameMs;
    this.#frameMs = nowMs;
    const earliest = Math.max(this.#earliest, this.#earliestBefore);
    const latest = Math.max(Math.min(this.#latest, this.#latestBefore), earliest - MOST_EXTRA_MS);
    if (!Number.isFinite(latest)) return; // nothing came yet
    const target = nowMs + latest - CUSHION_MS;
    const running = this.drawnMs + dtMs;
    const gap = target - running;
    // Never back: a ship that flies backwards for a frame is seen.
    if (Math.abs(gap) > JUMP_MS) this.drawnMs = target;
    else this.drawnMs = Math.max(this.drawnMs, running + gap * (1 - Math.exp(-dtMs / SLEW_MS)));
  }

  /** How far the picture is behind the newest state that could be here, milliseconds: the SDK's `renderDelay`. */
  get lagMs(): number {
    return Math.max(0, this.#clock.serverNow() - this.#clock.smoothedRtt() / 2 - this.drawnMs);
  }

  now(): number {
    return this.#clock.now();
  }

  serverNow(): number {
    return this.drawnMs;
  }

  rtt(): number {
    return this.#clock.rtt();
  }

  /** 0: the way here is in `drawnMs` already. */
  smoothedRtt(): number {
    return 0;
  }

  jitter(): number {
    return this.#clock.jitter();
  }

  lastServerTime(): number {
    return this.#clock.lastServerTime();
  }

  patchInterval(): number {
    return this.#clock.patchInterval?.() ?? 0;
  }

  sample(): void {
    // the room feeds its own clock
  }
}
