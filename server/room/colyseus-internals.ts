/**
 * Everything that server/ relies on inside @colyseus/core that is not its public interface, in one place.
 * `colyseus-internals.test.ts` says in a plain sentence which of these moved when a new release changes it.
 */
import { type Client, ClientState, logger, type Room, type SchemaSerializer } from '@colyseus/core';
import type { Schema } from '@colyseus/schema';
import { leaveDroppedUncounted } from './input-numbers.ts';
import { hasCheapCopies } from './input-snapshot.ts';
import { spareInputs } from './spare-inputs.ts';

/** Of the first byte of a message; the others are its code. */
const MODIFIER_BITS = 0xe0;

interface RoomInternals {
  __init(): void;
  _internalState: number;
  _autoDisposeTimeout: NodeJS.Timeout | undefined;
  _listing: RoomListing;
  _lockedExplicitly: boolean;
  _onLeave(client: Client, code: number): Promise<void>;
  _events: {
    on(event: string, listener: (...args: never[]) => void): void;
    once(event: string, listener: (...args: never[]) => void): void;
    emit(event: string, ...args: unknown[]): void;
  };
  _simulationInterval: unknown;
  _reservedSeats: Record<string, [options: unknown, auth: unknown, isConsumed: boolean, isReconnection: boolean]>;
  _reservedSeatTimeouts: Record<string, NodeJS.Timeout>;
  _reserveSeat(sessionId: string, options?: unknown, auth?: unknown, ...rest: unknown[]): Promise<boolean>;
  _inputController: InputController | undefined;
  _timelineMode(): unknown;
  sendFullState(client: Client): void;
  broadcastMessageType(type: string | number, message: unknown, options?: BroadcastOptions): void;
}

export interface BroadcastOptions {
  afterNextPatch?: boolean;
  except?: Client | Client[];
}

interface InputController {
  decodeReliable(client: Client, message: Uint8Array, at: { offset: number }, modifiers: number): void;
  allocate(client: Client): void;
  register(sessionId: string, client: Client): void;
  /** What the controller reads of its room: the clock, the patch rate it advertises and the rewind's timeline. */
  room: { clock: { elapsedTime: number }; patchRate: number | null; _timelineMode(): unknown };
  options: { ctor: new () => Schema; tickRate?: number; subSteps?: number };
}

const internals = (room: Room): RoomInternals => room as unknown as RoomInternals;

/**
 * Runs `after` right after the matchmaker has initialised an instance of `roomClass` (class fields are set, accessors
 * are in place) and before its `onCreate`. Call once a class. One that cannot be initialised (a state that is refused) says
 * so in the log and leaves no timer; core does neither.
 */
export function afterRoomInit<R extends Room>(roomClass: abstract new () => R, after: (room: R) => void): void {
  const prototype = roomClass.prototype as unknown as RoomInternals;
  const init = prototype.__init;
  prototype.__init = function (this: RoomInternals) {
    try {
      init.call(this);
    } catch (error) {
      logger.error(`${this.constructor.name} cannot be created:`, error);
      this._simulationInterval ??= 'none'; // without one, the room would begin an interval to tick its clock
      (this as unknown as Room).patchRate = null;
      throw error;
    }
    after(this as unknown as R);
  };
}

/** A `broadcast` or `broadcastBytes`, which core both sends through one method. */
export type Broadcast = (type: string | number, message: unknown, options?: BroadcastOptions) => void;

/** Puts `replacement` in the place of every broadcast of instances of `roomClass`. Call once a class. */
export function replaceBroadcast<R extends Room>(
  roomClass: abstract new () => R,
  replacement: (room: R, original: Broadcast, ...call: Parameters<Broadcast>) => void,
): void {
  const prototype = roomClass.prototype as unknown as RoomInternals;
  const broadcast = prototype.broadcastMessageType;
  prototype.broadcastMessageType = function (this: RoomInternals, type, message, options) {
    replacement(this as unknown as R, broadcast.bind(this), type, message, options);
  };
}

type Handler = (...args: never[]) => unknown;
type Register = (this: Room, type: string | number, ...rest: unknown[]) => () => void;

/**
 * Puts `wrap` around every message handler that instances of `roomClass` register, those in `messages` included. Call
 * once a class.
 * @param wrap `isAnswered`: what the handler returns or throws may be the answer to a request
 */
