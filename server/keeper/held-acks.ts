import type { FrameSession } from '../../shared/session/frame-session.ts';
import type { RoomSessions } from '../session/room-sessions.ts';

/** What clients have said is acknowledged when what it did is in the store. */
export class HeldAcks {
  readonly #sessions: RoomSessions;
  /** One at a time: what came meanwhile is in the next. */
  #held: { tick: number; points: { frames: FrameSession; sequence: number }[] } | undefined;

  constructor(sessions: RoomSessions) {
    this.#sessions = sessions;
  }

  /** What came until now is part of what was just written of `tick`. */
  hold(tick: number): void {
    if (this.#held !== undefined) return;
    this.#held = { tick, points: [] };
    for (const { frames } of this.#sessions) {
      if (frames !== undefined) this.#held.points.push({ frames, sequence: frames.lastProcessed });
    }
  }

  /** What was written up to this tick is in the store. */
  release(durableTick: number): void {
    if (this.#held === undefined || durableTick < this.#held.tick) return;
    for (const { frames, sequence } of this.#held.points) frames.releaseAcks(sequence);
    this.#held = undefined;
  }

  forget(): void {
    this.#held = undefined;
  }
}
