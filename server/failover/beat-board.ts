/** One run of one node. A node that was started again under its old name is somebody else. */
export interface Member {
  nodeId: string;
  /** Drawn anew at each start of the process. */
  incarnation: string;
}

/** Names a {@link Member} in one word, e.g. as the owner of a room. Neither part may have a slash. */
export const memberKey = ({ nodeId, incarnation }: Member): string => `${nodeId}/${incarnation}`;
export const nodeIdOf = (key: string): string => key.slice(0, key.indexOf('/'));

/** What a node writes with each beat. */
export interface OwnBeat {
  key: string;
  /**
   * How many of its beats were answered, and one. So the counter of a node that can be heard but hears nothing stands
   * still, as it should: such a node has stopped by itself.
   */
  count: number;
  /** How much it can take: 1 to 100, a whole number; 0 for a node that takes no rooms, because it drains. */
  weight: number;
}

/** What is read of a node. */
export interface SeenBeat extends OwnBeat {
  /** How long its counter had stood there, by the board's own clock, which may jump: nothing to rely on. */
  ageMs: number;
  /** Whether it said goodbye: it has no rooms any more, or leaves them to others. */
  left: boolean;
}

/**
 * Where the nodes of a pool see each other's counters. What was not written to for {@link FORGET_MS} is forgotten.
 * Every call ends, one way or the other, within a second or so.
 */
export interface BeatBoard {
  /**
   * Writes one beat and reads all, the own one included, in one step. A count below what is there changes nothing: it
   * was overtaken on its way.
   */
  beat(own: OwnBeat): Promise<readonly SeenBeat[]>;
  /** Says goodbye. Beats with a count up to this one that are still on their way change nothing. */
  leave(key: string, count: number): Promise<void>;
}

export const FORGET_MS = 30_000;
