import { CloseCode, type InputHandle, type InputOptions, Room } from 'colyseus.js';
import { CloseReason } from '../shared/wire/close-reason.ts';
import { locateDelayMs, reconnectDelayMs } from './backoff.ts';
import type { ConnectionOptions, Loss } from './connection-options.ts';
import { FramedConnection } from './framed-connection.ts';
import { KeptInputs } from './kept-inputs.ts';
import { LiveSerializer } from './live-serializer.ts';
import type { NetStats } from './net-stats.ts';
import { RoomReady } from './room-ready.ts';

/** How long the first state of a room may take behind the join. */
const FIRST_STATE_TIMEOUT_MS = 10_000;

/** What a FramedRoom needs beside the name of the room. */
export interface FramedRoomOptions extends Pick<ConnectionOptions, 'open' | 'timers' | 'compressor'> {
  /** How long a lost session is tried to be brought back, in milliseconds. Default 30,000, as the seat is kept. */
  reconnectForMs: number;
  /**
   * Asks any server where the room is, when the one that it was at did not answer.
   * @throws {Error} nobody can tell now
   */
  locate?(lost: LostRoom): Promise<Whereabouts>;
}

export interface LostRoom {
  roomId: string;
  sessionId: string;
  /** Where it was. */
  url: string;
  rttMs: number;
}

/** `url` leads to the room, without its query; `on its way`: it is to be asked for again. */
export type Whereabouts = { url: string } | 'on its way';

/** The parts of the SDK's Room that are private in its types; `framed-room.test.ts` says when one of them moves. */
interface RoomInternals {
  connection: unknown;
  serializer: unknown;
  handleReconnection(code: number, reason: string): void;
  retryReconnection(): void;
}

/**
 * A Colyseus room whose connection is framed and whose session comes back by itself, at once and for as long as the
 * server keeps the seat. All else is the SDK's.
 */
export class FramedRoom<RoomType = unknown, State = unknown> extends Room<RoomType, State> {
  readonly #connection: FramedConnection;
  readonly #options: FramedRoomOptions;
  readonly #ready: RoomReady;
  readonly #inputs: KeptInputs;
  #lostAtMs = 0;
  #lastLoss: Loss = 'told';
  #retryTimer: unknown;

