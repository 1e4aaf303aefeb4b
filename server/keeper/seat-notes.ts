import type { Client } from '@colyseus/core';
import type { Encoder } from '@colyseus/schema';
import { writeView } from '../archive/view-membership.ts';
import type { RoomSession, RoomSessions } from '../session/room-sessions.ts';
import type { JournalWriter } from '../store/journal-writer.ts';
import type { Seats } from '../store/room-store.ts';
import { writeSeat } from './seat-record.ts';

/** What was written of a session, to find out whether there is something to write. */
interface WrittenSeat {
  session: RoomSession;
  client: Client;
  nextToken: string;
  revision: number;
  view: Uint8Array | undefined;
}

/** Writes down the sessions of a room: what is new of them since the last time. */
export class SeatNotes {
  readonly #sessions: RoomSessions;
  readonly #encoder: () => Encoder | undefined;
  readonly #written = new Map<string, WrittenSeat>();

  /** @param encoder of the state that views are of, if there is one */
  constructor(sessions: RoomSessions, encoder: () => Encoder | undefined) {
    this.#sessions = sessions;
    this.#encoder = encoder;
  }

  /** Of how many sessions something was written. */
  get size(): number {
    return this.#written.size;
  }

  /** All sessions, as they are now. */
  all(): Seats {
    const seats = new Map<string, Uint8Array>();
    this.#written.clear();
    for (const session of this.#sessions) seats.set(session.sessionId, this.#write(session));
    return seats;
  }

  /**
   * @param all also those of which only such sequences changed as matter to nobody for a while
   * @returns whether any changed otherwise
   */
  note(writer: JournalWriter, all: boolean): boolean {
    let any = this.#sessions.size !== this.#written.size;
    for (const session of this.#sessions) {
      const hasChanged = this.#hasChanged(session);
      any ||= hasChanged;
      if (all || hasChanged) writer.seat(session.sessionId, this.#write(session));
    }
    if (this.#sessions.size === this.#written.size) return any;
    for (const sessionId of this.#written.keys()) {
      if (this.#sessions.get(sessionId) !== undefined) continue;
      this.#written.delete(sessionId);
      writer.seat(sessionId, undefined);
    }
    return any;
  }

  #hasChanged(session: RoomSession): boolean {
    const written = this.#written.get(session.sessionId);
    if (written === undefined || written.session !== session || written.client !== session.client) return true;
    if (written.nextToken !== session.nextToken || written.revision !== (session.frames?.revision ?? 0)) return true;
    if ((session.client as Client).view === undefined) return false;
    const view = this.#viewOf(session);
    return written.view === undefined || view === undefined || Buffer.compare(written.view, view) !== 0;
  }

  #write(session: RoomSession): Uint8Array {
    const { frames, nextToken, sessionId } = session;
    const client: Client = session.client;
    const view = this.#viewOf(session);
    this.#written.set(sessionId, { session, client, nextToken, revision: frames?.revision ?? 0, view });
    return writeSeat({ tokenHashes: session.tokenHashes(), auth: client.auth, view, frames: frames?.save() });
  }

  #viewOf(session: RoomSession): Uint8Array | undefined {
    const { view }: Client = session.client;
    const encoder = this.#encoder();
    return view === undefined || encoder === undefined ? undefined : writeView(view, encoder);
  }
}
