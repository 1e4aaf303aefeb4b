import {
  type Client,
  CloseCode,
  type FixedTimestepCallback,
  logger,
  Room,
  ServerError,
  TimestepException,
} from '@colyseus/core';
import { CloseReason } from '../../shared/wire/close-reason.ts';
import { nodeTally } from '../metrics/tally.ts';
import { RoomSessions } from '../session/room-sessions.ts';
import { isBeingCreated, isDisposing } from './colyseus-internals.ts';
import type { LiveRoom } from './live-room.ts';

type Handler = (...args: never[]) => unknown;
type Place = 'step' | 'timer' | 'message' | (typeof HOOKS)[number];

const HOOKS = ['onJoin', 'onReconnect', 'onDrop', 'onLeave'] as const;
/** Where a ServerError is how a room refuses a client, and no fault. */
const MAY_REFUSE: ReadonlySet<Place> = new Set(['onJoin', 'onReconnect']);

/** A message of a client that speaks frames. */
export interface PoisonMessage {
  sessionId: string;
  /** Of its frame. */
  sequence: number;
  /** Which of the frame's messages for the room. */
  index: number;
}

/**
 * What is thrown in a room's own code, at once or by a promise that it returns: in its step, its clock's timers, its message
 * handlers and what it does when clients come and go. Whatever it was, the state may be half changed: so nothing of it
 * is sent or kept any more, and the room begins again as it was last kept. The process and its other rooms never hear of it.
 *
 * There is nothing to begin again from where nothing keeps the room. Then an error in a step or a timer, which would come again
 * with the next, ends it with `RoomFailed`; a message ends the connection that it came by, a join is refused, and the room
 * plays on.
 *
 * A room with an `onUncaughtException` of its own is handed all of this instead, by Colyseus, and plays on.
 */
export class RoomFaults {
  readonly #room: LiveRoom;
  #failed = false;
  #poison: PoisonMessage | undefined;

  constructor(room: LiveRoom) {
    this.#room = room;
  }

  /** Nothing of the room counts any more. */
  get hasFailed(): boolean {
    return this.#failed;
  }

  /** The message at which the room failed: it would fail at it again. */
  get poison(): PoisonMessage | undefined {
    return this.#poison;
  }

  /** Hot: what it returns is called once a tick. */
  guardStep(step: FixedTimestepCallback): FixedTimestepCallback {
    const thrown = (error: unknown): void => this.#thrownInStep(error);
    return (context) => {
      try {
        const result: unknown = step(context);
        if (isPromise(result)) result.then(undefined, thrown);
      } catch (error) {
        thrown(error);
      }
    };
  }

