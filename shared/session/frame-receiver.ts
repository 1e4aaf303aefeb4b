import { readBatch, type WireMessage } from '../wire/batch.ts';
import { clockPrefixBytes } from '../wire/clock-prefix.ts';
import type { Compressor } from '../wire/compression.ts';
import { readClientResume, readSequence } from '../wire/control.ts';
import { FragmentAssembler } from '../wire/fragment.ts';
import {
  FRAME_HEADER_BYTES,
  frameFlags,
  type FrameHeader,
  frameSequence,
  frameType,
  MAX_PAYLOAD_BYTES,
  readFrameHeader,
  type Side,
} from '../wire/frame.ts';
import { FrameFlag, FrameType } from '../wire/frame-type.ts';
import { BEFORE_FIRST, nextSequence, sequenceDistance } from '../wire/sequence.ts';
import { WireError } from '../wire/wire-error.ts';

/**
 * Reads the frames of one direction of one session, in order, across its connections. PROTOCOL.md S1 to S7.
 *
 * A frame is read whole into messages or not at all. A message is at most `maxMessageBytes`; what a batch holds is
 * together at most what a frame without compression holds (B3), so that no frame swells to many messages.
 */
export class FrameReceiver {
  readonly #side: Side;
  readonly #compressor: Compressor;
  readonly #maxMessageBytes: number;
  readonly #fragments: FragmentAssembler;

  #lastProcessed = BEFORE_FIRST;
  #next = 0;
  /** After a reconnect: nothing but a RESUME is taken. */
  #expectResume = false;
  /** Between a RESUME and the first new frame: frames that the peer sends again have their old sequences. */
  #resending = false;
  #ackOwed = false;
  /** What is acknowledged waits for {@link releaseAcks}. */
  #holdsAcks = false;
  /** Up to where frames may be acknowledged, while that is so. */
  #released = BEFORE_FIRST;
  /** The first and the last frame that must be acknowledged and may not be yet. */
  #held: { first: number; last: number } | undefined;

  #passedOver: { sequence: number; index: number } | undefined;

  constructor(side: Side, compressor: Compressor, maxMessageBytes: number) {
    this.#side = side;
    this.#compressor = compressor;
    this.#maxMessageBytes = maxMessageBytes;
    this.#fragments = new FragmentAssembler(maxMessageBytes);
  }

  /** The last frame whose messages were returned, in the u16 that an ACK or RESUME says. */
  get lastProcessed(): number {
    return this.#lastProcessed;
  }

  /** Goes on for a receiver elsewhere that processed everything up to here; before the first frame. */
  continueFrom(lastProcessed: number): void {
    this.#lastProcessed = this.#released = lastProcessed;
  }

  /** The last frame that is acknowledged, as an ACK or RESUME says it: the last processed, if acknowledgements are not held. */
  get acknowledged(): number {
    return this.#holdsAcks ? this.#released : this.#lastProcessed;
  }

  /** Whether a frame that must be acknowledged, and may be, came since the last {@link takeAck}. */
  get ackOwed(): boolean {
    return this.#ackOwed;
  }

