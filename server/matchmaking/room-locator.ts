import { setTimeout as pause } from 'node:timers/promises';
import { ErrorCode, matchMaker, ServerError } from '@colyseus/core';

/** What the locator asks of the node. */
export interface RoomWhereabouts {
  isGone(processId: string): boolean;
  /** Whether it was seen to live and to do its work after `sinceMs`, which is monotonic. */
  isHeardSince(processId: string, sinceMs: number): boolean;
  /** A client gets no answer from it. */
  suspect(processId: string): void;
  /** Whether there is such a room, wherever it may be right now. */
  isKept(roomId: string): Promise<boolean>;
}

export type RoomRow = Awaited<ReturnType<typeof matchMaker.createRoom>>;

/** How long a room is waited for that is on its way to another node, and how often it is looked for. */
const WAIT_MS = 1_000;
const LOOK_EVERY_MS = 20;
/** HTTP status, for clients: not 503, which says that nobody can tell. */
const ASK_AGAIN = 409;
/** Rooms that are looked for at once; clients ask again. */
const MOST_ROOMS = 2_000;

/** What the locator needs of time, and of the listing. */
export interface LocatorWorld {
  /** Monotonic milliseconds. */
  now(): number;
  /** Resolves so much later. */
  pause(delayMs: number): Promise<unknown>;
  rowOf(roomId: string): Promise<RoomRow | undefined>;
}

const liveWorld: LocatorWorld = {
  now: () => performance.now(),
  pause: (delayMs) => pause(delayMs),
  rowOf: (roomId) => matchMaker.driver.findOne({ roomId }) as Promise<RoomRow | undefined>,
};

/**
 * Tells clients that lost their room's node where the room is now. That a client asks is reason enough to look after the
 * node it came from. If that is seen to live after the question it was only the client's way there that was cut, and the
 * answer is the same node; if not, the answer waits until somebody has taken the room over.
 */
export class RoomLocator {
  readonly #whereabouts: RoomWhereabouts;
  readonly #world: LocatorWorld;
  /** One search for all that ask for the same. */
  readonly #searches = new Map<string, Promise<RoomRow>>();

  constructor(whereabouts: RoomWhereabouts, world: LocatorWorld = liveWorld) {
    this.#whereabouts = whereabouts;
    this.#world = world;
  }

  /**
   * @param silent the process that did not answer the client; empty if there is none
   * @throws {ServerError} 522 there is no such room any more; 409 ask again
   */
  locate(roomId: string, silent: string): Promise<RoomRow> {
    const key = `${roomId}/${silent}`;
    let search = this.#searches.get(key);
    if (search === undefined) {
      if (this.#searches.size >= MOST_ROOMS) return Promise.reject(notNow());
      search = this.#search(roomId, silent).finally(() => this.#searches.delete(key));
      this.#searches.set(key, search);
    }
    return search;
  }

  async #search(roomId: string, silent: string): Promise<RoomRow> {
    const whereabouts = this.#whereabouts;
    const askedMs = this.#world.now();
    for (;;) {
      const row = await this.#world.rowOf(roomId);
      if (row === undefined && !(await whereabouts.isKept(roomId))) {
        throw new ServerError(ErrorCode.MATCHMAKE_INVALID_ROOM_ID, `room "${roomId}" has been disposed.`);
      }
      if (row !== undefined && !whereabouts.isGone(row.processId)) {
        if (row.processId !== silent || whereabouts.isHeardSince(silent, askedMs)) return row;
        whereabouts.suspect(silent);
      }
      if (this.#world.now() - askedMs >= WAIT_MS) throw notNow();
      await this.#world.pause(LOOK_EVERY_MS);
    }
  }
}

const notNow = (): ServerError => new ServerError(ASK_AGAIN, 'the room is on its way to another server; ask again');

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
    const row = await locator.locate(roomId, isId(silent) ? silent : '');
    return matchMaker.buildSeatReservation(row, sessionId);
  };
}

const isId = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
