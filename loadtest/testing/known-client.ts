import type { WebSocket } from 'ws';
import { FrameSession } from '../../shared/session/frame-session.ts';
import { ClockWriter, CLOCK_PREFIX_BYTES } from '../../shared/wire/clock-prefix.ts';
import { MessageCode, messageCode } from '../../shared/wire/colyseus-message.ts';
import { Compressor } from '../../shared/wire/compression.ts';
import { FRAME_HEADER_BYTES } from '../../shared/wire/frame.ts';
import { FrameFlag, FrameType } from '../../shared/wire/frame-type.ts';
import { nodeDeflate } from '../../test/support/deflate.ts';
import { joinRoom } from '../../test/support/frame-peer.ts';

export interface KnownBehaviour {
  /** From an input's arrival to the next update, which acknowledges it. */
  answerMs: number;
  /** Bytes of each update, header included; at most 1,024. */
  updateBytes: number;
  /** Once, with this input, nothing is sent for so long. */
  stall?: { atInput: number; forMs: number };
  /** With this input the connection is closed, finally. */
  closeAtInput?: number;
}

const TICK_MS = 1_000 / 60;
/** What one byte of the clock prefix says: more would change the size. */
const MOST_ACKNOWLEDGED = 14;
const CLOCK_STEP_MS = 17;
const FINAL = 4_000;

/** The server's end of one connection of a KnownServer. */
export class KnownClient {
  readonly #socket: WebSocket;
  readonly #behaviour: KnownBehaviour;
  readonly #sent: (bytes: number) => void;
  readonly #session = new FrameSession('server', new Compressor(nodeDeflate));
  readonly #clock = new ClockWriter(TICK_MS);
  /** When the inputs that have no answer yet came. */
  #waiting: number[] = [];
  #inputs = 0;
  #acknowledged = 0;
  #elapsedMs = 1_000;
  #stallEndMs = 0;
  #nextMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    socket: WebSocket,
    behaviour: KnownBehaviour,
    sent: (bytes: number) => void,
    received: (bytes: number) => void,
  ) {
    this.#socket = socket;
    this.#behaviour = behaviour;
    this.#sent = sent;
    socket.on('message', (data: Buffer) => {
      received(data.length);
      this.#read(data);
    });
    socket.on('close', () => clearTimeout(this.#timer));
    this.#say(FrameType.Colyseus, 0, joinRoom('token', TICK_MS));
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#socket.terminate();
  }

  #read(data: Buffer): void {
    for (const { type, body } of this.#session.receive(data)) {
      if (type === FrameType.Input) this.#input();
      else if (type === FrameType.Colyseus && messageCode(body) === MessageCode.JoinRoom) this.#begin();
      else if (type === FrameType.Colyseus && messageCode(body) === MessageCode.LeaveRoom) this.#socket.close(FINAL);
    }
  }

  #input(): void {
    this.#inputs++;
    this.#waiting.push(performance.now());
    const { stall, closeAtInput } = this.#behaviour;
    if (this.#inputs === stall?.atInput) this.#stallEndMs = performance.now() + stall.forMs;
    if (this.#inputs === closeAtInput) this.#socket.close(4_001);
  }

  #begin(): void {
    const body = this.#prefixed(1);
    this.#clock.begin(body);
    this.#say(FrameType.State, FrameFlag.Timed, body);
    this.#nextMs = performance.now() + TICK_MS;
    this.#arm();
  }

  #tick(): void {
    const nowMs = performance.now();
    for (; this.#nextMs <= nowMs; this.#nextMs += TICK_MS) if (nowMs >= this.#stallEndMs) this.#update(nowMs);
    this.#arm();
  }

  #update(nowMs: number): void {
    for (let i = 0; i < MOST_ACKNOWLEDGED && nowMs - this.#waiting[0]! >= this.#behaviour.answerMs; i++) {
      this.#waiting.shift();
      this.#acknowledged++;
    }
    this.#elapsedMs += CLOCK_STEP_MS;
    const body = this.#prefixed(this.#behaviour.updateBytes - FRAME_HEADER_BYTES - 1);
    this.#say(FrameType.Delta, FrameFlag.Timed, this.#clock.compact(body));
  }

  #prefixed(bytes: number): Uint8Array {
    const body = new Uint8Array(CLOCK_PREFIX_BYTES + bytes);
    const view = new DataView(body.buffer);
    view.setUint32(0, this.#elapsedMs, true);
    view.setUint32(4, this.#acknowledged, true);
    return body;
  }

  #say(type: FrameType, flags: number, body: Uint8Array): void {
    this.#session.post({ type, flags, body });
    for (const frame of this.#session.takeFrames()) {
      this.#socket.send(frame);
      this.#sent(frame.length);
    }
  }

  #arm(): void {
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, Math.ceil(this.#nextMs - performance.now())));
  }
}
