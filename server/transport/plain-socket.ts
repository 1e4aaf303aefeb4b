import { MessageCode, messageCode } from '../../shared/wire/colyseus-message.ts';
import type { RoomSession } from '../session/room-sessions.ts';
import { MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import { WireError } from '../../shared/wire/wire-error.ts';
import { GuardedSocket } from './guarded-socket.ts';
import { checkClientMessage } from './client-message.ts';

const BINARY = { binary: true };

/** The connection of a client that did not ask for frames: Colyseus's messages as they are, and the same limits. */
export class PlainSocket extends GuardedSocket {
  override send(data: Uint8Array, _options?: unknown, callback?: (error?: Error) => void): void {
    if (!this.open) return;
    if (messageCode(data) === MessageCode.JoinRoom) this.awaitJoin();
    this.ws.send(data, BINARY, callback);
    if (this.ws.bufferedAmount > this.limits.maxBufferedBytes) this.terminate();
  }

  /** The room took the client in. */
  attach(session: RoomSession): void {
    this.limiter = session.limiter;
  }

  protected override accept(data: Buffer): void {
    if (data.length > MAX_FRAME_BYTES) throw new WireError('too-large', MAX_FRAME_BYTES, `${data.length} bytes`);
    checkClientMessage(data);
    if (messageCode(data) === MessageCode.JoinRoom) this.joined();
    this.emit('message', data);
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
