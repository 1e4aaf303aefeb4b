import type { WebSocket } from 'ws';
import { FrameSession } from '../../shared/session/frame-session.ts';
import type { WireMessage } from '../../shared/wire/batch.ts';
import { ClockWriter } from '../../shared/wire/clock-prefix.ts';
import { isCloseReason, isDrop, MAY_TRY_RECONNECT } from '../../shared/wire/close-reason.ts';
import {
  fromWire,
  MessageCode,
  messageCode,
  messageCodeAt,
  mustBeAcknowledged,
  toWire,
} from '../../shared/wire/colyseus-message.ts';
import {
  type Moved,
  readClosing,
  readNothing,
  readTime,
  writeClosing,
  writeMoved,
  writeTime,
} from '../../shared/wire/control.ts';
import { FRAME_HEADER_BYTES, frameType, writeFrame } from '../../shared/wire/frame.ts';
import { FrameFlag, FrameType } from '../../shared/wire/frame-type.ts';
import { withJoinSection } from '../../shared/wire/join-section.ts';
import { WireError } from '../../shared/wire/wire-error.ts';
import { nodeTally } from '../metrics/tally.ts';
import type { InputTaker } from '../room/colyseus-internals.ts';
import type { RoomSession } from '../session/room-sessions.ts';
import type { SessionSocket } from '../session/session-socket.ts';
import { checkClientMessage } from './client-message.ts';
import { DirectSender } from './direct-send.ts';
import type { FramedSocketOptions } from './framed-socket-options.ts';
import { RoomSocket } from './room-socket.ts';
import { TimedPatch } from './timed-patch.ts';

/** What a request for the whole state counts against the session's messages, be it a KEYFRAME or a RESUME. */
const KEYFRAME_COST_MESSAGES = 20;

/**
 * The connection of a client that speaks frames. What Colyseus sends in one tick is collected and leaves as one
 * WebSocket message when the room calls {@link flush}; the join, its state and PONG do not wait. PROTOCOL.md F, S.
 */
export class FramedSocket extends RoomSocket implements SessionSocket {
  readonly framed = true;
  readonly #options: FramedSocketOptions;
  readonly #clock: ClockWriter;
  readonly #patch: TimedPatch;
  readonly #sender: DirectSender;
  /** Before the room has taken a returning client in, undefined: its session is the room's. */
  #frames: FrameSession | undefined;
  #session: RoomSession | undefined;
  #inputs: InputTaker | undefined;
  /** What came from either side before that. */
  #beforeAttach: { sent: Uint8Array[]; received: Buffer[] } = { sent: [], received: [] };

  /** Said with the join: the client counts its inputs on behind this one; undefined: from 1. */
  lastInput: number | undefined;

  #lastSentMs = 0;
  #flushScheduled = false;
  #abandoned = false;

  constructor(ws: WebSocket, options: FramedSocketOptions) {
    super(ws, options.limits, options.now);
    this.#options = options;
    this.#clock = new ClockWriter(options.tickMs);
    this.#patch = new TimedPatch(this.#clock);
    this.#sender = new DirectSender(ws, options.sink);
    this.#lastSentMs = options.now();
    if (!options.resuming) {
      this.#frames = new FrameSession('server', options.compressor, options.limits.session);
    }
  }

  /** The session that a first join began. Undefined on a connection that resumes one. */
  get frames(): FrameSession | undefined {
    return this.#frames;
  }