  /** To be called before the room can set a timer. */
  guardTimers(): void {
    const { clock } = this.#room;
    for (const name of ['setTimeout', 'setInterval'] as const) {
      const original = clock[name].bind(clock);
      clock[name] = (handler, ...rest) => original(this.#guard('timer', handler as Handler), ...rest);
    }
  }

  /** To be called when the room is made, and before its `onCreate`. */
  guardHooks(): void {
    const room = this.#room;
    this.#guardShutdown();
    this.#failCreation();
    if (room.onUncaughtException !== undefined) return;
    for (const name of HOOKS) {
      const hook = room[name]?.bind(room) as Handler | undefined;
      if (hook !== undefined) define(room, name, this.#guard(name, hook));
    }
  }

  /** @param isAnswered whether what it throws may be the answer to a request */
  guardHandler(handler: Handler, isAnswered: boolean): Handler {
    const room = this.#room;
    return (client: Client, ...rest: unknown[]) => {
      const isRequest = isAnswered && (rest[1] as { id?: number } | undefined)?.id !== undefined;
      const poison = messageOf(room, client);
      const thrown = (error: unknown): void => {
        const isOurs = !this.#isGames && !(error instanceof ServerError);
        // Whoever asked is answered. Core ends the connection of whoever only said something, if it hears of the error.
        if (!isOurs || !this.#fail(error, 'message', poison) || isRequest) throw error;
      };
      try {
        const result = handler(...([client, ...rest] as never[]));
        if (!isPromise(result)) return result;
        const settled = result.then(undefined, thrown);
        if (isRequest || this.#isGames) return settled;
        return settled.then(undefined, () => client.leave(CloseCode.WITH_ERROR)); // as core does where nobody waited
      } catch (error) {
        return thrown(error);
      }
    };
  }

  /** Core has an error handler of the game's own to give errors to. */
  get #isGames(): boolean {
    return this.#room.onUncaughtException !== undefined;
  }

  /** What a hook throws is thrown on: core ends the join, the leave. After a timer nobody else looks. */
  #guard(place: Place, code: Handler): Handler {
    const thrown = (error: unknown): void => {
      const isRefusal = error instanceof ServerError && MAY_REFUSE.has(place);
      if (!this.#isGames && !isRefusal) this.#fail(error, place);
      if (this.#isGames || place !== 'timer') throw error;
    };
    return (...args) => {
      try {
        const result = code(...args);
        return isPromise(result) ? result.then(undefined, thrown) : result;
      } catch (error) {
        return thrown(error);
      }
    };
  }

  #thrownInStep(error: unknown): void {
    if (!this.#isGames) return void this.#fail(error, 'step');
    const cause = error instanceof Error ? error : new Error(String(error));
    this.#room.onUncaughtException!(new TimestepException(cause, cause.message), 'setFixedTimestep');
  }

  /** @returns whether the room goes, and its connections with it */
  #fail(error: unknown, place: Place, poison?: PoisonMessage): boolean {
    const room = this.#room;
    logger.error(`${room.roomName} (${room.roomId}): thrown in the room's own code (${place}):`, error);
    if (this.#failed) return true;
    const mayPlayOn = room.roomKeep === undefined && place !== 'step' && place !== 'timer';
    if (mayPlayOn || isDisposing(room)) return false;
    this.#failed = true;
    this.#poison = poison;
    room.pauseTicks();
    for (const { ref } of room.clients) ref.removeAllListeners('message'); // what they say is for the room that follows
    if (isBeingCreated(room)) return true;
    // Core first ends what it is at: the join that was refused, the leave.
    setImmediate(() => {
      if (room.roomKeep !== undefined) room.roomKeep.failed();
      else {
        nodeTally.roomFailures.over++;
        endFailed(room);
      }
    });
    return true;
  }

  /** A throw in one room's `onBeforeShutdown` would keep all the others from being told. */
  #guardShutdown(): void {
    const room = this.#room;
    const own = room.onBeforeShutdown.bind(room) as () => unknown;
    const thrown = (error: unknown): void => {
      logger.error(`${room.roomName} (${room.roomId}): thrown in onBeforeShutdown:`, error);
      Room.prototype.onBeforeShutdown.call(room);
    };
    define(room, 'onBeforeShutdown', () => {
      try {
        const result = own();
        if (isPromise(result)) result.then(undefined, thrown);
      } catch (error) {
        thrown(error);
      }
    });
  }

  /** A room that fails while its `onCreate` waits for something is not made. */
  #failCreation(): void {
    const room = this.#room;
    const onCreate = room.onCreate?.bind(room) as ((options: unknown) => unknown) | undefined;
    if (onCreate === undefined) return;
    define(room, 'onCreate', async (options: unknown) => {
      await onCreate(options);
      if (this.#failed) throw new Error(`${room.roomName} failed before it was there`);
    });
  }
}

/** The room is over, and all its sessions are told so, now or when they come back. */
export function endFailed(room: LiveRoom): void {
  for (const session of RoomSessions.of(room)) session.endReason ??= CloseReason.RoomFailed;
  void room.disconnect(CloseReason.RoomFailed);
}

/** The message that is being given to the room, while it is. */
function messageOf(room: LiveRoom, { sessionId }: Client): PoisonMessage | undefined {
  const session = RoomSessions.of(room).get(sessionId);
  if (session?.frames === undefined) return undefined;
  return { sessionId, sequence: session.frames.lastProcessed, index: session.given - 1 };
}

function define(room: LiveRoom, name: string, value: unknown): void {
  Object.defineProperty(room, name, { value, configurable: true, writable: true });
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
