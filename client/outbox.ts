import type { FrameSession } from '../shared/session/frame-session.ts';
import type { WireMessage } from '../shared/wire/batch.ts';
import { FrameFlag } from '../shared/wire/frame-type.ts';
import type { NetStats } from './net-stats.ts';
import { type Socket, SOCKET_OPEN } from './socket.ts';
import type { Timers } from './timers.ts';

/** An ACK rides with the next message; where none comes it goes alone after this long. */
const ACK_DELAY_MS = 50;
/** Nor do more messages than this wait for their ACK: a server keeps 1,024 of them. */
const MAX_OWED_MESSAGES = 64;

interface OutboxOptions {
  session: FrameSession;
  stats: NetStats;
  timers: Timers;
  /** The connection of now. */
  socket(): Socket | undefined;
}

/** Decides when what a session has to send leaves: what is posted in one turn together at its end, an ACK in time. */
export class Outbox {
  readonly #options: OutboxOptions;
  #flushQueued = false;
  #ackTimer: unknown;
  /** Since when an ACK is owed, if one is, and for how many messages. */
  #owedSinceMs: number | undefined;
  #owedMessages = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** @throws {SessionOverflowError} too much waits for an acknowledgement; final */
  post(message: WireMessage): void {
    const { session, stats } = this.#options;
    session.post(message);
    stats.messagesOut++;
    if (this.#flushQueued) return;
    this.#flushQueued = true;
    queueMicrotask(() => {
      this.#flushQueued = false;
      this.flush();
    });
  }

  /** All that waits, now. */
  flush(): void {
    const { session, socket } = this.#options;
    this.stop();
    if (socket()?.readyState !== SOCKET_OPEN) return;
    for (const frame of session.takeFrames()) this.write(frame);
  }

  /** A frame, ahead of all that waits. */
  write(frame: Uint8Array): void {
    const { stats, socket } = this.#options;
    stats.framesOut++;
    stats.bytesOut += frame.length;
    socket()!.send(frame);
  }

  /**
   * Hot: once a frame received. Sees to it that an ACK that is owed leaves, by a timer if it must; but timers sleep in
   * a hidden page while messages go on coming, so what comes looks at the time too.
   */
  acknowledge(messages: readonly WireMessage[]): void {
    const { session, timers } = this.#options;
    if (!session.ackOwed) return;
    const nowMs = timers.now();
    this.#owedSinceMs ??= nowMs;
    for (const { flags } of messages) if (flags & FrameFlag.MustAck) this.#owedMessages++;
    if (nowMs - this.#owedSinceMs >= ACK_DELAY_MS || this.#owedMessages > MAX_OWED_MESSAGES) this.flush();
    else this.#ackTimer ??= timers.setTimeout(() => this.flush(), ACK_DELAY_MS);
  }

  /** No ACK is waited for any more: it leaves now, or its connection is gone and the next RESUME says it. */
  stop(): void {
    this.#options.timers.clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    this.#owedSinceMs = undefined;
    this.#owedMessages = 0;
  }
}