  /**
   * The room took the client in: from here the connection belongs to `session`.
   * @param onKeyframeRequest sends the client the whole state. Called when its RESUME has come, when it asks, and when
   *   it has drained what it was slow to take
   * @param inputs takes reliable inputs, in the place of `message`
   */
  attach(session: RoomSession, onKeyframeRequest: () => void, inputs?: InputTaker): void {
    this.#session = session;
    this.#inputs = inputs;
    this.limiter = session.limiter;
    this.onKeyframeRequest(onKeyframeRequest);
    if (!this.#options.resuming || !this.open) return;
    this.#frames = session.frames!;
    this.#frames.beginResume();
    this.awaitJoin(); // what is owed here is the RESUME
    const { sent, received } = this.#beforeAttach;
    this.#beforeAttach = { sent: [], received: [] };
    for (const data of sent) this.send(data);
    for (const data of received) this.#acceptGuarded(data);
  }

  /**
   * The room is not here, or not any more: the client is told where, and its connection ends. What the session had for it
   * stays unsent: it is the other node's by now. PROTOCOL.md K4, K7.
   */
  sendOn(moved: Moved): void {
    if (!this.open) return;
    const message = { type: FrameType.Moved, flags: 0, body: writeMoved(moved) };
    this.#sendFrame(
      message,
      this.#frames?.state === 'live' && this.#session !== undefined
        ? this.#frames.aside(message)
        : writeFrame(message.type, 0, message.flags, message.body),
    );
    this.abandon('the room is on another server');
  }

  /** Closes the connection without a further frame: the session goes on elsewhere, with all that waits here. */
  abandon(reason: string): void {
    this.#abandoned = true;
    this.close(MAY_TRY_RECONNECT, reason);
  }

