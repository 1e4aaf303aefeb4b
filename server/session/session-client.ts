import { ClientState, type ISendOptions } from '@colyseus/core';
import { WebSocketClient } from '@colyseus/ws-transport';
import { publicReply } from './public-reply.ts';
import type { RoomSession } from './room-sessions.ts';

/**
 * Colyseus's client, bound to its session: what a room sends with a client that lost its connection waits for the
 * session to come back, and a reference from before a reconnect reaches the connection of after.
 */
export class SessionClient extends WebSocketClient {
  session: RoomSession | undefined;

  override raw(data: Uint8Array, options?: ISendOptions, callback?: (error?: Error) => void): void {
    super.raw(publicReply(data), options, callback);
  }

  override enqueueRaw(data: Uint8Array, options?: ISendOptions): void {
    const { session } = this;
    if (session !== undefined && session.client !== this) session.client.enqueueRaw(data, options);
    else if (session !== undefined && this.#isAway(session)) session.keep(data);
    else super.enqueueRaw(data, options);
  }

  /** The connection is lost; or the seat is taken again, and the room has not let the new connection in yet. */
  #isAway(session: RoomSession): boolean {
    return (session.dropped && this.state === ClientState.LEAVING) || this.state === ClientState.RECONNECTED;
  }
}
