import type { FramedConnection } from '../../client/framed-connection.ts';
import type { ArenaPilot } from '../arena-pilot.ts';
import { Timeline } from './timeline.ts';

/** What one pilot went through since {@link WatchedPilot.begin}. */
export interface Passage {
  roomId: string;
  /** The room's clock as this client saw it last before its connection was lost; undefined where it never was. */
  lostAtElapsedMs: number | undefined;
  /** From {@link WatchedPilot.begin} to the first state after the connection was lost. */
  backAfterMs: number | undefined;
  /** The longest time between two states, and from {@link WatchedPilot.begin} to its end. */
  gap: { ms: number; endMs: number };
  /** What is not as it was before. */
  broken: string[];
}

/** A pilot of whom it is known who he was. */
export class WatchedPilot {
  readonly pilot: ArenaPilot;
  readonly timeline = new Timeline();
  #sessionId = '';
  #roomId = '';
  #ship: unknown;
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
    const { room } = this.pilot;
    this.#sessionId = room.sessionId;
    this.#roomId = room.roomId;
    this.#ship = room.state.ships.get(room.sessionId);
    this.#beganMs = performance.now();
    this.#gap = { ms: 0, endMs: 0 };
    this.#lostAtElapsedMs = this.#backAfterMs = undefined;
  }

  /** @param mustBeBack whether its connection must have been lost */
  end(mustBeBack = true): Passage {
    const { room } = this.pilot;
    const broken: string[] = [];
    const who = `${this.#sessionId} in ${this.#roomId}`;
    if (this.#endCode !== undefined) broken.push(`${who}: the session ended with ${this.#endCode}`);
    else if (mustBeBack && this.#backAfterMs === undefined) broken.push(`${who}: not back`);
    if (room.roomId !== this.#roomId || room.sessionId !== this.#sessionId) broken.push(`${who}: is somebody else`);
    const ship: unknown = room.state.ships.get(room.sessionId);
    if (ship === undefined) broken.push(`${who}: has no ship any more`);
    else if (ship !== this.#ship) broken.push(`${who}: has another ship`);
    for (const what of this.timeline.broken.splice(0)) broken.push(`${who}: ${what}`);
    return {
      roomId: this.#roomId,
      lostAtElapsedMs: this.#lostAtElapsedMs,
      backAfterMs: this.#backAfterMs,
      gap: this.#gap,
      broken,
    };
  }

  #shown(): void {
    const { room } = this.pilot;
    const nowMs = performance.now();
    const gapMs = nowMs - Math.max(this.#shownMs, this.#beganMs);
    if (gapMs > this.#gap.ms) this.#gap = { ms: gapMs, endMs: nowMs - this.#beganMs };
    this.#shownMs = nowMs;
    const { epoch } = room.connection as unknown as FramedConnection;
    this.timeline.see({ epoch, elapsedMs: room.clock.lastServerTime() });
    if (this.#isBack && this.#lostAtElapsedMs !== undefined) this.#backAfterMs ??= nowMs - this.#beganMs;
  }
}