  /** From now on nothing is acknowledged but what {@link releaseAcks} names. */
  holdAcks(): void {
    if (this.#holdsAcks) return;
    this.#holdsAcks = true;
    this.#released = this.#lastProcessed;
  }

  /** Frames up to `sequence`, which was processed, may be acknowledged. */
  releaseAcks(sequence: number): void {
    this.#released = sequence;
    if (this.#held === undefined || sequenceDistance(this.#held.first, sequence) < 0) return;
    this.#held =
      sequenceDistance(this.#held.last, sequence) < 0 ? { ...this.#held, first: nextSequence(sequence) } : undefined;
    this.#ackOwed = true;
  }

  /** Everything that was processed is acknowledged again. */
  freeAcks(): void {
    this.releaseAcks(this.#lastProcessed);
    this.#holdsAcks = false;
  }

  /** One message of a frame that will come again is not to be given on: the `index`th of those that must be acknowledged. */
  passOver(sequence: number, index: number): void {
    this.#passedOver = { sequence, index };
  }

  takeAck(): boolean {
    const owed = this.#ackOwed;
    this.#ackOwed = false;
    return owed;
  }

  /** A new connection begins: its first frame must be a RESUME. */
  expectResume(): void {
    this.#expectResume = true;
    this.#fragments.reset();
  }

  /**
   * @returns the messages that the frame completes: none for a fragment, one, or a batch's, bodies inflated
   * @throws {WireError} any code; no message of the frame is returned, and the session is over
   */
  receive(frame: Uint8Array): readonly WireMessage[] {
    const header = readFrameHeader(frame, this.#side);
    const payload = frame.subarray(FRAME_HEADER_BYTES);
    if (header.type === FrameType.Resume) return this.#receiveResume(header, payload);
    if (this.#expectResume) throw new WireError('sequence-jump', 0, 'the first frame after a reconnect is RESUME');

    if (this.#isKnown(header)) return []; // its acknowledgement is held, and comes
    this.#checkSequence(header);
    const messages = this.#readMessages(header, payload);
    this.#advance(header);
    return this.#passedOver === undefined ? messages : this.#withoutPassedOver(header.sequence, messages);
  }

  #withoutPassedOver(at: number, messages: readonly WireMessage[]): readonly WireMessage[] {
    const { sequence, index } = this.#passedOver!;
    if (sequenceDistance(at, sequence) > 0) return messages;
    this.#passedOver = undefined;
    if (at !== sequence) return messages;
    let kept = 0;
    return messages.filter(({ type }) => type !== FrameType.Colyseus || kept++ !== index);
  }

  /**
   * Hot: once an input of a client. The same as {@link receive} for a frame that is one message with no flags, in its turn,
   * without making anything.
   * @returns false where it is not that, and nothing is taken
   */
  receivePlain(frame: Uint8Array, type: FrameType): boolean {
    if (frame.length < FRAME_HEADER_BYTES || frameType(frame) !== type || frameFlags(frame) !== 0) return false;
    const sequence = frameSequence(frame);
    if (sequence !== this.#next || this.#expectResume || this.#fragments.open) return false;
    if (this.#passedOver !== undefined) return false;
    if (frame.length - FRAME_HEADER_BYTES > this.#maxMessageBytes) return false;
    this.#resending = false;
    this.#next = nextSequence(sequence);
    this.#lastProcessed = sequence;
    return true;
  }

  #receiveResume(header: FrameHeader, payload: Uint8Array): readonly WireMessage[] {
    if (!this.#expectResume) throw new WireError('unexpected-resume', 0, 'RESUME is the first frame after a reconnect');
    if (sequenceDistance(this.#lastProcessed, header.sequence) <= 0) {
      throw new WireError('sequence-jump', 1, `RESUME ${header.sequence} after ${this.#lastProcessed}`);
    }
    if (this.#side === 'server') readClientResume(payload);
    else readSequence(payload);
    this.#expectResume = false;
    this.#resending = true;
    this.#next = nextSequence(header.sequence);
    return [{ type: FrameType.Resume, flags: 0, body: payload }];
  }

  /** The peer sends again what was processed here and not acknowledged yet. */
  #isKnown({ sequence, flags }: FrameHeader): boolean {
    const isSentAgain = this.#resending && (flags & FrameFlag.MustAck) !== 0 && sequence !== this.#next;
    return (
      isSentAgain &&
      sequenceDistance(this.acknowledged, sequence) > 0 &&
      !(sequenceDistance(this.#lastProcessed, sequence) > 0)
    );
  }

  #checkSequence({ sequence, flags }: FrameHeader): void {
    if (sequence === this.#next) return;
    const resent =
      this.#resending &&
      (flags & FrameFlag.MustAck) !== 0 &&
      sequenceDistance(this.#lastProcessed, sequence) > 0 &&
      sequenceDistance(sequence, this.#next) > 1;
    if (!resent) throw new WireError('sequence-jump', 1, `sequence ${sequence} where ${this.#next} is next`);
  }

  /** A fragment counts as processed with the last of its message: until then the sender begins again. */
  #advance({ sequence, flags }: FrameHeader): void {
    if (sequence === this.#next) {
      this.#resending = false;
      this.#next = nextSequence(sequence);
    }
    if (this.#fragments.open) return;
    this.#lastProcessed = sequence;
    if (!(flags & FrameFlag.MustAck)) return;
    if (this.#holdsAcks) this.#held = { first: this.#held?.first ?? sequence, last: sequence };
    else this.#ackOwed = true;
  }

  #readMessages({ type, flags }: FrameHeader, payload: Uint8Array): readonly WireMessage[] {
    if (flags & FrameFlag.More || this.#fragments.open) {
      const whole = this.#fragments.add(type, flags, payload);
      return whole === undefined ? [] : [this.#inflate(whole, this.#maxMessageBytes)];
    }
    if (type !== FrameType.Batch) return [this.#inflate({ type, flags, body: payload }, this.#maxMessageBytes)];
    return this.#readBatch(this.#inflate({ type, flags, body: payload }, MAX_PAYLOAD_BYTES).body);
  }

  #readBatch(payload: Uint8Array): readonly WireMessage[] {
    const entries = readBatch(payload, this.#side);
    let budgetBytes = MAX_PAYLOAD_BYTES;
    for (let i = 0; i < entries.length; i++) {
      const entry = this.#inflate(entries[i]!, Math.min(budgetBytes, this.#maxMessageBytes));
      budgetBytes -= entry.body.length;
      entries[i] = entry;
    }
    return entries;
  }

  #inflate(message: WireMessage, maxBytes: number): WireMessage {
    const { type, flags, body } = message;
    if (!(flags & FrameFlag.Compressed)) {
      if (body.length > maxBytes)
        throw new WireError('message-too-large', 4, `${body.length} of at most ${maxBytes} bytes`);
      return message;
    }
    const prefixBytes = flags & FrameFlag.Timed ? clockPrefixBytes(type, body) : 0;
    const raw = this.#compressor.decompress(body.subarray(prefixBytes), maxBytes - prefixBytes);
    const rawFlags = flags & ~FrameFlag.Compressed;
    if (prefixBytes === 0) return { type, flags: rawFlags, body: raw };
    const prefixed = new Uint8Array(prefixBytes + raw.length);
    prefixed.set(body.subarray(0, prefixBytes));
    prefixed.set(raw, prefixBytes);
    return { type, flags: rawFlags, body: prefixed };
  }
}
