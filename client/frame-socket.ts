import { type Moved, readMoved } from '../shared/wire/control.ts';
import { FRAME_HEADER_BYTES, frameType, readFrameHeader, SUBPROTOCOL } from '../shared/wire/frame.ts';
import { FrameType } from '../shared/wire/frame-type.ts';
import { hideReconnectionToken } from '../shared/wire/token-protocol.ts';
import { WireError } from '../shared/wire/wire-error.ts';
import type { NetStats } from './net-stats.ts';
import { abandonSocket, type OpenSocket, type Socket, SOCKET_OPEN } from './socket.ts';

interface FrameSocketOptions {
  open: OpenSocket;
  stats: NetStats;
  /** @param isFramed whether the server speaks our subprotocol */
  opened(isFramed: boolean): void;
  received(data: unknown): void;
  closed(code: number, reason: string): void;
}

/** The WebSocket of now, one of as many as a session takes: it is let go whole before the next one is opened. */
export class FrameSocket {
  readonly #options: FrameSocketOptions;
  #socket: Socket | undefined;
  /** A frame came on it. */
  #heard = false;

  constructor(options: FrameSocketOptions) {
    this.#options = options;
  }

  get current(): Socket | undefined {
    return this.#socket;
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === SOCKET_OPEN;
  }

  open(url: string, headers: Record<string, string>): void {
    const { open, opened, received, closed } = this.#options;
    const shown = hideReconnectionToken(url);
    const socket = open(shown.url, [SUBPROTOCOL, ...shown.protocols], headers);
    this.#socket = socket;
    this.#heard = false;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => opened(socket.protocol === SUBPROTOCOL);
    socket.onmessage = ({ data }) => received(data);
    socket.onclose = ({ code, reason }) => closed(code, reason);
    socket.onerror = () => {}; // a close follows and says more
  }

  /**
   * Hot: once a WebSocket message. The frame in it; or MOVED, where that is all that the server says.
   * @throws {WireError} it is none; final
   */
  read(data: unknown): Uint8Array | Moved {
    if (!(data instanceof ArrayBuffer)) throw new WireError('text-message', 0, 'messages are binary');
    const { stats } = this.#options;
    stats.framesIn++;
    stats.bytesIn += data.byteLength;
    const frame = new Uint8Array(data);
    const moved = this.#heard ? undefined : readMovedAlone(frame);
    this.#heard = true;
    return moved ?? frame;
  }

  close(code?: number, reason?: string): void {
    this.#socket?.close(code, reason);
  }

  /** Nothing is heard of it any more. */
  release(): void {
    if (this.#socket !== undefined) abandonSocket(this.#socket);
    this.#socket = undefined;
  }
}

/**
 * The MOVED that is all that a node says which does not have the room: no session's frame, since it knows none.
 * @returns undefined where the frame is another one
 * @throws {WireError} it is a MOVED that breaks the rules
 */
function readMovedAlone(frame: Uint8Array): Moved | undefined {
  if (frameType(frame) !== FrameType.Moved) return undefined;
  const { sequence } = readFrameHeader(frame, 'client');
  if (sequence !== 0) throw new WireError('sequence-jump', 1, `sequence ${sequence} where 0 is next`);
  return readMoved(frame.subarray(FRAME_HEADER_BYTES));
}
