import type { OpenSocket, Socket } from '../../client/socket.ts';
import { SUBPROTOCOL } from '../../shared/wire/frame.ts';
import { readReconnectionToken } from '../../shared/wire/token-protocol.ts';

/** A client's WebSocket without a network: a test is the server. */
export class FakeSocket implements Socket {
  binaryType = 'blob';
  protocol = '';
  readyState = 0;
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  onerror: Socket['onerror'] = null;
  readonly url: string;
  /** The token that the upgrade came with. */
  readonly token: string | undefined;
  /** What was sent since the last {@link take}, each one WebSocket message. */
  sent: Uint8Array[] = [];
  /** Calls of `close`. */
  readonly closes: { code: number | undefined; reason: string | undefined }[] = [];

  constructor(url = '', protocols: readonly string[] = []) {
    this.url = url;
    this.token = readReconnectionToken(protocols.join());
  }

  /** Whether anybody still listens. */
  get abandoned(): boolean {
    return this.onopen === null && this.onmessage === null && this.onclose === null;
  }

  take(): Uint8Array[] {
    const { sent } = this;
    this.sent = [];
    return sent;
  }

  send(data: Uint8Array): void {
    if (this.readyState === 0) throw new Error('InvalidStateError: still connecting');
    if (this.readyState === 1) this.sent.push(data.slice());
  }

  close(code?: number, reason?: string): void {
    this.closes.push({ code, reason });
    if (this.readyState < 2) this.readyState = 2;
  }

  /** The upgrade is answered. */
  open(protocol = SUBPROTOCOL): void {
    this.protocol = protocol;
    this.readyState = 1;
    this.onopen?.();
  }

  receive(data: Uint8Array | string): void {
    this.onmessage?.({ data: typeof data === 'string' ? data : data.slice().buffer });
  }

  /** The connection has ended. */
  end(code = 1006, reason = ''): void {
    this.readyState = 3;
    this.onerror?.();
    this.onclose?.({ code, reason });
  }
}

/** Sockets that a client opens, newest last. */
export function fakeSockets(): { sockets: FakeSocket[]; open: OpenSocket } {
  const sockets: FakeSocket[] = [];
  const open: OpenSocket = (url, protocols) => {
    const socket = new FakeSocket(url, protocols);
    sockets.push(socket);
    return socket;
  };
  return { sockets, open };
}
