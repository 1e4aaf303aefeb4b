import type { Moved } from '../../shared/wire/control.ts';

/** What a connection of a client that speaks frames takes from whoever knows of its room. */
export interface SessionSocket {
  /** The room is elsewhere: the client is told where, and the connection ends. */
  sendOn(moved: Moved): void;
  /** Closes the connection without a further frame: the session goes on elsewhere. */
  abandon(reason: string): void;
}
