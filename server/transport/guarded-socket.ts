import { EventEmitter } from 'node:events';
import { CloseCode, debugAndPrintError } from '@colyseus/core';
import { WebSocket } from 'ws';
import { SessionOverflowError } from '../../shared/session/send-window.ts';
import { CloseReason } from '../../shared/wire/close-reason.ts';
import { WireError } from '../../shared/wire/wire-error.ts';
import { nodeTally } from '../metrics/tally.ts';
import { RateLimiter } from '../session/rate-limiter.ts';
import { receiveDirectly } from './direct-receive.ts';
import type { ConnectionLimits } from './transport-options.ts';

/** What a WebSocket may carry as a reason. */
const MAX_REASON_BYTES = 123;

/**
 * A WebSocket as Colyseus sees it (`client.ref`), with everything that a hostile peer runs into: rate limits, time to
 * join, heartbeat, errors that end this connection and no other. FramedSocket and PlainSocket say what a message is.
 *
 * Emits `message` (one Colyseus message) and, once, `close` (code, reason).
 */
export abstract class GuardedSocket extends EventEmitter {
  /** Colyseus hangs its listener here. */
  onleave: unknown;

  protected readonly ws: WebSocket;
  protected readonly limits: ConnectionLimits;
  protected limiter: RateLimiter;

  readonly #now: () => number;
  /** Since when the peer owes the acknowledgement of its join; undefined while the room has not let it in. */
  #joinOwedSinceMs: number | undefined;
  #lastReceivedMs = 0;
  #askedAtMs: number | undefined;
  #joined = false;
  #closing: { code: number; reason: string; sinceMs: number } | undefined;
  #closed = false;
  /** Set while the end of the connection is held back: false, or what it was. */
  #heldEnd: { code: number; reason: string } | false | undefined;

