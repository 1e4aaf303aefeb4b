import type { ArenaPilot } from '../arena-pilot.ts';

/** What one pilot went through since {@link WatchedPilot.begin}. */
export interface Passage {
  roomId: string;
  /** The room's clock as this client saw it last before its connection was lost; undefined where it never was. */
  lostAtElapsedMs: number | undefined;
  /** From {@link WatchedPilot.begin} to the first state after the connection was lost. */
  backAfterMs: number | undefined;
  /** The longest time between two states, and from {@link WatchedPilot.begin} to its end. */
  gap: { ms: number; endMs: number };
  /** That it did not come back, if so. What else must not be is the witness's affair. */
  broken: string[];
}

/** A pilot of whom it is known when it was away. */
export class WatchedPilot {
  readonly pilot: ArenaPilot;
  /** How often its connection was lost. */
  drops = 0;
  #roomId = '';
  #beganMs = 0;
  #shownMs = 0;
  #gap = { ms: 0, endMs: 0 };
  #lostAtElapsedMs: number | undefined;
  #backAfterMs: number | undefined;
  #isBack = true;
  #endCode: number | undefined;

  constructor(pilot: ArenaPilot) {
    this.pilot = pilot;
    const { room } = pilot;
    room.onDrop(() => {
      this.#isBack = false;
      this.drops++;
      this.#lostAtElapsedMs ??= room.clock.lastServerTime();
    });
    room.onReconnect(() => (this.#isBack = true));
    room.onStateChange(() => this.#shown());
    room.onLeave((code) => (this.#endCode = code));
  }

  /** Whether the connection was lost and is back, state and all; or never will be. */
  get isSettled(): boolean {
    return this.#backAfterMs !== undefined || this.#endCode !== undefined;
  }

  /** Whether it was shown something after `sinceMs`; or never will be. */
  isShown(sinceMs: number): boolean {
    return this.#shownMs > sinceMs || this.#endCode !== undefined;
  }

  begin(): void {
    this.#roomId = this.pilot.room.roomId;
    this.#beganMs = performance.now();
    this.#gap = { ms: 0, endMs: 0 };
    this.#lostAtElapsedMs = this.#backAfterMs = undefined;
  }

  /** @param mustBeBack whether its connection must have been lost */
  end(mustBeBack = true): Passage {
    const isMissing = mustBeBack && this.#backAfterMs === undefined;
    return {
      roomId: this.#roomId,
      lostAtElapsedMs: this.#lostAtElapsedMs,
      backAfterMs: this.#backAfterMs,
      gap: this.#gap,
      broken: isMissing ? [`${this.pilot.room.sessionId} in ${this.#roomId}: not back`] : [],
    };
  }

  #shown(): void {
    const nowMs = performance.now();
    const gapMs = nowMs - Math.max(this.#shownMs, this.#beganMs);
    if (gapMs > this.#gap.ms) this.#gap = { ms: gapMs, endMs: nowMs - this.#beganMs };
    this.#shownMs = nowMs;
    if (this.#isBack && this.#lostAtElapsedMs !== undefined) this.#backAfterMs ??= nowMs - this.#beganMs;
  }
}
