import type { FrameSession } from '../../shared/session/frame-session.ts';
import type { WireMessage } from '../../shared/wire/batch.ts';
import { type ClockWriter, MAX_CLOCK_PREFIX_BYTES } from '../../shared/wire/clock-prefix.ts';
import { COMPRESS_OVER_BYTES } from '../../shared/wire/compression.ts';
import { FRAME_HEADER_BYTES, writeFrameHeader } from '../../shared/wire/frame.ts';
import { FrameFlag, FrameType } from '../../shared/wire/frame-type.ts';
import type { DirectSender } from './direct-send.ts';

/** The largest patch that is never compressed, whatever its clock prefix. */
const MOST_BYTES = COMPRESS_OVER_BYTES - MAX_CLOCK_PREFIX_BYTES;

/**
 * The timed patch of a tick that waits for the flush of its connection. Nearly always nothing else comes: then it leaves in
 * one piece, WebSocket message, frame and all. Otherwise it goes the way of all messages.
 */
export class TimedPatch {
  readonly #clock: ClockWriter;
  #patch: Uint8Array | undefined;
  #elapsedMs = 0;
  #inputs = 0;

  constructor(clock: ClockWriter) {
    this.#clock = clock;
  }

  get waits(): boolean {
    return this.#patch !== undefined;
  }

  /** @param patch must not change any more */
  hold(patch: Uint8Array, elapsedMs: number, inputs: number): void {
    this.#patch = patch;
    this.#elapsedMs = elapsedMs;
    this.#inputs = inputs;
  }

  drop(): void {
    this.#patch = undefined;
  }

  /** The message that waits, which waits no more. */
  take(): WireMessage | undefined {
    const patch = this.#patch;
    if (patch === undefined) return undefined;
    this.#patch = undefined;
    const body = this.#clock.prefixed(this.#elapsedMs, this.#inputs, patch);
    return { type: FrameType.Delta, flags: FrameFlag.Timed, body };
  }

  /**
   * Hot: once a tick and client. Sends it where it may go alone.
   * @returns bytes of its frame; 0 where it may not, and still waits
   */
  sendAlone(frames: FrameSession, sender: DirectSender): number {
    const patch = this.#patch;
    if (patch === undefined || frames.pending || patch.length > MOST_BYTES || !sender.isDirect) return 0;
    this.#patch = undefined;
    const prefix = this.#clock.scratchPrefix(this.#elapsedMs, this.#inputs);
    const frameBytes = FRAME_HEADER_BYTES + prefix.length + patch.length;
    const message = sender.begin(frameBytes);
    let at = message.length - frameBytes;
    writeFrameHeader(message, FrameType.Delta, frames.takeSequence(), FrameFlag.Timed, at);
    at += FRAME_HEADER_BYTES;
    for (let i = 0; i < prefix.length; i++) message[at++] = prefix[i]!;
    message.set(patch, at);
    sender.finish(message);
    return frameBytes;
  }
}
