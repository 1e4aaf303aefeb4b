import type { IncomingMessage } from 'node:http';
import { CloseCode, connectClientToRoom, matchMaker, Room, ServerError } from '@colyseus/core';
import { type TransportOptions, WebSocketTransport } from '@colyseus/ws-transport';
import type { WebSocket } from 'ws';
import { MessageCode } from '../../shared/wire/colyseus-message.ts';
import { FrameSession, type SavedFrameSession } from '../../shared/session/frame-session.ts';
import { CloseReason, MAY_TRY_RECONNECT } from '../../shared/wire/close-reason.ts';
import { Compressor } from '../../shared/wire/compression.ts';
import type { NodePlace } from '../../shared/wire/control.ts';
import { MAX_FRAME_BYTES, SUBPROTOCOL } from '../../shared/wire/frame.ts';
import { inputTaker, sendFullState } from '../room/colyseus-internals.ts';
import { countInputsFrom, takenInputs } from '../room/input-numbers.ts';
import { UNAVAILABLE } from '../redis/redis-error.ts';
import { nodeTally } from '../metrics/tally.ts';
import { LiveRoom } from '../room/live-room.ts';
import { RateLimiter } from '../session/rate-limiter.ts';
import { RoomSession, RoomSessions } from '../session/room-sessions.ts';
import { endReason } from '../session/session-ends.ts';
import { SessionClient } from '../session/session-client.ts';
import { ConnectionNotes, type NoteLog } from './connection-notes.ts';
import type { ByteSink } from './direct-send.ts';
import { FramedSocket } from './framed-socket.ts';
import { guardInputRings } from './input-ring.ts';
import type { GuardedSocket } from './guarded-socket.ts';
import { nodeDeflate } from './node-deflate.ts';
import { isOriginAllowed, type OriginPolicy } from './origin-policy.ts';
import { PingSocket } from './ping-socket.ts';
import { PlainSocket } from './plain-socket.ts';
import { publicError } from './public-error.ts';
import { processPause, ReadCoalescer } from './read-coalescer.ts';
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './transport-options.ts';
import { readUpgrade, type Upgrade } from './upgrade.ts';

export interface FramedTransportOptions extends TransportOptions, OriginPolicy {
  limits?: Partial<ConnectionLimits>;
  /**
   * Asked about a room that is not here: where it is; undefined where there is no such room. Rejects when that cannot be
   * known now.
   */
  elsewhere?: ((roomId: string, sessionId: string) => Promise<NodePlace | undefined>) | undefined;
  /** Asked about any room: whether it is on its way to this node or from it. Default: none is. */
  transit?: ((roomId: string) => Transit | undefined) | undefined;
  /** Where connections that end by an error are logged. Default: nowhere. */
  log?: NoteLog | undefined;
}

/** A room on its way from one node to another, as either of them sees it. */
export interface Transit {
  /** The room here, as far as there is one. */
  room: Room;
  /** Resolves when it is here, or is not any more. Never rejects. */
  settled: Promise<void>;
}

/** What is over the limit by less is read, and answered in a CLOSING; more is refused by its length, with 1009. */
const NEAR_MISS_BYTES = 4_096;

guardInputRings();

/** How long a connection waits for a room that is on its way; then the client is to try again. */
const TRANSIT_MS = 2_000;
/** How long one who joins waits for a room that stands still; then he is refused. */
const STANDSTILL_MS = 2_000;

/** How often the connections are looked over for what is due. */
const CHECK_EVERY_MS = 250;

/** Colyseus's JOIN acknowledgement, as a client sends it. */
const JOIN_ACKNOWLEDGEMENT = Buffer.from([MessageCode.JoinRoom]);

/**
 * Colyseus's WebSocket transport with frames below it. A client that asks for the subprotocol `velarium.1` gets a
 * FramedSocket, any other a PlainSocket; the room sees no difference.
 */
export class FramedTransport extends WebSocketTransport {
  readonly #limits: ConnectionLimits;
  readonly #compressor = new Compressor(nodeDeflate);
  readonly #sockets = new Set<GuardedSocket>();
  readonly #elsewhere: FramedTransportOptions['elsewhere'];
  readonly #transit: FramedTransportOptions['transit'];
  readonly #notes: ConnectionNotes;
  readonly #reads: ReadCoalescer | undefined;
  readonly #checks: NodeJS.Timeout;