  /**
   * Hot: once a tick and client that {@link takesState}. The patch of a room with inputs, without the detour through a
   * Colyseus message that {@link send} would take apart again.
   * @param patch must not change any more
   * @param elapsedMs u32, of the room's clock
   * @param inputs u32, the number of the client's last input that was consumed
   * @returns false where it has to be sent as one after all: no timed STATE went before, or nobody calls {@link flush}
   */
  sendTimedPatch(patch: Uint8Array, elapsedMs: number, inputs: number): boolean {
    if (this.#frames === undefined || !this.#clock.begun || this.#options.tickMs === undefined) return false;
    if (!this.open || this.#frames.state !== 'live' || !this.gate.flowing) return true;
    this.#postPatch();
    this.#patch.hold(patch, elapsedMs, inputs);
    return true;
  }

  /** Something else is to follow the patch that waits, if one does. */
  #postPatch(): void {
    const message = this.#patch.take();
    if (message !== undefined) this.#post(message);
  }

  /** Hot: called by Colyseus for every message of every client. */
  override send(data: Uint8Array, _options?: unknown, callback?: (error?: Error) => void): void {
    if (this.over) return;
    if (this.#frames === undefined) {
      this.#beforeAttach.sent.push(data);
      return;
    }
    this.#postPatch();
    const code = messageCode(data);
    const { tickMs } = this.#options;
    if (code === MessageCode.JoinRoom) {
      this.awaitJoin();
      if (tickMs !== undefined)
        data = withJoinSection(data, {
          tickMs,
          liveBodies: this.#options.liveBodies?.() ?? false,
          epoch: this.#options.epoch?.() ?? 0,
          lastInput: this.lastInput,
        });
    }
    const message = this.#outgoing(toWire(data));
    if (message !== undefined) this.#post(message);
    if (message !== undefined && isUrgent(code)) this.#write();
    else if (tickMs === undefined) this.#scheduleFlush(); // also for what was held back: it looks whether all has left
    callback?.();
  }

  /** Hot: once a tick and client. Writes what was collected. */
  override flush(): void {
    // Where there is a patch the buffer has been looked at in this tick, and nothing is due.
    if (this.#patch.waits && this.open && this.#writePatch()) return;
    super.flush();
    this.#postPatch();
    if (this.open && this.#frames?.pending) this.#write();
  }

  /** A client of a ticking room takes silence for a lost link: where there was nothing to say for long, a PING. */
  override check(nowMs: number): void {
    super.check(nowMs);
    if (!this.open || this.#session === undefined || this.#options.tickMs === undefined) return;
    if (nowMs - this.#lastSentMs >= this.limits.keepaliveMs) this.ask();
  }

  /** Nobody wants to hear the client any more: not its inputs either, which go past the listeners of `message`. */
  override removeAllListeners(event?: string | symbol): this {
    if (event === undefined || event === 'message') this.#inputs = undefined;
    return event === undefined ? super.removeAllListeners() : super.removeAllListeners(event);
  }

  protected override accept(data: Buffer): void {
    this.#options.reads?.count();
    if (this.#frames === undefined) {
      // Only a RESUME can come before the room has answered, so there is one at most.
      if (this.#beforeAttach.received.length > 0) throw new WireError('sequence-jump', 0, 'a frame before the join');
      this.#beforeAttach.received.push(Buffer.from(data));
      return;
    }
    if (this.#inputs?.isOpen && isReliableInput(data) && this.#frames.receivePlain(data, FrameType.Input)) {
      nodeTally.received.frame(FrameType.Input, data.length);
      nodeTally.received.messages[FrameType.Input]!++;
      if (this.#session !== undefined) this.#session.given = 0;
      this.#inputs.take(data, FRAME_HEADER_BYTES);
      return;
    }
    const wasResuming = this.#frames.state === 'resuming';
    const messages = this.#frames.receive(Buffer.from(data)); // a handler may keep what is in it
    nodeTally.received.frame(frameType(data), data.length);
    // One message and its bytes on the wire are counted already; what it swelled to is the room's to read.
    let swollenBytes = -data.length;
    for (const { body } of messages) swollenBytes += body.length;
    if (messages.length > 1 || swollenBytes > 0) {
      if (!this.allow(Math.max(0, messages.length - 1), Math.max(0, swollenBytes))) return;
    }
    if (wasResuming && this.#frames.state === 'live') {
      if (!this.allow(KEYFRAME_COST_MESSAGES, 0)) return;
      this.joined(); // its acknowledgement is implied: the client knows the room
      this.keyframeReason = 'resume';
      this.requestKeyframe();
      this.#write();
    }
    if (this.#session !== undefined) this.#session.given = 0;
    for (const message of messages) this.#deliver(message);
    if (this.#frames.pending && this.#options.tickMs === undefined) this.#scheduleFlush();
  }

  protected override ask(): void {
    this.#say({ type: FrameType.Ping, flags: 0, body: writeTime(this.now()) });
  }

  protected override sayClosing(code: number, text: string): void {
    if (this.#abandoned) return;
    if (!isDrop(code)) this.#frames?.freeMessages(); // the session ends here: nobody else will say them
    this.#say({ type: FrameType.Closing, flags: 0, body: writeClosing({ code, text }) });
  }

  /** A connection that was to bring a session back and died on the way ends nothing: the client tries again. */
  protected override joinTimedOut(): void {
    if (this.#options.resuming) this.terminate();
    else super.joinTimedOut();
  }

  protected override ended(code: number): void {
    this.#patch.drop(); // state is for those who are there
    this.#frames?.suspend();
    if (this.#session !== undefined && isCloseReason(code)) this.#session.endReason ??= code;
  }

  #deliver(message: WireMessage): void {
    if (!this.open) return;
    nodeTally.received.messages[message.type]!++;
    switch (message.type) {
      case FrameType.Ping:
        readTime(message.body);
        this.#say({ type: FrameType.Pong, flags: 0, body: message.body });
        break;
      case FrameType.Pong:
        readTime(message.body);
        break;
      case FrameType.Closing:
        readClosing(message.body);
        break;
      case FrameType.Keyframe:
        readNothing(message.body);
        if (!this.allow(KEYFRAME_COST_MESSAGES, 0)) break;
        this.keyframeReason = 'requested';
        this.gate.interrupt(); // the flush behind the tick sees to it: however many ask, one answer a tick
        if (this.#options.tickMs === undefined) this.#scheduleFlush();
        break;
      default: {
        const data = fromWire(message);
        checkClientMessage(data);
        if (messageCode(data) === MessageCode.JoinRoom) {
          this.joined();
          this.#session?.confirmToken(); // it came with the join, which is here acknowledged
        }
        if (this.#session !== undefined && mustBeAcknowledged(messageCode(data))) this.#session.given++;
        this.emit('message', asBuffer(data));
      }
    }
  }

  /**
   * A message as it is posted, or undefined where it is state that does not go out now: the socket is behind, or the
   * client's RESUME has not come and nobody knows what it has.
   */
  #outgoing(message: WireMessage): WireMessage | undefined {
    const { type, flags, body } = message;
    if (type !== FrameType.State && type !== FrameType.Delta) return message;
    if (this.#frames!.state !== 'live') return undefined;
    const timed = (flags & FrameFlag.Timed) !== 0;
    if (type === FrameType.State) {
      if (!this.passes(true)) return undefined;
      if (timed) this.#clock.begin(body);
      return message; // it leaves at once
    }
    // A room can begin to time its state late; a DELTA cannot be the first that is.
    if (timed && !this.#clock.begun) this.gate.interrupt();
    if (!this.passes(false)) return undefined;
    // A copy also of what is not timed: that is a view of the encoder's own buffer, which the next patch overwrites.
    return { type, flags, body: timed ? this.#clock.compact(body) : new Uint8Array(body) };
  }

  #acceptGuarded(data: Buffer): void {
    try {
      this.accept(data);
    } catch (error) {
      this.fail(error);
    }
  }

  /** @returns false when the session could not take it and the connection is being closed */
  #post(message: WireMessage): boolean {
    this.#postPatch();
    try {
      this.#frames?.post(message);
      nodeTally.sent.messages[message.type]!++;
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  /** Sends what is the connection's own at once: with what waits, or past it where that may be another node's to say. */
  #say(message: WireMessage): void {
    if (this.#frames?.state === 'live' && this.#options.standsStill?.()) {
      if (this.open) this.#sendFrame(message, this.#frames.aside(message));
    } else if (this.#post(message)) this.#write();
  }

  /** A frame of one message that goes past all that waits. */
  #sendFrame({ type }: WireMessage, frame: Uint8Array): void {
    nodeTally.sent.frame(type, frame.length);
    nodeTally.sent.messages[type]!++;
    this.#sender.send(frame);
    this.#lastSentMs = this.now();
  }

  /** Hot: once a tick and client. @returns false where the patch cannot go alone */
  #writePatch(): boolean {
    const frameBytes = this.#patch.sendAlone(this.#frames!, this.#sender);
    if (frameBytes === 0) return false;
    nodeTally.sent.messages[FrameType.Delta]!++;
    nodeTally.sent.frame(FrameType.Delta, frameBytes);
    this.#lastSentMs = this.now();
    this.wrote();
    return true;
  }

  #write(): void {
    if (!this.open) return; // the peer is closing: what must not be lost waits for the next connection
    const frames = this.#frames?.takeFrames() ?? [];
    for (const frame of frames) {
      nodeTally.sent.frame(frameType(frame), frame.length);
      this.#sender.send(frame);
    }
    if (frames.length > 0) this.#lastSentMs = this.now();
    this.wrote();
  }

  /** Rooms without a tick: what is sent in one turn of the event loop leaves together. */
  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.flush();
    });
  }
}

/** The join, the state that it waits for, and refusals leave at once; everything else with the tick. */
function isUrgent(code: number): boolean {
  return code === MessageCode.JoinRoom || code === MessageCode.Error || code === MessageCode.RoomState;
}

/** A frame that is or begins with a reliable input, if it is an INPUT. */
const isReliableInput = (frame: Uint8Array): boolean =>
  frame.length > FRAME_HEADER_BYTES && messageCodeAt(frame, FRAME_HEADER_BYTES) === MessageCode.InputReliable;

const asBuffer = (data: Uint8Array): Buffer =>
  Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
