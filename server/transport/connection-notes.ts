import { CloseCode } from '@colyseus/core';
import { CloseReason, isCloseReason } from '../../shared/wire/close-reason.ts';
import type { NodePlace } from '../../shared/wire/control.ts';

/** Where the transport's notes go. pino's logger is one. */
export interface NoteLog {
  warn(fields: object, message: string): void;
}

/** What whoever runs the server has to know of connections and would see on no other way. */
export class ConnectionNotes {
  readonly #log: NoteLog | undefined;
  /** The session of the last connection that came here although its path names another server. */
  #lastAstray: string | undefined;
  #isAstrayTold = false;

  constructor(log: NoteLog | undefined) {
    this.#log = log;
  }

  /** A connection to a room is over. One line for each that ended for what its client did; a failed room has its own. */
  ended(room: string, session: string, code: number, reason: string): void {
    const isTold = code === CloseCode.WITH_ERROR || (isCloseReason(code) && code !== CloseReason.RoomFailed);
    if (!isTold || reason === '') return;
    this.#log?.warn({ room, session, code, reason }, 'session ended by an error');
  }

  /**
   * A client is sent on from here. Told once, when the same client comes a second time though its path names the
   * right server: it is given no other address, and nothing on its way reads the path.
   * @param named process id in the path that the client came by
   */
  sentOn(room: string, session: string, named: string | undefined, { processId, address }: NodePlace): void {
    if (this.#isAstrayTold || address !== '' || processId !== named) return;
    if (this.#lastAstray === session) {
      this.#isAstrayTold = true;
      this.#log?.warn(
        { room, session, server: processId },
        'a client is sent on to another server and comes back here: give each server a publicAddress, or put a balancer in front that takes WebSockets to the server that their path names',
      );
    }
    this.#lastAstray = session;
  }
}
