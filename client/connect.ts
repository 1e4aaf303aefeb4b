import type { InputAPI, Room as ServerRoom } from '@colyseus/core';
import { Client, type InputHandle, type InputOptions, type Room } from 'colyseus.js';
import { Compressor } from '../shared/wire/compression.ts';
import { nextAskMs } from './backoff.ts';
import { checkedEndpoint } from './endpoint.ts';
import { fflateDeflate } from './fflate-deflate.ts';
import { FramedRoom, type FramedRoomOptions, type LostRoom, type Whereabouts } from './framed-room.ts';
import type { LinkSimulator } from './link-simulator.ts';
import { locateRoom } from './locate-room.ts';
import { openWebSocket, type OpenSocket } from './socket.ts';
import { systemTimers } from './timers.ts';

export interface ConnectOptions {
  /** Name of the room type, as the server defines it. */
  room: string;
  /** Join this room and no other. Default: any that is open, or a new one. */
  roomId?: string;
  /** Open a new room, also where one is open. `roomId` goes before it. Default false. */
  create?: boolean;
  /**
   * Take up the seat of a page that was loaded anew: what its `room.reconnectionToken` was at last. It changes with each
   * connection, so keep it when the page goes: on `pagehide`, in `sessionStorage`. It goes before all that says which
   * room. What the page before had not received of messages is lost; the state is whole.
   */
  reconnectionToken?: string;
  /** What the room's `onAuth` gets as token. Default: what the SDK's `auth` has kept, if it is in use. */
  authToken?: string;
  /** What the room's `onCreate` and `onJoin` get as options. */
  join?: Record<string, unknown>;
  /** How long a lost session is tried to be brought back, in milliseconds. Default 30,000, as the server keeps seats. */
  reconnectForMs?: number;
  /** Puts a simulated link below the connection. */
  link?: LinkSimulator;
  /** Opens the WebSockets. Default: the platform's. */
  openSocket?: OpenSocket;
}

/** What a room's `inputs = this.defineInput(Input)` takes. */
type InputOf<R extends ServerRoom> = R extends { inputs?: InputAPI<infer I> } ? I : never;

interface TypedInput<I> {
  /** As in Colyseus's Room, typed by what the server's room declared. */
  input(options?: InputOptions<I>): InputHandle<I>;
}

/** A Colyseus room (state, Callbacks, Predict, input, clock, messages), and what passed over its connection. */
export type ConnectedRoom<R extends ServerRoom> = TypedInput<InputOf<R>> &
  Room<R, R['state']> &
  Pick<FramedRoom, 'stats'>;

/**
 * Joins a room of a velarium server over frames, and resolves when `room.state` is there, if the room has state. What
 * the room says from its `onJoin` on is heard by listeners added before the next turn of the event loop: right behind
 * the `await`. The session outlives its connection: a lost one is brought back at once, `room.onDrop` and
 * `room.onReconnect` tell, and messages sent meanwhile arrive once and in order.
 *
 * @param endpoint e.g. `https://game.example` or `ws://localhost:2567`; in a page also a path of its own server
 * @throws {TypeError} `endpoint` is none; final
 * @throws {MatchMakeError} by its `code`: 520 no such room type, 521 or 522 no such room, or it is full or locked, 524
 * the reconnection token opens nothing any more, a code of the room's own (its `ServerError` in `onAuth`, `onCreate` or
 * `onJoin`), all of which are final; a close code, where the connection ended before the state was there; an HTTP
 * status. Where the server cannot be reached, retry: in Node the `code` is a system error such as `ECONNREFUSED`, in a
 * browser there is none and the message is the browser's (`Failed to fetch`)
 * @example const room = await connect<ArenaRoom>('http://localhost:2567', { room: 'arena', join: { name: 'Ada' } });
 */
export async function connect<R extends ServerRoom>(
  endpoint: string,
  options: ConnectOptions,
): Promise<ConnectedRoom<R>> {
  const { link, openSocket = openWebSocket, reconnectForMs = 30_000 } = options;
  const client = new FramedClient(checkedEndpoint(endpoint), {
    open: link === undefined ? openSocket : link.wrap(openSocket),
    timers: systemTimers,
    compressor,
    reconnectForMs,
  });
  if (options.authToken !== undefined) client.auth.token = options.authToken;
  const room = (await join(client, options)) as unknown as FramedRoom;
  await room.whenReady();
  return room as unknown as ConnectedRoom<R>;
}

function join(client: Client, options: ConnectOptions): Promise<Room> {
  const { room, roomId, create = false, reconnectionToken, join = {} } = options;
  if (reconnectionToken !== undefined) return client.reconnect(reconnectionToken);
  if (roomId !== undefined) return client.joinById(roomId, join);
  return create ? client.create(room, join) : client.joinOrCreate(room, join);
}

/** One for all connections: it has no state but a cache keyed by the bodies themselves. */
const compressor = new Compressor(fflateDeflate);

class FramedClient extends Client {
  readonly #options: FramedRoomOptions;

  constructor(endpoint: string, options: FramedRoomOptions) {
    super(endpoint);
    this.#options = { ...options, locate: (lost) => this.#locate(lost) };
  }

  /** Any server can tell, so whoever answers here does. */
  #locate(lost: LostRoom): Promise<Whereabouts> {
    const { roomId, sessionId, url } = lost;
    const asked = this.getHttpEndpoint(`/matchmake/reconnect/${encodeURIComponent(roomId)}`);
    return locateRoom({
      url: asked,
      isSameHost: new URL(asked).host === new URL(url).host,
      body: JSON.stringify({ sessionId, silent: new URL(url).pathname.split('/').at(-2) }),
      nextAskMs: nextAskMs(lost.rttMs),
      timers: this.#options.timers,
      addressOf: (seat) => this.buildEndpoint(seat as Parameters<Client['buildEndpoint']>[0]).split('?')[0]!,
    });
  }

  protected override createRoom<T>(roomName: string): Room<unknown, T> {
    return new FramedRoom(roomName, undefined, this.#options) as unknown as Room<unknown, T>;
  }
}
