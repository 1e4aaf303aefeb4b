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
  cache: Uint8Array | undefined;
  keptUntilMs: number | undefined;
}

/** Writes down the sessions of a room: what is new of them since the last time. */
export class SeatNotes {
  readonly #sessions: RoomSessions;
  readonly #encoder: () => Encoder | undefined;
  readonly #cacheOf: (client: Client) => Uint8Array | undefined;
  readonly #written = new Map<string, WrittenSeat>();

  /**
   * @param encoder of the state that views are of, if there is one
   * @param cacheOf what of a client is the room's to keep, packed
   */
  constructor(
    sessions: RoomSessions,
    encoder: () => Encoder | undefined,
    cacheOf: (client: Client) => Uint8Array | undefined,
  ) {
    this.#cacheOf = cacheOf;
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
    if (written.keptUntilMs !== session.keptUntilMs) return true;
    return isOther(written.cache, this.#cacheOf(session.client)) || isOther(written.view, this.#viewOf(session));
  }

  #write(session: RoomSession): Uint8Array {
    const { frames, nextToken, sessionId } = session;
    const client: Client = session.client;
    const view = this.#viewOf(session);
    const cache = this.#cacheOf(client);
    const { keptUntilMs } = session;
    const revision = frames?.revision ?? 0;
    this.#written.set(sessionId, { session, client, nextToken, revision, view, cache, keptUntilMs });
    const tokenHashes = session.tokenHashes();
    return writeSeat({ tokenHashes, auth: client.auth, view, cache, keptUntilMs, frames: frames?.save() });
  }

  #viewOf(session: RoomSession): Uint8Array | undefined {
    const { view }: Client = session.client;
    const encoder = this.#encoder();
    return view === undefined || encoder === undefined ? undefined : writeView(view, encoder);
  }
}

const isOther = (was: Uint8Array | undefined, is: Uint8Array | undefined): boolean =>
  was === undefined || is === undefined ? was !== is : Buffer.compare(was, is) !== 0;