  constructor(ws: WebSocket, limits: ConnectionLimits, now: () => number) {
    super();
    this.ws = ws;
    this.limits = limits;
    this.#now = now;
    this.#lastReceivedMs = now();
    this.limiter = new RateLimiter(limits.rate, now());
    receiveDirectly(ws, (data) => this.#receive(data, true));
    ws.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    ws.on('ping', (data: Buffer) => this.#countControl(data));
    ws.on('pong', (data: Buffer) => this.#countControl(data));
    // 'close' follows, and says the rest. What `ws` itself could not read has been closed for already, with its code.
    ws.on('error', (error: Error & { code?: string }) => {
      if (error.code?.startsWith('WS_ERR_')) this.#closing ??= this.#closingFor(error.message);
    });
    ws.on('close', (code: number, reason: Buffer) => this.#end(code, reason.toString()));
  }

  /** Colyseus's way out: one message to the peer. */
  abstract send(data: Uint8Array, options?: unknown, callback?: (error?: Error) => void): void;
  /** Takes one WebSocket message apart. May throw a WireError. `data` is good until it returns: what is kept is copied. */
  protected abstract accept(data: Buffer): void;
  /** Asks the peer for a sign of life. */
  protected abstract ask(): void;
  /** Says why the connection will now be closed. */
  protected abstract sayClosing(code: number, reason: string): void;
  /** The connection is over, and this is what Colyseus will be told. */
  protected abstract ended(code: number): void;

  get readyState(): number {
    if (this.#heldEnd !== undefined && this.#closing === undefined) return WebSocket.OPEN;
    if (this.#closed) return WebSocket.CLOSED;
    return this.#closing === undefined ? this.ws.readyState : WebSocket.CLOSING;
  }

  get bufferedAmount(): number {
    return this.ws.bufferedAmount;
  }

  /** Whether the socket still takes and gives messages. */
  get open(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  /**
   * Closed, or being closed from here. While the peer closes, the connection is not `open` and not over either: what
   * is sent then is still for the session.
   */
  protected get over(): boolean {
    return this.#closed || this.#closing !== undefined;
  }

  /** Tells the peer why and closes. Codes that WebSocket does not let one send become 4000 and 4002. */
  close(code?: number, reason = ''): void {
    if (this.over) return;
    const sent = code === undefined ? CloseCode.CONSENTED : isSendable(code) ? code : CloseCode.WITH_ERROR;
    const text = cutText(reason, MAX_REASON_BYTES);
    if (this.open) this.sayClosing(sent, text);
    this.#closing = { code: sent, reason: text, sinceMs: this.#now() };
    this.ws.close(sent, text);
  }

  /** The connection is over at once, as if the network had ended it: the session may come back. */
  terminate(): void {
    this.ws.terminate();
    this.#end(CloseCode.MAY_TRY_RECONNECT, '');
  }

  /**
   * Until {@link releaseEnd}, whoever asks finds the connection open. Colyseus gives up the seat of a client whose
   * connection ends while it is taken back in; once it is in, the same end is a drop, and the seat is kept.
   */
  holdEnd(): void {
    this.#heldEnd = false;
  }

  /** Whether the connection has ended, and that is held back. */
  get endHeld(): boolean {
    return Boolean(this.#heldEnd);
  }

  releaseEnd(): void {
    const held = this.#heldEnd;
    this.#heldEnd = undefined;
    if (held) this.#end(held.code, held.reason);
  }

  /** What is due by now: heartbeat, time to join, a close that the peer does not answer. Called a few times a second. */
  check(nowMs: number): void {
    if (this.#closed) return;
    if (this.#closing !== undefined) {
      if (nowMs - this.#closing.sinceMs >= this.limits.closeTimeoutMs) this.terminate();
    } else if (!this.#joined) {
      if (nowMs - (this.#joinOwedSinceMs ?? nowMs) >= this.limits.handshakeTimeoutMs) this.joinTimedOut();
    } else if (this.#askedAtMs !== undefined) {
      if (nowMs - this.#askedAtMs >= this.limits.heartbeatAnswerMs) this.terminate();
    } else if (nowMs - this.#lastReceivedMs >= this.limits.heartbeatSilenceMs) {
      this.#askedAtMs = nowMs;
      this.ask();
    }
  }

  /** The room's answer to the join goes out: from now on the peer owes an acknowledgement. */
  protected awaitJoin(): void {
    this.#joinOwedSinceMs = this.#now();
  }

  /** The join is acknowledged: the time for it ends, the heartbeat begins. */
  protected joined(): void {
    this.#joined = true;
  }

  protected joinTimedOut(): void {
    this.close(CloseReason.HandshakeTimeout, 'the join took too long');
  }

  protected now(): number {
    return this.#now();
  }

  /** Closes the connection for what the peer did, if the error is of that kind; otherwise it is ours, and is logged. */
  protected fail(error: unknown): void {
    if (error instanceof WireError) {
      nodeTally.wireError(error.code);
      this.close(CloseReason.ProtocolError, error.message);
    } else if (error instanceof SessionOverflowError) this.close(CloseReason.SessionOverflow, error.message);
    else {
      debugAndPrintError(error as Error);
      this.close(CloseCode.WITH_ERROR, 'internal error');
    }
  }

  /** @returns false when the session is over its limits; the connection is then being closed */
  protected allow(messages: number, bytes: number, nowMs: number = this.#now()): boolean {
    if (this.limiter.take(messages, bytes, nowMs)) return true;
    this.close(CloseReason.RateLimited, 'too many messages or bytes a second');
    return false;
  }

  #closingFor(text: string): { code: number; reason: string; sinceMs: number } {
    return { code: CloseReason.ProtocolError, reason: text, sinceMs: this.#now() };
  }

  /** Hot: once a message of a client. */
  #receive(data: Buffer, isBinary: boolean): void {
    if (!this.open) return;
    if (!this.allow(1, data.length, this.#heard())) return;
    try {
      if (!isBinary) throw new WireError('text-message', 0, 'messages are binary');
      this.accept(data);
    } catch (error) {
      this.fail(error);
    }
  }

  #countControl(data: Buffer): void {
    if (!this.open) return;
    this.allow(1, data.length, this.#heard());
  }

  /** @returns when that was: now */
  #heard(): number {
    const nowMs = this.#now();
    this.#lastReceivedMs = nowMs;
    this.#askedAtMs = undefined;
    return nowMs;
  }

  /** What we closed for stands, whatever the peer answers, or if it answers nothing. */
  #end(peerCode: number, peerReason: string): void {
    if (this.#closed) return;
    if (this.#heldEnd !== undefined) {
      this.#heldEnd ||= { code: peerCode, reason: peerReason };
      return;
    }
    this.#closed = true;
    const { code, reason } = this.#closing ?? { code: peerCode, reason: peerReason };
    nodeTally.closed(code);
    this.ended(code);
    this.emit('close', code, reason);
  }
}

/** RFC 6455, 7.4: what an endpoint may put into a close frame. */
function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);
}

/** Cut between two characters: `ws` throws at a reason that is too long. */
function cutText(text: string, maxBytes: number): string {
  const bytes = new Uint8Array(maxBytes);
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return text.slice(0, read);
}
