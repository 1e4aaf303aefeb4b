import type { InputAPI, Room as ServerRoom } from '@colyseus/core';
import { Client, type InputHandle, type InputOptions, type Room } from 'colyseus.js';
import { Compressor } from '../shared/wire/compression.ts';
import { fflateDeflate } from './fflate-deflate.ts';
import { FramedRoom, type FramedRoomOptions } from './framed-room.ts';
import type { LinkSimulator } from './link-simulator.ts';
import { openWebSocket, type OpenSocket } from './socket.ts';
import { systemTimers } from './timers.ts';

export interface ConnectOptions {
  /** Name of the room type, as the server defines it. */
  room: string;
  /** Join this room and no other. Default: any that is open, or a new one. */
  roomId?: string;
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
 * Joins a room of a velarium server over frames. The session outlives its connection: a lost one is brought back at
 * once, `room.onDrop` and `room.onReconnect` tell, and messages sent meanwhile arrive once and in order.
 *
 * @param endpoint e.g. `https://game.example` or `ws://localhost:2567`
 * @throws {MatchMakeError} no such room, or it is full; {ServerError} the room refused the join
 * @example const room = await connect<ArenaRoom>('http://localhost:2567', { room: 'arena', join: { name: 'Ada' } });
 */
export async function connect<R extends ServerRoom>(
  endpoint: string,
  options: ConnectOptions,
): Promise<ConnectedRoom<R>> {
  const { room, roomId, join = {}, reconnectForMs = 30_000, link, openSocket = openWebSocket } = options;
  const client = new FramedClient(endpoint, {
    open: link === undefined ? openSocket : link.wrap(openSocket),
    timers: systemTimers,
    compressor,
    reconnectForMs,
  });
  const joined = roomId === undefined ? client.joinOrCreate(room, join) : client.joinById(roomId, join);
  return (await joined) as unknown as ConnectedRoom<R>;
}

/** One for all connections: it has no state but a cache keyed by the bodies themselves. */
const compressor = new Compressor(fflateDeflate);

class FramedClient extends Client {
  readonly #options: FramedRoomOptions;

  constructor(endpoint: string, options: FramedRoomOptions) {
    super(endpoint);
    this.#options = options;
  }

  protected override createRoom<T>(roomName: string): Room<unknown, T> {
    return new FramedRoom(roomName, undefined, this.#options) as unknown as Room<unknown, T>;
  }
}
