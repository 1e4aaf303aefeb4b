import type { FrameSession } from '../../shared/session/frame-session.ts';
import type { RoomSessions } from '../session/room-sessions.ts';

/** Up to where sessions may go when what was noted of `tick` is in the store. */
interface CommitPoint {
  tick: number;
  sessions: { frames: FrameSession; lastProcessed: number; posted: number }[];
}

/**
 * Output commit (Elnozahy et al. 2002, "A survey of rollback-recovery protocols in message-passing systems"): what clients
 * have said is acknowledged, and what they are told leaves, when what made it is in the store. PROTOCOL.md S17, S18.
 */
export class OutputCommit {
  readonly #sessions: RoomSessions;
  readonly #mostTicks: number;
  /** What is being written, most likely. */
  #first: CommitPoint | undefined;
  /** What was noted meanwhile: the newest takes the place of the one before. */
  #newest: CommitPoint | undefined;
  #messageWaits = false;
  readonly #onHeld = (): void => {
    this.#messageWaits = true;
  };

  /** @param mostTicks for which messages wait: what is not written by then is not soon, and they leave without */
  constructor(sessions: RoomSessions, mostTicks: number) {
    this.#sessions = sessions;
    this.#mostTicks = mostTicks;
  }

  /** Whether a message was posted since {@link writing}. */
  get messageWaits(): boolean {
    return this.#messageWaits;
  }

  hold(frames: FrameSession): void {
    frames.holdAcks();
    frames.holdMessages(this.#onHeld);
  }

  holdAll(): void {
    for (const { frames } of this.#sessions) if (frames !== undefined) this.hold(frames);
  }

  /** All that was posted is about to be written. */
  writing(): void {
    this.#messageWaits = false;
  }

  /** What sessions heard and have to say by now is part of what was just noted of `tick`. */
  note(tick: number): void {
    const point: CommitPoint = { tick, sessions: [] };
    const isLate = this.#first !== undefined && tick - this.#first.tick > this.#mostTicks;
    for (const { frames } of this.#sessions) {
      if (frames === undefined) continue;
      point.sessions.push({ frames, lastProcessed: frames.lastProcessed, posted: frames.posted });
      if (isLate) frames.releaseMessages(frames.posted);
    }
    if (this.#first === undefined) this.#first = point;
    else this.#newest = point;
  }

  /** What was noted up to this tick is in the store. @returns whether messages were waiting for that */
  commit(durableTick: number): boolean {
    let any = false;
    while (this.#first !== undefined && durableTick >= this.#first.tick) {
      for (const { frames, lastProcessed, posted } of this.#first.sessions) {
        frames.releaseAcks(lastProcessed);
        if (frames.releaseMessages(posted)) any = true;
      }
      this.#first = this.#newest;
      this.#newest = undefined;
    }
    return any;
  }

  /** Nothing is committed from here on. */
  forget(): void {
    this.#first = this.#newest = undefined;
  }

  /** Nothing waits for the store any more. */
  free(): void {
    for (const { frames } of this.#sessions) {
      frames?.freeAcks();
      frames?.freeMessages();
    }
  }
}
