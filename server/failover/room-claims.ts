/** The owner of a room that nobody owns. */
export const NOBODY = '';

/** That this node owns a room by now. */
export interface Claimed {
  /** Of everything that is written for the room from now on; above that of any owner before. */
  epoch: number;
  /** How often the room was claimed, this one included, since it last ran soundly for a while. */
  attempts: number;
}

/** Who owns which room. Owners are member keys. Every call ends within a second or so, and may fail. */
export interface RoomClaims<C extends Claimed> {
  /** All owners that rooms have, {@link NOBODY} included where there are such rooms. */
  owners(): Promise<readonly string[]>;
  /** Ids of the rooms that `owner` has. */
  roomsOf(owner: string): Promise<readonly string[]>;
  /**
   * Takes the room from `from`, in one step. Of several that ask at once exactly one gets it.
   * @returns `lost` when it is not `from`'s any more, `gone` when there is no such room
   */
  claim(roomId: string, from: string): Promise<C | 'lost' | 'gone'>;
  /** How often the room was claimed since it last ran soundly for a while. */
  attempts(roomId: string): Promise<number>;
  /** Gives it up again: it is {@link NOBODY}'s, unless somebody took it since. */
  release(roomId: string, claim: C): Promise<void>;
  /** Nobody is to claim it any more; what there is of it is kept. */
  setAside(roomId: string, claim: C): Promise<void>;
}
