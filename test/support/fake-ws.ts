import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../shared/wire/frame.ts';

/** The server's end of a WebSocket, as `ws` gives it, without a network: a test is the peer. */
export class FakeWs extends EventEmitter {
  readonly OPEN = 1;
  /** Empty, as of a plain connection, it lets the server write past this to the socket below. */
  extensions = 'fake';
  readyState = 1;
  bufferedAmount = 0;
  readonly protocol: string;
  /** What was sent since the last {@link take}, each one WebSocket message. */
  sent: Uint8Array[] = [];
  /** Close frames sent by the server. */
  readonly closes: { code: number | undefined; reason: string }[] = [];
  pings = 0;
  terminated = false;

  constructor(protocol: string = SUBPROTOCOL) {
    super();
    this.protocol = protocol;
  }

  get ws(): WebSocket {
    return this as unknown as WebSocket;
  }

  take(): Uint8Array[] {
    const { sent } = this;
    this.sent = [];
    return sent;
  }

  send(data: Uint8Array, _options?: unknown, callback?: (error?: Error) => void): void {
    if (this.readyState === 1) this.sent.push(Uint8Array.from(data));
    callback?.();
  }

  ping(): void {
    this.pings++;
  }

  close(code?: number, reason = ''): void {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    this.closes.push({ code, reason });
  }

  terminate(): void {
    this.terminated = true;
    if (this.readyState < 3) this.readyState = 2;
  }

  /** A message of the peer comes in. */
  receive(data: Uint8Array, isBinary = true): void {
    this.emit('message', Buffer.from(data), isBinary);
  }

  /** The peer's close frame is here, the end of the TCP connection is not. */
  beginPeerClose(): void {
    this.readyState = 2;
  }

  /** The connection has ended. */
  end(code = 1006, reason = ''): void {
    this.readyState = 3;
    this.emit('close', code, Buffer.from(reason));
  }
}
