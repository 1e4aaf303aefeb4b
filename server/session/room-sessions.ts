import { timingSafeEqual } from 'node:crypto';
import type { Room } from '@colyseus/core';
import type { FrameSession, SessionLimits } from '../../shared/session/frame-session.ts';
import { SessionOverflowError } from '../../shared/session/send-window.ts';
import { toWire } from '../../shared/wire/colyseus-message.ts';
import { CloseReason } from '../../shared/wire/close-reason.ts';
import { FrameFlag } from '../../shared/wire/frame-type.ts';
import { onSessionEnd } from '../room/colyseus-internals.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { hashToken, newToken } from './reconnection-token.ts';
import { sameSecret } from './same-secret.ts';
import { rememberEnd } from './session-ends.ts';
import type { SessionClient } from './session-client.ts';

export type { SessionLimits };

/** Three tokens may open a session at a time: that of now, the one before and the next. */
const MOST_HASHES = 3;

/** What the server knows of a session beyond its connection. Lives as long as its seat. */
export class RoomSession {
  readonly sessionId: string;
  readonly limiter: RateLimiter;
  /** Undefined for a client that speaks plain Colyseus. */
  readonly frames: FrameSession | undefined;
  /** Colyseus's client of the newest connection. */
  client: SessionClient;
  /** Set while the seat is kept for a session without a connection: ends it. */
  giveUp: (() => void) | undefined;
  /** The close code with which the session was ended from here, if it was. */
  endReason: number | undefined;

  /** How many of the frame that came last, of those that must be acknowledged, the room was given. */
  given = 0;

  /** Whether the client's inputs are counted on when it comes back; else anew from 1, with its next connection. */
  goesOnCounting = true;

  /** While the connection is away: until when the seat is kept, on the room's clock; undefined for ever. */
  keptUntilMs: number | undefined;
  /** It was away already when the room began elsewhere, and this is what was left of its time. */
  remainingMs: number | undefined;

  /** What the session will be opened with once the token of now has been used: drawn early, so that it can be kept. */
  nextToken = newToken();

  /** Of a session that began at another node, until it is opened here: hashes of what opens it. */
  #kept: readonly Uint8Array[] | undefined;
  /** A token that opened the session and whose successor the client has not been seen to know. */
  #unconfirmedToken: string | undefined;
  readonly #hashes = new Map<string, Uint8Array>();
  #turn: Promise<void> = Promise.resolve();

  constructor(client: SessionClient, limiter: RateLimiter, frames: FrameSession | undefined) {
    this.sessionId = client.sessionId;
    this.client = client;
    this.limiter = limiter;
    this.frames = frames;
  }

  /** Whether the session has no connection and its seat is kept. */
  get dropped(): boolean {
    return this.giveUp !== undefined;
  }

  /**
   * Keeps a Colyseus message while the session has no connection, if it is one that must not be lost.
   * Ends the session when too much is kept already.
   */
  keep(message: Uint8Array): void {
    const wire = toWire(message);
    if (this.frames === undefined || !(wire.flags & FrameFlag.MustAck)) return;
    try {
      this.frames.post(wire);
    } catch (error) {
      if (!(error instanceof SessionOverflowError)) throw error;
      this.end(CloseReason.SessionOverflow);
    }
  }

  /** Ends the session while its connection is away, with the close code that its client will be told. */
  end(code: number): void {
    this.endReason = code;
    this.giveUp?.();
  }

  /** The session began at another node, and these are the hashes of what opens it. */
  keptWith(tokenHashes: readonly Uint8Array[]): void {
    this.#kept = tokenHashes;
  }

  /** Of all that open the session, now or after its next connection. */
  tokenHashes(): Uint8Array[] {
    return [...(this.#kept ?? this.tokens.map((token) => this.#hashOf(token))), this.#hashOf(this.nextToken)];
  }

  /** They stay for long, and are asked for whenever the session is written down. */
  #hashOf(token: string): Uint8Array {
    let hash = this.#hashes.get(token);
    if (hash === undefined) {
      if (this.#hashes.size >= MOST_HASHES) this.#hashes.clear();
      this.#hashes.set(token, (hash = hashToken(token)));
    }
    return hash;
  }

  /** All that open the session now. */
  get tokens(): string[] {
    return [this.client.reconnectionToken, this.#unconfirmedToken].filter((token) => token !== undefined);
  }

  /** Runs attempts to take the session back in one after the other: Colyseus refuses the second of two at once. */
  inTurn(attempt: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(attempt);
    this.#turn = result.catch(() => {}); // the failure is the caller's to hear
    return result;
  }

  /**
   * What the client of a connection that resumes with `token` is told to come with next. A token has one successor: of two
   * connections that bring the same one, the client may hear of either.
   */
  successorOf(token: string): string {
    return this.#isUnconfirmed(token) ? this.client.reconnectionToken : this.nextToken;
  }

  /**
   * The session was resumed with `token`, and its successor is on the way to the client. Should this connection die
   * before it arrives, the client can only come again with the old one.
   */
  resumedWith(token: string): void {
    if (this.#isUnconfirmed(token)) {
      this.keptUntilMs = undefined;
      return;
    }
    this.#unconfirmedToken = token;
    this.#kept = undefined;
    this.keptUntilMs = undefined;
    this.nextToken = newToken();
  }

  /** The client acknowledged the join that told it the new token: the old one opens nothing any more. */
  confirmToken(): void {
    this.#unconfirmedToken = undefined;
  }

  /** @returns the token that Colyseus knows the session by, for one that opens it; others come back as they are */
  currentToken(token: string): string {
    if (this.#isUnconfirmed(token)) return this.client.reconnectionToken;
    if (this.#kept !== undefined) {
      const hash = hashToken(token);
      if (this.#kept.some((kept) => kept.length === hash.length && timingSafeEqual(kept, hash))) {
        return this.client.reconnectionToken;
      }
    }
    return token;
  }

  #isUnconfirmed(token: string): boolean {
    return this.#unconfirmedToken !== undefined && sameSecret(token, this.#unconfirmedToken);
  }
}

/** The sessions of one room. An entry ends with its seat; see `onSessionEnd`. */
export class RoomSessions {
  static readonly #ofRoom = new WeakMap<Room, RoomSessions>();

  /** Those who are being let in, first or again, and are no session of this room yet. */
  joining = 0;
  readonly #sessions = new Map<string, RoomSession>();

  static of(room: Room): RoomSessions {
    let sessions = RoomSessions.#ofRoom.get(room);
    if (sessions === undefined) {
      sessions = new RoomSessions();
      RoomSessions.#ofRoom.set(room, sessions);
      onSessionEnd(room, (sessionId) => sessions!.#end(room.roomId, sessionId));
    }
    return sessions;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(sessionId: string): RoomSession | undefined {
    return this.#sessions.get(sessionId);
  }

  add(session: RoomSession): void {
    this.#sessions.set(session.sessionId, session);
  }

  [Symbol.iterator](): Iterator<RoomSession> {
    return this.#sessions.values();
  }

  *dropped(): Iterable<RoomSession> {
    for (const session of this.#sessions.values()) if (session.dropped) yield session;
  }

  #end(roomId: string, sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    this.#sessions.delete(sessionId);
    if (session?.endReason === undefined) return;
    rememberEnd(roomId, sessionId, session.tokens, session.endReason);
  }
}
