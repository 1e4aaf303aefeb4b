import type { Ownership, RoomStore, Snapshot, StoredRoom } from '../store/room-store.ts';
import { StoreError } from '../store/store-error.ts';
import { type KeptRoom, readStored } from './restore-room.ts';

type Place = Pick<Snapshot, 'epoch' | 'sequence'>;

/**
 * Reads a room from the store. The store passes over snapshots that are damaged, misplaced or of a newer format; here
 * one that is whole and yet nothing that this code can read is passed over too.
 * @throws {StoreError} neither snapshot serves, or the journal behind it is broken; {TypeError} neither can be read
 */
export async function loadRoom(store: RoomStore, roomId: string, owner?: Ownership): Promise<KeptRoom> {
  const stored = await store.load(roomId, owner === undefined ? {} : { owner });
  try {
    return readStored(stored);
  } catch (error) {
    return await loadBefore(store, roomId, stored.snapshot, error);
  }
}

/**
 * Reads the room from the snapshot before `newest`, and what was journaled behind it, where the newest cannot be used for
 * `why`. Nothing is put aside: a node of another version may be able to use it.
 * @throws `why`, where there is none that could be used
 */
export async function loadBefore(store: RoomStore, roomId: string, newest: Place, why: unknown): Promise<KeptRoom> {
  let stored: StoredRoom;
  try {
    stored = await store.load(roomId, { accepts: isOther(newest) });
  } catch (error) {
    throw isRefusal(error) ? why : error;
  }
  try {
    return readStored(stored);
  } catch {
    throw why;
  }
}

/** The room runs from the snapshot before `newest`: the next snapshot is to push out that one, and not the good one. */
export async function putAside(store: RoomStore, owner: Ownership, newest: Place): Promise<void> {
  await store.load(owner.roomId, { owner, accepts: isOther(newest) });
}

const isOther =
  (newest: Place) =>
  ({ epoch, sequence }: Place): boolean =>
    epoch !== newest.epoch || sequence !== newest.sequence;

const isRefusal = (error: unknown): boolean => error instanceof StoreError;
