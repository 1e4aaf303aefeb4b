import { ClientState, CloseCode, type ISendOptions } from '@colyseus/core';
import { WebSocketClient } from '@colyseus/ws-transport';
import { CloseReason } from '../../shared/wire/close-reason.ts';
import { publicReply } from './public-reply.ts';
import { newToken } from './reconnection-token.ts';
import type { RoomSession } from './room-sessions.ts';

/**
 * Colyseus's client, bound to its session: what a room sends with a client that lost its connection waits for the
 * session to come back, and a reference from before a reconnect reaches the connection of after.
 */
export class SessionClient extends WebSocketClient {
  session: RoomSession | undefined;
  /** What the room sent before the client was in; undefined once it is. */
  early: unknown[] | undefined;
  /** Opens the session from now on, see {@link givenToken}. */
  token: string | undefined;
  /** What {@link token} will be; Colyseus's own has 54 bits. */
  readonly givenToken: string;

  constructor(sessionId: string, ref: WebSocketClient['ref'], token: string = newToken()) {
    super(sessionId, ref);
    this.early = [];
    this.givenToken = token;
  }

  /** The room has let the client in and sent what it had for it; Colyseus deletes {@link early} now. */
  letIn(): void {
    if (this.state === ClientState.JOINED) this.early = undefined;
  }

  override raw(data: Uint8Array, options?: ISendOptions, callback?: (error?: Error) => void): void {
    const { session } = this;
    if (session !== undefined && session.client !== this) session.client.raw(data, options, callback);
    else if (session !== undefined && this.#isAway(session)) session.keep(publicReply(data));
    else super.raw(publicReply(data), options, callback);
  }

  override enqueueRaw(data: Uint8Array, options?: ISendOptions): void {
    const { session } = this;
    if (session !== undefined && session.client !== this) session.client.enqueueRaw(data, options);
    else if (session !== undefined && this.#isAway(session)) session.keep(publicReply(data));
    else super.enqueueRaw(data, options);
  }

  /** Ends the session, also one whose connection is away: it is told the code when it comes back. */
  override leave(code: number = CloseCode.CONSENTED, reason: string | undefined = plainReason(code)): void {
    const { session } = this;
    if (session !== undefined && session.client !== this) session.client.leave(code, reason);
    else if (session?.dropped) session.end(code);
    else super.leave(code, reason);
  }

  /** The connection is lost; or the seat is taken again, and the room has not let the new connection in yet. */
  #isAway(session: RoomSession): boolean {
    return (session.dropped && this.state === ClientState.LEAVING) || this.state === ClientState.RECONNECTED;
  }
}

/** Core has none where a room ends. */
const plainReason = (code: number): string | undefined =>
  code === CloseReason.RoomFailed ? 'the room failed and cannot go on' : undefined;

/**
 * Properties of Colyseus's client that it sets and deletes as it likes, as accessors of the class: with own ones, each with
 * code of its own, or one that is deleted, each client is an object of a shape of its own, and reading any of its properties
 * takes a search. Clients are read several times a tick.
 */
Object.defineProperties(SessionClient.prototype, {
  reconnectionToken: {
    get(this: SessionClient) {
      return this.token;
    },
    // Colyseus draws one with the join; after that it tells the old client what the new one has.
    set(this: SessionClient, drawn: string) {
      this.token = this.token === undefined ? this.givenToken : drawn;
    },
  },
  _enqueuedMessages: {
    get(this: SessionClient) {
      return this.early;
    },
    set(this: SessionClient, messages: unknown[] | undefined) {
      this.early = messages;
    },
  },
});
