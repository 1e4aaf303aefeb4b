import type { FrameSession } from '../../shared/session/frame-session.ts';
import type { LiveRoom } from './live-room.ts';

/** Keeps one room, so that another node can go on with it. */
export interface RoomKeep {
  /** Counts the owners that the room had, for clients: they hear nobody who comes from before. */
  readonly epoch: number;
  /**
   * Hot: at the top of each step, and before what a tick had for clients leaves. Whether the room must do neither: its
   * node may be held dead by others, one of which may have the room by now.
   */
  isFenced(): boolean;
  /** Resolves when a fenced room goes on here, or is not kept here any more; at once where it is not fenced. */
  standsNoMore(): Promise<void>;
  /** Hot: behind each tick, when all that it had for clients has left. @param ticks that the room has made */
  ticked(ticks: number): void;
  /** What the session's client says is acknowledged, and what it is told leaves, when what made it is kept. */
  hold(frames: FrameSession): void;
  /** Something was thrown in the room's own code: it is paused, and what became of it since is not to be kept. */
  failed(): void;
}

/** Where rooms are kept. */
export interface RoomKeeping {
  /** A room was made, and its `onCreate` comes next. */
  began(room: LiveRoom): void;
}

/** One for the process, as Colyseus's matchmaker is. */
export const roomKeeping: { current: RoomKeeping | undefined } = { current: undefined };
