import { FrameSession } from '../shared/session/frame-session.ts';
import { SessionOverflowError } from '../shared/session/send-window.ts';
import type { WireMessage } from '../shared/wire/batch.ts';
import { CloseReason, isDrop, MAY_TRY_RECONNECT } from '../shared/wire/close-reason.ts';
import { fromWire, MessageCode, messageCode } from '../shared/wire/colyseus-message.ts';
import { type Moved, readClosing, readMoved, readTime } from '../shared/wire/control.ts';
import { SUBPROTOCOL } from '../shared/wire/frame.ts';
import { FrameType } from '../shared/wire/frame-type.ts';
import { readJoinSection } from '../shared/wire/join-section.ts';
import { WireError } from '../shared/wire/wire-error.ts';
import { AttemptTimer } from './attempt-timer.ts';
import { clientMessage } from './client-message.ts';
import type { ConnectionEvents, ConnectionOptions, Loss } from './connection-options.ts';
import { closing, KEYFRAME, ping, pong } from './control-message.ts';
import { Delivery } from './delivery.ts';
import { Farewell } from './farewell.ts';
import { FrameSocket } from './frame-socket.ts';
import { Heartbeat } from './heartbeat.ts';
import { IncomingState } from './incoming-state.ts';
import { NetStats } from './net-stats.ts';
import { Outbox } from './outbox.ts';
import { RoomAddress } from './room-address.ts';
import type { Socket } from './socket.ts';

const ABNORMAL = 1006;

/** Of who is sent on to where it came from. For whoever runs the servers. */
const NO_WAY =
  'the room is on another server, and nothing leads there; servers without a balancer that reads the path need a publicAddress each';

/**
 * Takes the place of the SDK's Connection: one session over as many WebSockets as it takes, in frames.
 * PROTOCOL.md F and S. What the SDK sends while there is no connection waits in the session, if it must not be lost.
 */
export class FramedConnection {
  readonly events: ConnectionEvents = {};
  readonly stats = new NetStats();

  readonly #options: ConnectionOptions;
  readonly #session: FrameSession;
  readonly #attempt: AttemptTimer;
  readonly #heartbeat: Heartbeat;
  readonly #outbox: Outbox;
  readonly #delivery: Delivery;
  readonly #farewell: Farewell;
  readonly #address = new RoomAddress();
  readonly #socket: FrameSocket;
  #headers: Record<string, string> = {};
  /** The join was answered on some connection: from here on the session outlives them. */
  #joined = false;
  /** The highest that a join was answered with: of the room's owners, the last that was heard. */
  #epoch = 0;
  /** Who answers on the connection of now is not the room's owner any more: nothing that it says is heard. */
  #isStale = false;
  #liveBodies = false;
  /** Of the connection of now. */
  #incoming = new IncomingState();
  #endCode: number | undefined;

