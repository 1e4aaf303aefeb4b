import { FrameSession } from '../shared/session/frame-session.ts';
import { SessionOverflowError } from '../shared/session/send-window.ts';
import type { WireMessage } from '../shared/wire/batch.ts';
import { CloseReason, isDrop, MAY_TRY_RECONNECT } from '../shared/wire/close-reason.ts';
import { fromWire, MessageCode, messageCode, toWire } from '../shared/wire/colyseus-message.ts';
import type { Compressor } from '../shared/wire/compression.ts';
import { readClosing, readTime, writeClosing, writeTime } from '../shared/wire/control.ts';
import { MAX_PAYLOAD_BYTES, SUBPROTOCOL } from '../shared/wire/frame.ts';
import { FrameType } from '../shared/wire/frame-type.ts';
import { readJoinSection } from '../shared/wire/join-section.ts';
import { WireError } from '../shared/wire/wire-error.ts';
import { attemptTimeoutMs } from './backoff.ts';
import { Liveness, QUIET, TICKING } from './liveness.ts';
import { NetStats } from './net-stats.ts';
import { abandonSocket, type OpenSocket, type Socket, SOCKET_OPEN } from './socket.ts';
import type { Timers } from './timers.ts';

/** The largest message that a server takes from a client, in bytes. */
const MAX_MESSAGE_BYTES = 65_536;
/** An ACK rides with the next message; where none comes it goes alone after this long. */
const ACK_DELAY_MS = 50;
/** How often the round trip is measured. */
const PING_EVERY_MS = 1_000;
/** How long the first connection may take until the join has failed; later ones have their round trips to go by. */
const FIRST_ATTEMPT_MS = 10_000;
/** A peer that does not answer our close is not waited for longer than this. */
const CLOSE_TIMEOUT_MS = 1_000;

const ABNORMAL = 1006;

export interface ConnectionEvents {
  onopen?(): void;
  onmessage?(event: { data: Uint8Array | ArrayBuffer }): void;
  onclose?(event: { code: number; reason: string }): void;
  onerror?(event: { code: number; reason: string }): void;
}

export interface ConnectionOptions {
  open: OpenSocket;
  timers: Timers;
  compressor: Compressor;
  /**
   * A joined session lost its connection, or an attempt to come back failed. The next move is the owner's.
   * @param waited that it was lost is our own verdict, after a wait; otherwise somebody said so
   */
  onDrop(code: number, reason: string, waited: boolean): void;
}

/**
 * Takes the place of the SDK's Connection: one session over as many WebSockets as it takes, in frames.
 * PROTOCOL.md F and S. What the SDK sends while there is no connection waits in the session, if it must not be lost.
 */
export class FramedConnection {
  readonly events: ConnectionEvents = {};
  readonly stats = new NetStats();
  url = '';

  readonly #options: ConnectionOptions;
  readonly #timers: Timers;
  readonly #session: FrameSession;
  #headers: Record<string, string> = {};
  #socket: Socket | undefined;
  /** The join was answered on some connection: from here on the session outlives them. */
  #joined = false;
  #over = false;
  #closing: { code: number; text: string } | undefined;
  #liveness: Liveness | undefined;

