import { setTimeout as pause } from 'node:timers/promises';
import { ErrorCode, matchMaker, ServerError } from '@colyseus/core';

/** What the locator asks of the node. */
export interface RoomWhereabouts {
  isGone(processId: string): boolean;
  /** A client gets no answer from it. */
  suspect(processId: string): void;
  /** Whether there is such a room, wherever it may be right now. */
  isKept(roomId: string): Promise<boolean>;
}

type RoomRow = Awaited<ReturnType<typeof matchMaker.createRoom>>;
type Seat = ReturnType<typeof matchMaker.buildSeatReservation>;

/** How long a room is waited for that is on its way to another node, and how often it is looked for. */
const WAIT_MS = 1_000;
const LOOK_EVERY_MS = 20;
/** Rooms that are looked for at once; clients ask again. */
const MOST_ROOMS = 2_000;

/**
 * Tells clients that lost their room's node where the room is now. Who asks while it is being taken over is answered
 * when it has been; that a client asks is reason enough to look after the node it came from.
 */
export class RoomLocator {
  readonly #whereabouts: RoomWhereabouts;
  readonly #now: () => number;
  /** One search for all that ask for the same. */
  readonly #searches = new Map<string, Promise<RoomRow>>();

  /** @param now monotonic milliseconds */
  constructor(whereabouts: RoomWhereabouts, now: () => number) {
    this.#whereabouts = whereabouts;
    this.#now = now;
  }

  /**
   * @param silent the process that did not answer the client; empty if there is none
   * @throws {ServerError} 522 there is no such room any more; 503 ask again
   */
  async locate(roomId: string, sessionId: string, silent: string): Promise<Seat> {
    const key = `${roomId}/${silent}`;
    let search = this.#searches.get(key);
    if (search === undefined) {
      if (this.#searches.size >= MOST_ROOMS) throw notNow();
      search = this.#search(roomId, silent).finally(() => this.#searches.delete(key));
      this.#searches.set(key, search);
    }
    return matchMaker.buildSeatReservation(await search, sessionId);
  }

  async #search(roomId: string, silent: string): Promise<RoomRow> {
    const deadlineMs = this.#now() + WAIT_MS;
    for (;;) {
      const row = (await matchMaker.driver.findOne({ roomId })) as RoomRow | undefined;
      const isElsewhere = row !== undefined && row.processId !== silent;
      if (isElsewhere && !this.#whereabouts.isGone(row.processId)) return row;
      if (row === undefined && !(await this.#whereabouts.isKept(roomId))) {
        throw new ServerError(ErrorCode.MATCHMAKE_INVALID_ROOM_ID, `room "${roomId}" has been disposed.`);
      }
      if (row !== undefined) this.#whereabouts.suspect(row.processId);
      if (this.#now() >= deadlineMs) {
        // It lives, as far as anybody here knows: perhaps it was only the client's way that was cut.
        if (row !== undefined && !this.#whereabouts.isGone(row.processId)) return row;
        throw notNow();
      }
      await pause(LOOK_EVERY_MS);
    }
  }
}

const notNow = (): ServerError => new ServerError(503, 'the room is on its way to another server; ask again');

/**
 * Answers clients' `reconnect` with where the room is, if they name their session and no token: they show that to the
 * room's node and nobody else. `POST /matchmake/reconnect/ROOMID` with `{ sessionId, silent }`.
 */
export function locateOnReconnect(locator: RoomLocator): void {
  const { controller } = matchMaker;
  const invokeMethod = controller.invokeMethod.bind(controller);
  controller.invokeMethod = async (...call: Parameters<typeof invokeMethod>) => {
    const [method, roomId, options] = call;
    const { sessionId, silent, reconnectionToken } = (options ?? {}) as Record<string, unknown>;
    const isOurs = method === 'reconnect' && controller.exposedMethods.includes(method);
    if (!isOurs || reconnectionToken !== undefined || !isId(sessionId)) return (await invokeMethod(...call)) as unknown;
    return locator.locate(roomId, sessionId, isId(silent) ? silent : '');
  };
}

const isId = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