export function wrapHandlers<R extends Room>(
  roomClass: abstract new () => R,
  wrap: (room: R, handler: Handler, isAnswered: boolean) => Handler,
): void {
  const prototype = roomClass.prototype as unknown as Record<'onMessage' | 'onMessageBytes', Register>;
  for (const name of ['onMessage', 'onMessageBytes'] as const) {
    const register = prototype[name];
    prototype[name] = function (this: Room, type, ...rest) {
      const at = typeof rest[1] === 'function' ? 1 : 0; // behind the schema, if there is one
      rest[at] = wrap(this as R, rest[at] as Handler, name === 'onMessage' && type !== '*');
      return register.call(this, type, ...rest);
    };
  }
}

/**
 * Disposes of a room that has been disconnected and has nobody left. Core waits for a second where somebody's time to come
 * back was given up with it.
 */
export function disposeNow(room: Room): void {
  const { _events } = internals(room);
  clearTimeout(internals(room)._autoDisposeTimeout);
  internals(room)._autoDisposeTimeout = undefined;
  _events.emit('dispose');
}

/** Of core's states of a room: CREATING, CREATED, DISPOSING. */
export const isBeingCreated = (room: Room): boolean => internals(room)._internalState === 0;
export const isDisposing = (room: Room): boolean => internals(room)._internalState === 2;

/** Whether the room called `defineInput`: its state is timed, and core stages broadcasts for after the patch by client. */
export const hasInputs = (room: Room): boolean => internals(room)._inputController !== undefined;

/** Sends the whole state, if the room has one, to one client, and after it the client is level with the patches. */
export function sendFullState(room: Room, client: Client): void {
  if (room.state) internals(room).sendFullState(client);
}

/**
 * Takes a client's reliable inputs into its buffer: all that core does with one, less what it does before it knows that it
 * is one.
 */
export interface InputTaker {
  /** False while the room has core count its messages: then inputs go to it as messages. */
  readonly isOpen: boolean;
  /** The input is the rest of `bytes` from `offset` on. */
  take(bytes: Uint8Array, offset: number): void;
}

/** @returns undefined for a room without inputs */
export function inputTaker(room: Room, client: Client): InputTaker | undefined {
  const { _inputController: inputs } = internals(room);
  if (inputs === undefined) return undefined;
  spareInputs(client, hasCheapCopies(inputs.options.ctor));
  leaveDroppedUncounted(client);
  return new RoomInputTaker(room, inputs, client);
}

/** Where in a message core has read to; it keeps none of it. */
const readTo = { offset: 0 };

/** Hot: once an input. */
class RoomInputTaker implements InputTaker {
  readonly #room: Room;
  readonly #inputs: InputController;
  readonly #client: Client;

  constructor(room: Room, inputs: InputController, client: Client) {
    this.#room = room;
    this.#inputs = inputs;
    this.#client = client;
  }

  get isOpen(): boolean {
    return this.#room.maxMessagesPerSecond === Infinity;
  }