  #attemptTimer: unknown;
  #livenessTimer: unknown;
  #ackTimer: unknown;
  #closeTimer: unknown;
  #pingedAtMs = 0;
  #flushQueued = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#timers = options.timers;
    this.#session = new FrameSession('client', options.compressor);
  }

  /**
   * Whether inputs reach the server now, which begins to count them with the join that it answered on this connection.
   * Messages may be sent at any time.
   */
  get isOpen(): boolean {
    return this.#socket?.readyState === SOCKET_OPEN && this.#isLive() && this.#liveness !== undefined;
  }

  /** Messages and bytes that the server has not acknowledged. */
  get kept(): { messages: number; bytes: number } {
    return this.#session.kept;
  }

  /** For tools that look for the socket where the SDK's own transport has it. */
  get transport(): { ws: Socket | undefined } {
    return { ws: this.#socket };
  }

  connect(url: string, headers: Record<string, string> = {}): void {
    this.url = url;
    this.#headers = headers;
    this.#open(url);
  }

  /** Opens a new connection for the same session, unless that is over; the old one, if any is left, is given up. */
  reconnect(parameters: Record<string, unknown>): void {
    if (this.#over) return;
    const url = new URL(this.url);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value));
    this.#release();
    this.#session.suspend();
    this.#open(url.toString());
  }

  /**
   * Sends a Colyseus message with all else that is sent in this turn of the event loop. `data` may be reused at once.
   * @throws {RangeError} over 64 KiB, which no server takes
   */
  send(data: Uint8Array): void {
    if (this.#over) return;
    const message = toWire(new Uint8Array(data)); // not slice(): of a Buffer that is a view
    const maxBytes = message.type === FrameType.Input ? MAX_PAYLOAD_BYTES : MAX_MESSAGE_BYTES; // inputs are not cut
    if (data.length > maxBytes) throw new RangeError(`a message of ${data.length} bytes; a server takes ${maxBytes}`);
    this.#post(message);
  }

  /** WebSocket has no unreliable channel: the same as {@link send}. */
  sendUnreliable(data: Uint8Array): void {
    this.send(data);
  }

  /** Ends the session, or with a code that is a drop (the default is one) only its connection. */
  close(code?: number, reason = ''): void {
    const endCode = code ?? ABNORMAL;
    if (this.#socket === undefined) {
      if (!isDrop(endCode)) this.#end(endCode, reason); // else it is lost already, and its owner was told
      return;
    }
    if (code === MAY_TRY_RECONNECT) return this.#lose(code, reason);
    this.#post({ type: FrameType.Closing, flags: 0, body: writeClosing({ code: code ?? 1000, text: reason }) });
    this.#flush();
    this.#closing = { code: endCode, text: reason };
    this.#timers.clearTimeout(this.#closeTimer);
    this.#closeTimer = this.#timers.setTimeout(() => this.#lose(endCode, reason), CLOSE_TIMEOUT_MS);
    this.#socket.close(code, reason);
  }

  /** Looks whether the connection is still there: when a page comes back into view, say. */
  checkNow(): void {
    if (this.#liveness === undefined) return;
    const verdict = this.#liveness.check(this.#timers.now());
    if (verdict === 'lost') this.#lose(MAY_TRY_RECONNECT, 'silence', true);
    else if (verdict === 'ask') this.#ping();
  }

  #isLive(): boolean {
    return this.#session.state === 'live';
  }

  #open(url: string): void {
    const socket = this.#options.open(url, [SUBPROTOCOL], this.#headers);
    this.#socket = socket;
    this.#closing = undefined;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event) => this.#received(event.data);
    socket.onclose = (event) => this.#lose(event.code, event.reason);
    socket.onerror = () => {}; // a close follows and says more
    const timeoutMs = this.#joined ? attemptTimeoutMs(this.stats.rttMs) : FIRST_ATTEMPT_MS;
    this.#attemptTimer = this.#timers.setTimeout(
      () => this.#lose(MAY_TRY_RECONNECT, 'the attempt took too long', true),
      timeoutMs,
    );
  }

  #opened(socket: Socket): void {
    if (socket.protocol !== SUBPROTOCOL) {
      return this.#end(CloseReason.ProtocolError, `the server does not speak ${SUBPROTOCOL}`);
    }
    if (this.#joined) {
      const resume = this.#session.beginResume()!;
      this.#write(resume);
    } else {
      this.events.onopen?.();
    }
  }

  #received(data: unknown): void {
    let messages: readonly WireMessage[];
    const wasLive = this.#isLive();
    try {
      if (!(data instanceof ArrayBuffer)) throw new WireError('text-message', 0, 'messages are binary');
      this.stats.framesIn++;
      this.stats.bytesIn += data.byteLength;
      messages = this.#session.receive(new Uint8Array(data));
    } catch (error) {
      return this.#fail(error);
    }
    this.#liveness?.heard(this.#timers.now());
    if (!wasLive && this.#isLive()) this.#flush(); // what was in flight goes again, before all else
    this.stats.messagesIn += messages.length;
    if (this.#session.ackOwed) this.#ackTimer ??= this.#timers.setTimeout(() => this.#flush(), ACK_DELAY_MS);
    this.#deliver(messages); // last: a listener may throw, or end all this
  }

  /** A listener of the game that throws does not cost the others their messages: its error comes out at the end. */
  #deliver(messages: readonly WireMessage[]): void {
    let thrown: { error: unknown } | undefined;
    for (const message of messages) {
      if (this.#over) break;
      try {
        this.#take(message);
      } catch (error) {
        if (error instanceof WireError) return this.#fail(error);
        thrown ??= { error };
      }
    }
    if (thrown !== undefined) throw thrown.error;
  }

  #take(message: WireMessage): void {
    switch (message.type) {
      case FrameType.Ping:
        readTime(message.body);
        this.#post({ type: FrameType.Pong, flags: 0, body: message.body });
        return this.#flush();
      case FrameType.Pong:
        return this.stats.sampleRtt(Math.max(0, this.#timers.now() - readTime(message.body)));
      case FrameType.Closing:
        this.#closing = readClosing(message.body);
        return;
      default: {
        const data = fromWire(message);
        if (messageCode(data) === MessageCode.JoinRoom) this.#joinAnswered(data);
        // The SDK makes a Uint8Array of it: of a buffer without a copy, of a view with one.
        this.events.onmessage?.({ data: data.length === data.buffer.byteLength ? (data.buffer as ArrayBuffer) : data });
      }
    }
  }

  #joinAnswered(joinRoom: Uint8Array): void {
    this.#timers.clearTimeout(this.#attemptTimer);
    const rejoined = this.#joined;
    this.#joined = true;
    this.#liveness = new Liveness(readJoinSection(joinRoom) === undefined ? QUIET : TICKING, this.#timers.now());
    this.#watch();
    this.#ping();
    if (rejoined) this.stats.reconnects++;
  }

  /** Looks for silence, and measures the round trip, for as long as the connection lasts. */
  #watch(): void {
    this.#timers.clearTimeout(this.#livenessTimer);
    const liveness = this.#liveness!;
    this.#livenessTimer = this.#timers.setTimeout(() => {
      this.checkNow();
      if (this.#liveness !== liveness) return;
      if (liveness.rules === TICKING && this.#timers.now() - this.#pingedAtMs >= PING_EVERY_MS) this.#ping();
      this.#watch();
    }, liveness.rules.checkEveryMs);
  }

  #ping(): void {
    this.#pingedAtMs = this.#timers.now();
    this.#post({ type: FrameType.Ping, flags: 0, body: writeTime(this.#pingedAtMs) });
  }

  #post(message: WireMessage): void {
    try {
      this.#session.post(message);
    } catch (error) {
      return this.#fail(error);
    }
    this.stats.messagesOut++;
    if (this.#flushQueued) return;
    this.#flushQueued = true;
    queueMicrotask(() => {
      this.#flushQueued = false;
      this.#flush();
    });
  }

  #flush(): void {
    this.#timers.clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    if (this.#socket?.readyState !== SOCKET_OPEN) return;
    for (const frame of this.#session.takeFrames()) this.#write(frame);
  }

  #write(frame: Uint8Array): void {
    this.stats.framesOut++;
    this.stats.bytesOut += frame.length;
    this.#socket!.send(frame);
  }

  /** The peer broke the protocol, or too much is unacknowledged: the session is over, and the peer is told why. */
  #fail(error: unknown): void {
    const code = error instanceof SessionOverflowError ? CloseReason.SessionOverflow : CloseReason.ProtocolError;
    if (!(error instanceof WireError) && !(error instanceof SessionOverflowError)) throw error;
    if (this.#isLive()) {
      this.#session.post({ type: FrameType.Closing, flags: 0, body: writeClosing({ code, text: error.message }) });
      this.#flush();
    }
    this.#socket?.close(code); // with the code, so that the server keeps no seat
    this.#end(code, error.message);
  }

  /**
   * The connection ended, by whichever way. Whether the session did too is in the code: in the one of CLOSING, where
   * one was said and the connection died before its close frame came.
   */
  #lose(code: number, reason: string, waited = false): void {
    if (this.#over) return;
    const said = this.#closing;
    const endCode = said !== undefined && isDrop(code) ? said.code : code;
    this.#release();
    this.#session.suspend();
    if (this.#joined && isDrop(endCode)) this.#options.onDrop(endCode, reason, waited);
    else this.#end(endCode, (endCode === code && reason) || said?.text || '');
  }

  #end(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#release();
    this.events.onclose?.({ code, reason });
  }

  /** Lets go of the socket and of every timer. */
  #release(): void {
    for (const timer of [this.#attemptTimer, this.#livenessTimer, this.#ackTimer, this.#closeTimer]) {
      this.#timers.clearTimeout(timer);
    }
    this.#ackTimer = undefined;
    this.#liveness = undefined;
    if (this.#socket !== undefined) abandonSocket(this.#socket);
    this.#socket = undefined;
  }
}
