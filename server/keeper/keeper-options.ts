import type { Fenced } from '../failover/fence.ts';
import type { LiveRoom } from '../room/live-room.ts';
import type { RoomStore } from '../store/room-store.ts';
import type { KeeperTimings } from './flush-plan.ts';
import type { RoomKeeper } from './room-keeper.ts';

/** Stops the room while its node may be held dead; see Fence. */
export interface RoomFencing {
  /** How often the fence closed. */
  readonly term: number;
  guard(room: Fenced, term: number): RoomGuard;
  /** Monotonic milliseconds. */
  now(): number;
}

export interface RoomGuard {
  isFenced(nowMs: number): boolean;
  end(): void;
}

export interface RoomKeeperOptions {
  room: LiveRoom;
  /** Of the room's `onCreate`, to be called with again. */
  createOptions: unknown;
  store: RoomStore;
  timings: KeeperTimings;
  /** Undefined where nobody else could take the room over. */
  fence: RoomFencing | undefined;
  /** 0 to 1. Rooms that began together do not write their snapshots together. */
  random(): number;
  /** The room is somebody else's, or no more. */
  lost(): void;
  /** The room's own code failed: it is to begin again as it was last kept. */
  roomFailed(): void;
  /** The room cannot be kept from here on. */
  failed(error: unknown): void;
  /** All rooms of this node that are kept, this one too: those that are due soon are written down with it. */
  all(): Iterable<RoomKeeper>;
}
