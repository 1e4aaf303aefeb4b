import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type AuthContext, ErrorCode, matchMaker, ServerError } from '@colyseus/core';
import type { CreationLock } from './creation-lock.ts';

type Seat = Awaited<ReturnType<typeof matchMaker.joinOrCreate>>;
type Options = Record<string, unknown>;
type RoomRow = Awaited<ReturnType<typeof matchMaker.createRoom>>;

/** Seats that may be taken by others between being found and being asked for, before a join is given up. */
const MOST_REFUSALS = 12;
/** How long another node's creation is waited for, and how often it is looked for. */
const WAIT_MS = 4_000;
const LOOK_EVERY_MS = 15;
/** Joins of one kind that may wait in this node. */
const MOST_WAITING = 10_000;

/**
 * `joinOrCreate` for many at once. Core's own sends everybody who waited for a new room into that one; those that do
 * not fit come back after a pause that grows, and in the end most of them open rooms of their own or are refused.
 *
 * Here a join first takes the seat that the listing names. When there is none, or another was quicker, it queues up:
 * in a node those that want the same kind of room (its name, and what `filterBy` asks for) go one after the other, each
 * finding the rooms as the one before left them; and in a pool one node at a time makes a room of that kind.
 */
export class SeatFinder {
  readonly #lock: CreationLock;
  readonly #now: () => number;
  readonly #queues = new Map<string, { tail: Promise<unknown>; length: number }>();

  /** @param now monotonic milliseconds */
  constructor(lock: CreationLock, now: () => number) {
    this.#lock = lock;
    this.#now = now;
  }

  /** Kinds of room that somebody waits for. */
  get waitingKinds(): number {
    return this.#queues.size;
  }

  /** As core's, which says what it throws. */
  async joinOrCreate(roomName: string, options: Options = {}, authContext?: AuthContext): Promise<Seat> {
    const auth = await authenticate(roomName, options, authContext);
    const room = await find(roomName, options);
    const seat = room && (await take(room, options, auth));
    if (seat !== undefined) return seat;
    const kind = kindOf(roomName, options);
    return this.#inTurn(kind, () => this.#findOrMake(kind, roomName, options, auth));
  }

  async #findOrMake(kind: string, roomName: string, options: Options, auth: unknown): Promise<Seat> {
    for (let refusals = 0; refusals < MOST_REFUSALS; refusals++) {
      const room = (await find(roomName, options)) ?? (await this.#make(kind, roomName, options));
      const seat = await take(room, options, auth);
      if (seat !== undefined) return seat;
    }
    throw new ServerError(ErrorCode.MATCHMAKE_UNHANDLED, 'others took all seats that there were; try again');
  }

  /** @returns a new room, or one that another node made meanwhile */
  async #make(kind: string, roomName: string, options: Options): Promise<RoomRow> {
    const deadlineMs = this.#now() + WAIT_MS;
    for (;;) {
      const release = await this.#lock.take(kind);
      if (release === undefined && this.#now() < deadlineMs) await pause(LOOK_EVERY_MS);
      try {
        const room = await find(roomName, options);
        if (room !== undefined) return room;
        if (release !== undefined || this.#now() >= deadlineMs) return await matchMaker.createRoom(roomName, options);
      } finally {
        await release?.();
      }
    }
  }

  /** @throws {ServerError} 503 too many wait */
  async #inTurn<T>(kind: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(kind) ?? { tail: Promise.resolve(), length: 0 };
    if (queue.length >= MOST_WAITING) throw new ServerError(503, 'too many want such a room right now; try again');
    this.#queues.set(kind, queue);
    queue.length++;
    const result = queue.tail.then(work);
    queue.tail = result.catch(() => {});
    try {
      return await result;
    } finally {
      if (--queue.length === 0) this.#queues.delete(kind);
    }
  }
}

/** Clients choose the criteria, and keys should not grow with them. */
function kindOf(roomName: string, options: Options): string {
  const criteria = matchMaker.getHandler(roomName).getFilterOptions(options) as Options;
  const text = JSON.stringify([roomName, Object.entries(criteria).sort(([a], [b]) => (a < b ? -1 : 1))]);
  return createHash('sha256').update(text).digest('base64url');
}

/** @throws {ServerError} no such room type */
async function find(roomName: string, options: Options): Promise<RoomRow | undefined> {
  return (await matchMaker.findOneRoomAvailable(roomName, options)) as RoomRow | undefined;
}

/** @returns undefined when the room is full by now, or its node does not answer */
async function take(room: RoomRow, options: Options, auth: unknown): Promise<Seat | undefined> {
  try {
    return await matchMaker.reserveSeatFor(room, options, auth);
  } catch (error) {
    // Core does not publish the class.
    if ((error as Error).constructor.name === 'SeatReservationError') return undefined;
    throw error;
  }
}

/** What core does before it looks for a room, and keeps to itself. */
async function authenticate(roomName: string, options: Options, context: AuthContext | undefined): Promise<unknown> {
  const roomClass = matchMaker.getRoomClass(roomName) as
    { onAuth?(token: string | undefined, options: Options, context: AuthContext): unknown } | undefined;
  if (roomClass?.onAuth === undefined || context === undefined) return undefined;
  const result = await roomClass.onAuth(context.token, options, context);
  if (result === false || result === null || result === undefined) {
    throw new ServerError(ErrorCode.AUTH_FAILED, 'onAuth failed');
  }
  return result === true ? undefined : result;
}
