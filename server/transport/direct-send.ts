import type { WebSocket } from 'ws';
import { HandleWriter, MOST_HANDLE_BYTES } from './handle-write.ts';
import { BINARY_MESSAGE, LENGTH_16, MOST_16, MOST_SHORT } from './websocket-frame.ts';

/** The TCP connection below a WebSocket. */
export interface ByteSink {
  write(bytes: Uint8Array): unknown;
}

/**
 * Sends binary messages of one WebSocket in one piece each, header and all. `ws` hands its header and the data to the
 * socket as two, which Node then gathers for the kernel: a sixth more of what a small message costs.
 *
 * It may be mixed with `ws.send`, `ping` and `close`, which write at once as well while no extension is at work; with one,
 * or for what is larger than 64 KiB, it is `ws.send`.
 */
export class DirectSender {
  readonly #ws: WebSocket;
  readonly #sink: ByteSink | undefined;
  readonly #writer: HandleWriter | undefined;

  /** @param sink the connection that `ws` was made on; without it everything goes through `ws` */
  constructor(ws: WebSocket, sink: ByteSink | undefined) {
    this.#ws = ws;
    this.#sink = ws.extensions === '' ? sink : undefined;
    this.#writer = HandleWriter.of(this.#sink);
  }

  /** Whether messages of up to 64 KiB go out in one piece now. */
  get isDirect(): boolean {
    return this.#sink !== undefined && this.#ws.readyState === this.#ws.OPEN;
  }

  /** Hot: once a tick and client. `data` is copied. */
  send(data: Uint8Array): void {
    if (!this.isDirect || data.length > MOST_16) {
      this.#ws.send(data, { binary: true });
      return;
    }
    const message = this.begin(data.length);
    message.set(data, message.length - data.length);
    this.finish(message);
  }

  /**
   * Hot: once a tick and client. A message whose last `length` bytes, 65,535 at most, are still to be written, and which
   * {@link finish} sends then; while {@link isDirect}.
   */
  begin(length: number): Buffer {
    const isShort = length <= MOST_SHORT;
    const bytes = (isShort ? 2 : 4) + length;
    const message =
      this.#writer !== undefined && bytes <= MOST_HANDLE_BYTES ? this.#writer.memory(bytes) : Buffer.allocUnsafe(bytes);
    message[0] = BINARY_MESSAGE;
    message[1] = isShort ? length : LENGTH_16;
    if (!isShort) {
      message[2] = length >>> 8;
      message[3] = length;
    }
    return message;
  }

  finish(message: Buffer): void {
    if (message.length <= MOST_HANDLE_BYTES && this.#writer?.write(message)) return;
    this.#sink!.write(message);
  }
}