  constructor(name: string, schema: undefined, options: FramedRoomOptions) {
    super(name, schema);
    this.#options = options;
    this.#connection = new FramedConnection({
      ...options,
      onDrop: (code, reason, loss) => this.#dropped(code, reason, loss),
      onReturn: (lastInput) => this.#inputs.goOn(lastInput),
    });
    this.#inputs = new KeptInputs({
      isOpen: () => this.#connection.isOpen,
      comesBack: () => this.#connection.isAway,
      send: (message) => this.#connection.send(message),
      clock: () => this.clock,
      now: () => options.timers.now(),
    });
    this.reconnection.minUptime = -Infinity; // it is compared on the wall clock, which may step
    this.reconnection.enqueuedMessages = sendingList((data) => this.#connection.send(data));

    const internals = this as unknown as RoomInternals;
    // The SDK makes its own connection in `connect` and hangs its listeners on it: what it makes is let go, and it
    // finds ours instead.
    Object.defineProperty(internals, 'connection', { get: () => this.#connection, set: () => {} });
    this.#replaceSerializer(internals);
    internals.retryReconnection = () => this.#retry();
    this.onLeave(() => this.#options.timers.clearTimeout(this.#retryTimer));
    this.onJoin(() => this.#checkWhenShown());
    this.#connection.holdMessages();
    this.#ready = new RoomReady(
      this,
      () => !(internals.serializer instanceof LiveSerializer) || internals.serializer.isLevel,
      () => this.#connection.deliverSoon(),
    );
  }

  /** What passed over the connection, and its round trip. */
  get stats(): NetStats {
    return this.#connection.stats;
  }

  /**
   * Resolves when the room is whole: with its first state applied, if it has one. What it says is delivered to those
   * who begin to listen then. A room that does not get so far is left.
   * @throws {MatchMakeError} it ended, or raised an error, before
   */
  async whenReady(): Promise<void> {
    const { timers } = this.#options;
    const tooLong = (): void =>
      this.#connection.close(CloseReason.HandshakeTimeout, 'the state of the room did not arrive in time');
    const timer = timers.setTimeout(tooLong, FIRST_STATE_TIMEOUT_MS);
    try {
      await this.#ready.promise;
    } catch (error) {
      this.#connection.close(CloseCode.CONSENTED);
      throw error;
    } finally {
      timers.clearTimeout(timer);
    }
  }

  /** As the SDK's; inputs go on over connections, see {@link KeptInputs}. */
  override input(options?: InputOptions): InputHandle {
    const handle = super.input(options) as InputHandle;
    this.#inputs.watch(handle);
    return handle;
  }

  /** As the SDK's; of a session that is over, the code with which it ended. */
  override leave(consented: boolean = true): Promise<number> {
    const { endCode } = this.#connection;
    return endCode === undefined ? super.leave(consented) : Promise.resolve(endCode);
  }

  /** The SDK makes its serializer when it reads the join, which the connection has read before: of live state it is ours. */
  #replaceSerializer(internals: RoomInternals): void {
    let serializer: unknown;
    Object.defineProperty(internals, 'serializer', {
      get: () => serializer,
      set: (made: unknown) => {
        serializer = this.#connection.liveBodies
          ? new LiveSerializer({
              requestKeyframe: () => this.#connection.requestKeyframe(),
              giveUp: ({ message }) => this.#connection.close(CloseReason.ProtocolError, message),
            })
          : made;
      },
    });
  }

  #dropped(code: number, reason: string, loss: Loss): void {
    if (!this.reconnection.enabled) return this.#endByDrop(code, reason);
    this.#lastLoss = loss;
    try {
      if (!this.reconnection.isReconnecting) {
        this.#lostAtMs = this.#options.timers.now();
        this.onDrop.invoke(code, reason);
      }
    } finally {
      // Also where a listener of the game threw.
      this.#inputs.dropping(() => (this as unknown as RoomInternals).handleReconnection(code, reason));
    }
  }

  /** The game wants no session to come back: a drop is its end. */
  #endByDrop(code: number, reason: string): void {
    const wasDropped = this.reconnection.isReconnecting; // then that was told, and only the end is missing
    this.reconnection.isReconnecting = false;
    this.#connection.end(wasDropped ? CloseCode.FAILED_TO_RECONNECT : code, reason);
  }

  /** Called by the SDK when the session lost its connection, and after each attempt that failed. */
  #retry(): void {
    const { timers, reconnectForMs } = this.#options;
    if (timers.now() - this.#lostAtMs >= reconnectForMs) {
      this.reconnection.isReconnecting = false;
      this.#connection.close(CloseCode.FAILED_TO_RECONNECT, 'the session could not be brought back in time');
      return;
    }
    const attempt = this.reconnection.retryCount++;
    this.#retryTimer = timers.setTimeout(() => void this.#goBack(attempt), this.#delayMs(attempt));
  }

  #delayMs(attempt: number): number {
    const random = this.#options.timers.random();
    if (this.#lastLoss === 'told') return reconnectDelayMs(attempt, random);
    // There was a wait before it was lost.
    return this.#lastLoss === 'silence' && this.#options.locate !== undefined ? locateDelayMs(random) : 0;
  }

  /**
   * To where the room was, or where that failed, or nothing was heard from there, to where it is. A server that is silent
   * is not tried first: its kernel takes connections for a process that stands still, and each costs a wait.
   */
  async #goBack(attempt: number): Promise<void> {
    const { locate } = this.#options;
    if ((attempt > 0 || this.#lastLoss === 'silence') && this.#lastLoss !== 'moved' && locate !== undefined) {
      const retries = this.reconnection.retryCount;
      const { roomId, sessionId } = this;
      const lost = { roomId, sessionId, url: this.#connection.url, rttMs: this.stats.rttMs };
      const found = await locate(lost).catch(() => undefined); // nobody can tell; perhaps it is still where it was
      if (!this.reconnection.isReconnecting || this.reconnection.retryCount !== retries) return;
      if (found === 'on its way') return this.#tryLater();
      if (found !== undefined) this.#connection.move(found.url);
    }
    this.#reconnect();
  }

  #tryLater(): void {
    this.#lastLoss = 'told';
    this.#retry();
  }

  #reconnect(): void {
    try {
      this.#connection.reconnect({
        reconnectionToken: this.reconnectionToken.split(':')[1],
        skipHandshake: true, // the room is known, and the session asks to be resumed
      });
    } catch {
      this.#tryLater(); // not even a socket could be made
    }
  }

  /** A hidden page's timers sleep; it looks after its connection when it is shown again. */
  #checkWhenShown(): void {
    if (typeof document === 'undefined') return;
    const check = (): void => {
      if (document.visibilityState === 'visible') this.#connection.checkNow();
    };
    document.addEventListener('visibilitychange', check);
    this.onLeave(() => document.removeEventListener('visibilitychange', check));
  }
}

/**
 * The list in which the SDK keeps messages for when the connection is back, ten at most and the oldest dropped. Ours
 * hands them to the session, which keeps all of them, and stays empty.
 */
function sendingList(send: (data: Uint8Array) => void): { data: Uint8Array }[] {
  const list: { data: Uint8Array }[] = [];
  list.push = ({ data }: { data: Uint8Array }) => {
    send(data);
    return 0;
  };
  return list;
}