  constructor(options: FramedTransportOptions = {}) {
    const { limits, elsewhere, transit, log, allowedOrigins, allowMissingOrigin, ...transportOptions } = options;
    const policy: OriginPolicy = { allowedOrigins, allowMissingOrigin };
    super({
      maxPayload: MAX_FRAME_BYTES + NEAR_MISS_BYTES,
      maxFragments: 16,
      maxBufferedChunks: 1_024,
      handleProtocols: (protocols: Set<string>) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
      verifyClient: ({ req }: { req: IncomingMessage }, answer: (allowed: boolean, status?: number) => void) =>
        answer(isOriginAllowed(policy, req), 403),
      ...transportOptions,
      pingInterval: 0, // the heartbeat is GuardedSocket's
    });
    this.#elsewhere = elsewhere;
    this.#transit = transit;
    this.#notes = new ConnectionNotes(log);
    this.#limits = { ...DEFAULT_CONNECTION_LIMITS, ...limits };
    const { readEveryMs } = this.#limits;
    if (readEveryMs > 0) this.#reads = new ReadCoalescer(readEveryMs, processPause, (ms) => (nodeTally.restedMs += ms));
    this.#checks = setInterval(() => this.#check(), CHECK_EVERY_MS);
    this.#checks.unref();
    this.wss.removeAllListeners('connection');
    this.wss.on('connection', (ws: WebSocket, req: IncomingMessage) => this.#connect(ws, req));
  }

  /** The connections there are now, and what waits in their sockets. */
  connections(): { framed: number; plain: number; ping: number; bufferedBytes: number } {
    const found = { framed: 0, plain: 0, ping: 0, bufferedBytes: 0 };
    for (const socket of this.#sockets) {
      found[socket instanceof FramedSocket ? 'framed' : socket instanceof PlainSocket ? 'plain' : 'ping']++;
      found.bufferedBytes += socket.bufferedAmount;
    }
    return found;
  }

  /** A session that another node began, for a client that will come here. */
  takeUpSession(client: SessionClient, saved: SavedFrameSession | undefined): RoomSession {
    const { session: limits } = this.#limits;
    const frames = saved && FrameSession.restore('server', this.#compressor, saved, limits);
    frames?.holdAcks();
    frames?.holdMessages(() => {}); // until who keeps the room here holds them
    return new RoomSession(client, this.#limiterFor(undefined), frames);
  }

  override shutdown(): void {
    clearInterval(this.#checks);
    super.shutdown();
  }

  #check(): void {
    const nowMs = performance.now();
    for (const socket of this.#sockets) socket.check(nowMs);
  }

  #connect(ws: WebSocket, request: IncomingMessage): void {
    const upgrade = readUpgrade(request);
    const { roomId } = upgrade;
    const transit = roomId === undefined ? undefined : this.#transit?.(roomId);
    const socket = this.#wrap(ws, request.socket, upgrade, transit?.room ?? localRoom(roomId));
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (socket instanceof PingSocket) return;
    const standing = standstill(upgrade);
    const hasToWait = transit !== undefined || standing !== undefined;
    if (upgrade.reconnectionToken !== undefined || hasToWait) socket.holdEnd();
    const admitted = hasToWait ? this.#arrive(socket, upgrade, standing) : this.#admit(socket, upgrade);
    admitted.catch((error: unknown) => refuse(socket, upgrade, error)).finally(() => socket.releaseEnd());
  }

  /**
   * Lets a connection in when its room stands still no more and has arrived. Where standing still takes too long the room is
   * what it is by then; one that is on its way for too long has the client try again.
   * @param standing see {@link standstill}
   */
  async #arrive(
    socket: FramedSocket | PlainSocket,
    upgrade: Upgrade,
    standing: Promise<void> | undefined,
  ): Promise<void> {
    if (standing !== undefined) await within(standing, STANDSTILL_MS);
    const transit = upgrade.roomId === undefined ? undefined : this.#transit?.(upgrade.roomId);
    if (transit !== undefined && !(await within(transit.settled, TRANSIT_MS))) {
      return socket.close(MAY_TRY_RECONNECT, 'the room is still on its way');
    }
    if (socket.endHeld) return; // nobody is there any more
    // Who joins is no session yet: a connection that ends from here on ends the join.
    if (upgrade.reconnectionToken === undefined) socket.releaseEnd();
    await this.#admit(socket, upgrade);
  }

  #admit(socket: FramedSocket | PlainSocket, upgrade: Upgrade): Promise<void> {
    const room = localRoom(upgrade.roomId);
    const earlier = room === undefined ? undefined : RoomSessions.of(room).get(upgrade.sessionId ?? '');
    const join = async (): Promise<void> => {
      if (room === undefined && (await this.#sendOn(socket, upgrade))) return;
      if (mayBeElsewhere(room, upgrade.epoch)) return notNow(socket, upgrade);
      const sessions = room && RoomSessions.of(room);
      if (sessions) sessions.joining++;
      try {
        await this.#join(socket, room, upgrade);
      } finally {
        if (sessions) sessions.joining--;
      }
    };
    return earlier === undefined ? join() : earlier.inTurn(join);
  }

  #wrap(
    ws: WebSocket,
    sink: ByteSink,
    upgrade: Upgrade,
    room: Room | undefined,
  ): FramedSocket | PlainSocket | PingSocket {
    const now = (): number => performance.now();
    if (upgrade.roomId === undefined && !upgrade.sessionId) return new PingSocket(ws, this.#limits, now);
    if (ws.protocol !== SUBPROTOCOL) return new PlainSocket(ws, this.#limits, now);
    return new FramedSocket(ws, {
      limits: this.#limits,
      compressor: this.#compressor,
      now,
      sink,
      reads: this.#reads,
      tickMs: room instanceof LiveRoom ? room.tickMs : undefined,
      // Of the room that is here when it joins: one that began again meanwhile is another.
      liveBodies: () => liveRoom(upgrade.roomId)?.hasLiveState ?? false,
      epoch: () => liveRoom(upgrade.roomId)?.epoch ?? 0,
      standsStill: () => liveRoom(upgrade.roomId)?.roomKeep?.isFenced() ?? false,
      // A client that comes back to a page that was loaded anew has a token, but no session to resume.
      resuming: upgrade.reconnectionToken !== undefined && upgrade.skipHandshake,
    });
  }

  async #join(socket: FramedSocket | PlainSocket, room: Room | undefined, upgrade: Upgrade): Promise<void> {
    if (socket.endHeld) return; // it waited for its turn, and its connection did not
    const { sessionId, skipHandshake, context } = upgrade;
    const sessions = room === undefined ? undefined : RoomSessions.of(room);
    const earlier = sessions?.get(sessionId ?? '');
    const token = upgrade.reconnectionToken;
    const successor = token === undefined ? earlier?.nextToken : earlier?.successorOf(token);
    const client = new SessionClient(sessionId ?? '', socket as unknown as WebSocket, successor);
    const currentToken = token === undefined ? undefined : (earlier?.currentToken(token) ?? token);

    const joining = connectClientToRoom(room, client, context, {
      ...(currentToken === undefined ? {} : { reconnectionToken: currentToken }),
      skipHandshake,
    });
    // The same session on a connection that is still thought to be open: Colyseus waits for that one to end.
    const stale = room?.clients.get(client.sessionId);
    if (stale !== undefined && stale !== client && stale.reconnectionToken === currentToken) {
      (stale.ref as unknown as GuardedSocket).terminate();
    }
    await joining;

    if (socket instanceof FramedSocket && socket.frames === undefined) {
      if (earlier?.frames === undefined) socket.close(CloseReason.SessionLost, 'there is nothing to resume');
      else this.#resume(socket, room!, earlier, client, upgrade);
      return;
    }
    // A first join, a page that was loaded anew, or a plain client, whose session is no more than its seat.
    const frames = socket instanceof FramedSocket ? socket.frames : undefined;
    if (room instanceof LiveRoom && frames !== undefined) room.roomKeep?.hold(frames);
    const session = new RoomSession(client, this.#limiterFor(earlier), frames);
    client.session = session;
    if (earlier !== undefined) earlier.client = client;
    sessions!.add(session);
    this.#noteEnd(socket, room!, client);
    socket.attach(session, () => sendFullState(room!, client), inputTaker(room!, client));
    if (socket instanceof FramedSocket) takeAsJoined(socket, client);
  }

  /** @returns whether the client was told what to do about a room that is not here */
  async #sendOn(
    socket: FramedSocket | PlainSocket,
    { processId, roomId, sessionId, reconnectionToken = '' }: Upgrade,
  ): Promise<boolean> {
    // Colyseus's own clients go where the matchmaker sent them and know of no other way.
    if (this.#elsewhere === undefined || roomId === undefined || !(socket instanceof FramedSocket)) return false;
    try {
      const place = await this.#elsewhere(roomId, sessionId ?? '');
      if (place === undefined) return false;
      this.#notes.sentOn(roomId, sessionId ?? '', processId, place);
      socket.sendOn({ ...place, roomId, sessionId: sessionId ?? '', reconnectionToken });
    } catch {
      socket.close(MAY_TRY_RECONNECT, 'where the room is cannot be found out now');
    }
    return true;
  }

  #resume(
    socket: FramedSocket,
    room: Room,
    session: RoomSession,
    client: SessionClient,
    { reconnectionToken, countsOn }: Upgrade,
  ): void {
    socket.lastInput = countsOn ? countOn(session, client) : undefined;
    session.goesOnCounting = true;
    session.client = client;
    client.session = session;
    session.resumedWith(reconnectionToken!);
    takeAsJoined(socket, client);
    this.#noteEnd(socket, room, client);
    socket.attach(session, () => sendFullState(room, client), inputTaker(room, client));
  }

  #noteEnd(socket: GuardedSocket, { roomId }: Room, { sessionId }: SessionClient): void {
    socket.once('close', (code: number, reason: string) => this.#notes.ended(roomId, sessionId, code, reason));
  }

  #limiterFor(earlier: RoomSession | undefined): RateLimiter {
    return earlier?.limiter ?? new RateLimiter(this.#limits.rate, performance.now());
  }
}

/**
 * Lets Colyseus take the join as acknowledged by a framed client, before its acknowledgement comes: it is owed all the
 * same, but a connection that dies on the way is then a drop like any, and costs neither the seat nor a message. The
 * state goes out with the join.
 */
function takeAsJoined(socket: FramedSocket, client: SessionClient): void {
  socket.emit('message', JOIN_ACKNOWLEDGEMENT);
  client.letIn();
}

/** @returns the number behind which the inputs of a client that comes back go on; undefined: from 1 */
function countOn(session: RoomSession, client: SessionClient): number | undefined {
  const taken = session.goesOnCounting ? takenInputs(session.client) : undefined;
  if (taken !== undefined) countInputsFrom(client, taken);
  return taken;
}

/** @returns whether it resolved in time */
async function within(promise: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, limitMs, false)));
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The room with this id, if it is here. Core looks ids up in an object, where `__proto__` is something too. */
function localRoom(roomId: string | undefined): Room | undefined {
  const found: unknown = roomId === undefined ? undefined : matchMaker.getLocalRoomById(roomId);
  if (found instanceof LiveRoom && found.isElsewhere) return undefined;
  return found instanceof Room ? found : undefined;
}

/** Whether the room may be another node's by now, as this node or the client knows: then nobody is let in here. */
function mayBeElsewhere(room: Room | undefined, epoch: number): boolean {
  const keep = room instanceof LiveRoom ? room.roomKeep : undefined;
  return keep !== undefined && (keep.isFenced() || keep.epoch < epoch);
}

/**
 * Who comes back to a room that stands still is sent to look for it elsewhere; who has a seat in it and no session yet can
 * only wait: the end of that, or undefined where there is nothing to wait for.
 */
function standstill({ roomId, sessionId, reconnectionToken }: Upgrade): Promise<void> | undefined {
  const room = reconnectionToken === undefined ? liveRoom(roomId) : undefined;
  const { roomKeep } = room ?? {};
  if (!roomKeep?.isFenced() || !room!.hasReservedSeat(sessionId ?? '')) return undefined;
  return roomKeep.standsNoMore();
}

/** @throws {ServerError} 503, for one who joins: it has no session that would go on */
function notNow(socket: FramedSocket | PlainSocket, { reconnectionToken }: Upgrade): void {
  if (reconnectionToken === undefined) throw new ServerError(UNAVAILABLE, 'the room stands still; try again');
  socket.close(MAY_TRY_RECONNECT, 'the room may be on another server by now');
}

function liveRoom(roomId: string | undefined): LiveRoom | undefined {
  const room = localRoom(roomId);
  return room instanceof LiveRoom ? room : undefined;
}

/** Tells the client why it cannot join, in words that name no internals, and closes. */
function refuse(
  socket: FramedSocket | PlainSocket,
  { roomId, sessionId, reconnectionToken }: Upgrade,
  error: unknown,
): void {
  const { code, message } = publicError(error);
  if (reconnectionToken === undefined) {
    new SessionClient(sessionId ?? '', socket as unknown as WebSocket).error(code, message);
    socket.close(CloseCode.WITH_ERROR, message);
    return;
  }
  const ended = endReason(roomId, sessionId, reconnectionToken);
  if (ended === undefined) socket.close(CloseCode.FAILED_TO_RECONNECT, message);
  else socket.close(ended, 'the session ended while the connection was away');
}