  constructor(options: ConnectionOptions) {
    const { timers } = options;
    this.#options = options;
    this.#session = new FrameSession('client', options.compressor);
    this.#attempt = new AttemptTimer(timers, () =>
      this.#lose(MAY_TRY_RECONNECT, 'the attempt took too long', 'silence'),
    );
    this.#heartbeat = new Heartbeat(timers, {
      ping: (nowMs) => this.#post(ping(nowMs)),
      lost: () => this.#lose(MAY_TRY_RECONNECT, 'silence', 'silence'),
    });
    this.#socket = new FrameSocket({
      open: options.open,
      stats: this.stats,
      opened: (isFramed) => this.#opened(isFramed),
      received: (data) => this.#received(data),
      closed: (code, reason) => this.#lose(code, reason),
    });
    this.#outbox = new Outbox({
      session: this.#session,
      stats: this.stats,
      timers,
      socket: () => this.#socket.current,
    });
    this.#delivery = new Delivery({
      timers,
      take: (message) => this.#take(message),
      fail: (error) => this.#fail(error),
      isOver: () => this.#over || this.#isStale,
    });
    this.#farewell = new Farewell(timers);
  }

  /** Where the room is. */
  get url(): string {
    return this.#address.url;
  }

  /**
   * Whether inputs reach the server now, which begins to count them with the join that it answered on this connection.
   * Messages may be sent at any time.
   */
  get isOpen(): boolean {
    return this.#socket.isOpen && this.#isLive() && this.#heartbeat.running;
  }

  /** Whether a session that has no connection now is to be brought back. */
  get isAway(): boolean {
    return this.#joined && !this.#over && !this.isOpen;
  }

  /** The code with which the session ended, once it has. */
  get endCode(): number | undefined {
    return this.#endCode;
  }

  /** Whether the room sends its state as live bodies. Known from its answer to the join on, before anybody else sees that. */
  get liveBodies(): boolean {
    return this.#liveBodies;
  }

  /** How often the room changed hands and its journal began anew, as of the last owner that was heard; 0 where nothing keeps it. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Messages and bytes that the server has not acknowledged. */
  get kept(): { messages: number; bytes: number } {
    return this.#session.kept;
  }

  /** For tools that look for the socket where the SDK's own transport has it. */
  get transport(): { ws: Socket | undefined } {
    return { ws: this.#socket.current };
  }

  /** Holds what the room says until {@link deliverSoon}: nobody can listen to it yet. */
  holdMessages(): void {
    this.#delivery.hold();
  }

  /** What the room says is delivered from the next turn of the event loop on. */
  deliverSoon(): void {
    this.#delivery.openSoon();
  }

  connect(url: string, headers: Record<string, string> = {}): void {
    this.#headers = headers;
    this.#address.begin(url);
    this.#open();
  }

  /** The room is at another node by now: the next attempt goes there. */
  move(url: string): void {
    this.#address.move(url);
  }

  /** Opens a new connection for the same session, unless that is over; the old one, if any is left, is given up. */
  reconnect(parameters: Record<string, unknown>): void {
    if (this.#over) return;
    // Who had the room in between knows by this that it is another's.
    const epoch = this.#epoch > 0 ? { epoch: this.#epoch } : {};
    this.#address.comeBack({ ...parameters, ...epoch, inputs: 'on' });
    this.#release();
    this.#session.suspend();
    this.#open();
  }

  /**
   * Sends a Colyseus message with all else that is sent in this turn of the event loop. `data` may be reused at once.
   * @throws {RangeError} over 64 KiB, which no server takes
   */
  send(data: Uint8Array): void {
    if (!this.#over) this.#post(clientMessage(data));
  }

  /** WebSocket has no unreliable channel: the same as {@link send}. */
  sendUnreliable(data: Uint8Array): void {
    this.send(data);
  }

  /**
   * Asks for the whole state: the one that is here cannot be trusted. Once is enough until it has come. Where there is
   * no connection that has joined, nothing is asked: the next one begins with it anyway.
   */
  requestKeyframe(): void {
    if (!this.isOpen || !this.#incoming.ask()) return;
    this.stats.keyframesRequested++;
    this.#post(KEYFRAME);
  }

  /** Ends the session, or with a code that is a drop (the default is one) only its connection. */
  close(code?: number, reason = ''): void {
    const endCode = code ?? ABNORMAL;
    if (this.#socket.current === undefined) {
      if (!isDrop(endCode)) this.end(endCode, reason); // else it is lost already, and its owner was told
      return;
    }
    if (code === MAY_TRY_RECONNECT) return this.#lose(code, reason);
    this.#post(closing(code ?? 1000, reason));
    this.#outbox.flush();
    this.#farewell.said({ code: endCode, text: reason }, () => this.#lose(endCode, reason));
    this.#socket.close(code, reason);
  }

  /** Ends the session here and at once, whatever the code: the server hears no more of it. */
  end(code: number, reason: string): void {
    if (this.#over) return;
    this.#endCode = code;
    this.#release();
    this.events.onclose?.({ code, reason });
  }

  /** Looks whether the connection is still there: when a page comes back into view, say. */
  checkNow(): void {
    this.#heartbeat.checkNow();
  }

  get #over(): boolean {
    return this.#endCode !== undefined;
  }

  #isLive(): boolean {
    return this.#session.state === 'live';
  }

  #open(): void {
    this.#socket.open(this.#address.attemptUrl, this.#headers);
    this.#incoming = new IncomingState();
    this.#isStale = false;
    this.#farewell.reset();
    if (this.#joined) this.#attempt.begin(this.stats.rttMs);
    else this.#attempt.beginFirst();
  }

  #opened(isFramed: boolean): void {
    if (!isFramed) return this.end(CloseReason.ProtocolError, `the server does not speak ${SUBPROTOCOL}`);
    if (this.#joined) {
      this.#attempt.opened(this.stats.rttMs);
      this.#outbox.write(this.#session.beginResume()!);
    } else {
      this.events.onopen?.();
    }
  }

  #received(data: unknown): void {
    let messages: readonly WireMessage[];
    const wasLive = this.#isLive();
    try {
      const frame = this.#socket.read(data);
      if (!(frame instanceof Uint8Array)) return this.#sentOn(frame);
      messages = this.#session.receive(frame).map((message) => this.#incoming.receive(message));
    } catch (error) {
      return this.#fail(error);
    }
    this.#heartbeat.heard();
    if (!wasLive && this.#isLive()) this.#outbox.flush(); // what was in flight goes again, before all else
    this.stats.messagesIn += messages.length;
    this.#outbox.acknowledge(messages);
    this.#delivery.deliver(messages); // last: a listener may throw, or end all this
  }

  #take(message: WireMessage): void {
    switch (message.type) {
      case FrameType.Ping:
        readTime(message.body);
        this.#post(pong(message.body));
        return this.#outbox.flush();
      case FrameType.Pong:
        return this.stats.sampleRtt(Math.max(0, this.#options.timers.now() - readTime(message.body)));
      case FrameType.Moved:
        return this.#sentOn(readMoved(message.body));
      case FrameType.Closing:
        return this.#farewell.heard(readClosing(message.body));
      default: {
        const data = fromWire(message);
        if (messageCode(data) === MessageCode.JoinRoom && !this.#joinAnswered(data)) return;
        // The SDK makes a Uint8Array of it: of a buffer without a copy, of a view with one.
        this.events.onmessage?.({ data: data.length === data.buffer.byteLength ? (data.buffer as ArrayBuffer) : data });
      }
    }
  }

  /** The room is elsewhere: on to there, as one attempt. */
  #sentOn(moved: Moved): void {
    const wasHere = this.#isLive() && this.#joined;
    if (!this.#address.sendOn(moved)) {
      const reason = moved.address === '' ? `sent on too often: ${NO_WAY}` : 'sent on too often';
      if (this.#joined) return this.#lose(MAY_TRY_RECONNECT, reason);
      return this.end(CloseReason.SessionLost, reason);
    }
    if (wasHere) return this.#lose(MAY_TRY_RECONNECT, 'the room has moved', 'moved'); // its owner is to know, and comes back
    this.#release();
    if (this.#joined) this.#session.suspend();
    this.#open();
  }

  /** @returns false where nothing of this connection is to be heard: who answers is not the room's owner any more */
  #joinAnswered(joinRoom: Uint8Array): boolean {
    const section = readJoinSection(joinRoom);
    if (section !== undefined && section.epoch < this.#epoch) {
      this.#isStale = true;
      this.#lose(MAY_TRY_RECONNECT, 'the room has another owner by now');
      return false;
    }
    this.#epoch = section?.epoch ?? this.#epoch;
    this.#attempt.answered();
    this.#address.settle();
    const rejoined = this.#joined;
    this.#joined = true;
    this.#liveBodies = section?.liveBodies ?? false;
    this.#heartbeat.begin(section !== undefined);
    if (rejoined) {
      this.stats.reconnects++;
      this.#options.onReturn(section?.lastInput);
    }
    return true;
  }

  #post(message: WireMessage): void {
    try {
      this.#outbox.post(message);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The peer broke the protocol, or too much is unacknowledged: the session is over, and the peer is told why. */
  #fail(error: unknown): void {
    const code = error instanceof SessionOverflowError ? CloseReason.SessionOverflow : CloseReason.ProtocolError;
    if (!(error instanceof WireError) && !(error instanceof SessionOverflowError)) throw error;
    if (this.#isLive()) {
      this.#session.post(closing(code, error.message));
      this.#outbox.flush();
    }
    this.#socket.close(code); // with the code, so that the server keeps no seat
    this.end(code, error.message);
  }

  /**
   * The connection ended, by whichever way. Whether the session did too is in the code: in the one of CLOSING, where
   * one was said and the connection died before its close frame came.
   */
  #lose(code: number, reason: string, loss: Loss = 'told'): void {
    try {
      this.#delivery.openNow();
    } finally {
      // Also where a listener of the game threw.
      this.#lost(code, reason, loss);
    }
  }

  #lost(code: number, reason: string, loss: Loss): void {
    if (this.#over) return;
    const end = this.#farewell.endOf(code, reason);
    this.#release();
    this.#address.settle();
    this.#session.suspend();
    if (this.#joined && isDrop(end.code)) this.#options.onDrop(end.code, reason, loss);
    else this.end(end.code, end.reason);
  }

  /** Lets go of the socket and of every timer. */
  #release(): void {
    this.#attempt.stop();
    this.#heartbeat.end();
    this.#outbox.stop();
    this.#farewell.stop();
    this.#socket.release();
  }
}
