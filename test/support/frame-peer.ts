import { FrameSession } from '../../shared/session/frame-session.ts';
import type { WireMessage } from '../../shared/wire/batch.ts';
import { Compressor } from '../../shared/wire/compression.ts';
import { FrameType } from '../../shared/wire/frame-type.ts';
import { withJoinSection } from '../../shared/wire/join-section.ts';
import { concat } from './bytes.ts';
import { nodeDeflate } from './deflate.ts';
import type { FakeSocket } from './fake-socket.ts';
import { kept } from './session-pair.ts';

/** JOIN_ROOM as Colyseus writes it: the token, the serializer `none`, no state; and how often the room ticks. */
export function joinRoom(token: string, tickMs: number | null = 1_000 / 60, epoch = 0): Uint8Array {
  const text = (value: string) => Uint8Array.of(value.length, ...Buffer.from(value));
  const message = concat(Uint8Array.of(10), text(token), text('none'), Uint8Array.of(0));
  return tickMs === null ? message : withJoinSection(message, { tickMs, liveBodies: false, epoch });
}

/** A server's end of a framed session, driven by a test: it says what it is told to and collects what comes. */
export class FramePeer {
  readonly session = new FrameSession('server', new Compressor(nodeDeflate));
  #socket: FakeSocket | undefined;
  /** Messages received, ACK and RESUME aside. */
  received: WireMessage[] = [];

  /** Answers the upgrade. */
  accept(socket: FakeSocket): void {
    this.#socket = socket;
    socket.open();
  }

  /** Takes what the client sent; how many WebSocket messages it was. */
  read(): number {
    const frames = this.#socket!.take();
    for (const frame of frames) this.received.push(...this.session.receive(frame));
    return frames.length;
  }

  /** The messages received since the last time. */
  take(): WireMessage[] {
    this.read();
    const { received } = this;
    this.received = [];
    return received;
  }

  /** All that is posted, in as few frames as it takes. */
  flush(): void {
    for (const frame of this.session.takeFrames()) this.#socket!.receive(frame);
  }

  say(...messages: WireMessage[]): void {
    for (const message of messages) this.session.post(message);
    this.flush();
  }

  /** Messages that must be acknowledged, their bodies in hex. */
  sayKept(...bodies: string[]): void {
    this.say(...bodies.map(kept));
  }

  join(token: string, tickMs?: number): void {
    this.say({ type: FrameType.Colyseus, flags: 0, body: joinRoom(token, tickMs) });
  }

  /** As the room's owner of this epoch, with what it says right behind. */
  joinIn(epoch: number, token: string, ...behind: WireMessage[]): void {
    this.say({ type: FrameType.Colyseus, flags: 0, body: joinRoom(token, undefined, epoch) }, ...behind);
  }

  /** In a room that does not tick. */
  joinQuietly(token: string): void {
    this.say({ type: FrameType.Colyseus, flags: 0, body: joinRoom(token, null) });
  }

  /** The connection is gone, on both sides. */
  drop(code = 1006, reason = ''): void {
    this.session.suspend();
    this.#socket!.end(code, reason);
  }

  /** Lets the session come back over a new connection. */
  resume(socket: FakeSocket, token: string): void {
    this.takeBack(socket);
    this.join(token);
  }

  /** The same, without the answer to the join. */
  takeBack(socket: FakeSocket): void {
    this.session.suspend();
    this.session.beginResume();
    this.accept(socket);
    this.read();
  }
}
