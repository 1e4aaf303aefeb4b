import { MessageCode, messageCode } from '../../shared/wire/colyseus-message.ts';
import { nodeTally, PLAIN } from '../metrics/tally.ts';
import type { RoomSession } from '../session/room-sessions.ts';
import { MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import { WireError } from '../../shared/wire/wire-error.ts';
import { checkClientMessage } from './client-message.ts';
import { RoomSocket } from './room-socket.ts';

const BINARY = { binary: true };

/** The connection of a client that did not ask for frames: Colyseus's messages as they are, and the same limits. */
export class PlainSocket extends RoomSocket {
  readonly framed = false;
  #session: RoomSession | undefined;

  override send(data: Uint8Array, _options?: unknown, callback?: (error?: Error) => void): void {
    if (!this.open) return;
    const code = messageCode(data);
    if (code === MessageCode.JoinRoom) this.awaitJoin();
    const isState = code === MessageCode.RoomState || code === MessageCode.RoomStatePatch;
    if (isState && !this.passes(code === MessageCode.RoomState)) {
      callback?.();
      return;
    }
    nodeTally.sent.frame(PLAIN, data.length);
    nodeTally.sent.messages[PLAIN]!++;
    // State may be a view of the encoder's own buffer, which is written again while this waits in the socket's.
    this.ws.send(isState ? new Uint8Array(data) : data, BINARY, callback);
    this.wrote();
  }

  /**
   * The room took the client in.
   * @param onKeyframeRequest sends the client the whole state. Called when it has drained what it was slow to take
   */
  attach(session: RoomSession, onKeyframeRequest: () => void): void {
    this.#session = session;
    this.limiter = session.limiter;
    this.onKeyframeRequest(onKeyframeRequest);
  }

  protected override accept(data: Buffer): void {
    if (data.length > MAX_FRAME_BYTES) throw new WireError('too-large', MAX_FRAME_BYTES, `${data.length} bytes`);
    checkClientMessage(data);
    nodeTally.received.frame(PLAIN, data.length);
    nodeTally.received.messages[PLAIN]!++;
    const isJoin = messageCode(data) === MessageCode.JoinRoom;
    if (isJoin) this.joined();
    this.emit('message', Buffer.from(data)); // a handler may keep it
    if (isJoin) this.#session?.client.letIn();
  }

  protected override ask(): void {
    this.ws.ping();
  }

  protected override sayClosing(): void {
    // The close frame says it.
  }

  protected override ended(): void {
    // The session of a plain client is its seat; Colyseus keeps that.
  }
}