  take(bytes: Uint8Array, offset: number): void {
    if (this.#client.state === ClientState.LEAVING) return;
    readTo.offset = offset + 1;
    this.#inputs.decodeReliable(this.#client, bytes, readTo, bytes[offset]! & MODIFIER_BITS);
  }
}

/** Runs `listener` when the room begins to be disposed of. */
export function onRoomDispose(room: Room, listener: () => void): void {
  internals(room)._events.once('dispose', listener);
}

/** Runs `listener` when a session is gone for good: it left, or its time to reconnect is over. */
export function onSessionEnd(room: Room, listener: (sessionId: string) => void): void {
  internals(room)._events.on('leave', (client: { sessionId: string }) => listener(client.sessionId));
}

/** Lets `source` (milliseconds) say what time it is for the room's clock and its timers. */
export function setClockSource(room: Room, source: () => number): void {
  (room.clock as unknown as { now: () => number }).now = source;
}

/** Ends the interval that `Room.setFixedTimestep` started, and leaves the room believing that one runs. */
export function stopSimulationInterval(room: Room): void {
  clearInterval(internals(room)._simulationInterval as NodeJS.Timeout);
}

/**
 * Tells predicting clients the true patch interval. The room's own `patchRate` is null (it has no patch timer), and
 * the input controller would advertise nothing.
 */
export function advertisePatchInterval(room: Room, patchMs: number): void {
  const controller = internals(room)._inputController;
  if (controller === undefined) return;
  controller.room = {
    clock: room.clock,
    patchRate: patchMs,
    _timelineMode: () => internals(room)._timelineMode(),
  };
}

/** Physics sub-steps a fixed step, as declared with `defineInput` or `setFixedTimestep`. */
export function subStepsOf(room: Room): number {
  return internals(room)._inputController?.options.subSteps ?? 1;
}

/** What a room that has inputs gives its serializer: where its clock stands, in milliseconds. */
export type StateTiming = NonNullable<Parameters<SchemaSerializer<never>['applyPatches']>[2]>;

/** The number of the client's last input that the state includes; 0 where the room has none. */
export function lastInputOf(client: Client): number {
  return (client as unknown as { _inputBuffer?: { ackSeq: number } })._inputBuffer?.ackSeq ?? 0;
}

/** The row of a room in the listing, as its matchmaker has it. */
export interface RoomListing {
  /** Undefined where the row was not recorded, since another node has the room. */
  roomId: string | undefined;
  clients: number;
  epoch?: number;
  private: boolean;
  locked: boolean;
}

export const listingOf = (room: Room): RoomListing => internals(room)._listing;

/** Whether `lock()` was called, in contrast to a room that is full. */
export const isLockedExplicitly = (room: Room): boolean => internals(room)._lockedExplicitly;

/**
 * Takes in a client that joined elsewhere and lost its connection: the room hears that it dropped, and keeps its seat as
 * it keeps those of others. To be called before the room is recorded in the listing, which has to count it.
 */
export function addDropped(room: Room, client: Client, closeCode: number): void {
  const { _inputController: inputs } = internals(room);
  inputs?.allocate(client);
  inputs?.register(client.sessionId, client);
  (client as unknown as { _enqueuedMessages?: unknown })._enqueuedMessages = undefined; // it has joined
  room.clients.push(client as never);
  listingOf(room).clients++;
  void internals(room)._onLeave(client, closeCode);
}

/** The process counts a client that joined elsewhere, and whoever hears of joins hears of it. */
export const announceJoin = (room: Room, client: Client): void => internals(room)._events.emit('join', client);

/** A seat that is kept for somebody who has not come yet. */
export interface SeatRequest {
  sessionId: string;
  options: unknown;
  auth: unknown;
}

/** The seats of those who have not come yet, nor ever were here. */
export function openSeats(room: Room): SeatRequest[] {
  return Object.entries(internals(room)._reservedSeats).flatMap(
    ([sessionId, [options, auth, isConsumed, isReconnection]]) =>
      isConsumed || isReconnection ? [] : [{ sessionId, options, auth }],
  );
}

/** How many of {@link openSeats} end by themselves where nobody comes. */
export function countPromised(room: Room): number {
  return openSeats(room).filter(({ sessionId }) => internals(room)._reservedSeatTimeouts[sessionId] !== undefined)
    .length;
}

/** Nobody comes for {@link openSeats} here any more: a room would wait for them with its end. */
export function dropOpenSeats(room: Room): void {
  const { _reservedSeats, _reservedSeatTimeouts } = internals(room);
  for (const { sessionId } of openSeats(room)) {
    clearTimeout(_reservedSeatTimeouts[sessionId]);
    delete _reservedSeats[sessionId];
    delete _reservedSeatTimeouts[sessionId];
  }
}

/** Core leaves the timer of a seat that is given up running until the seat's time would have been over. */
export function stopTimerOfSeat(
  room: Room,
  sessionId: string,
  reconnection: { catch(onRejected: () => void): unknown },
): void {
  const timer = internals(room)._reservedSeatTimeouts[sessionId];
  reconnection.catch(() => clearTimeout(timer));
}

/** Keeps a seat that another node has promised; it may be kept already. */
export async function keepSeat(room: Room, { sessionId, options, auth }: SeatRequest): Promise<void> {
  if (internals(room)._reservedSeats[sessionId] !== undefined || room.clients.getById(sessionId)) return;
  await internals(room)._reserveSeat(sessionId, options, auth);
}

/**
 * Has `replacement` answer matchmakers that want a seat for a client; seats of those who dropped are kept as ever.
 * @returns a function that ends it
 */
export function replaceReserveSeat(
  room: Room,
  replacement: (seat: SeatRequest, reserve: () => Promise<boolean>) => Promise<boolean>,
): () => void {
  const { _reserveSeat } = internals(room);
  internals(room)._reserveSeat = (sessionId, options, auth, ...rest) => {
    const reserve = (): Promise<boolean> => _reserveSeat.call(room, sessionId, options, auth, ...rest);
    const isReconnection = rest[1] === true;
    return isReconnection ? reserve() : replacement({ sessionId, options, auth }, reserve);
  };
  return () => delete (internals(room) as Partial<RoomInternals>)._reserveSeat;
}
