import type { WireMessage } from '../wire/batch.ts';
import { COMPRESS_OVER_BYTES, type Compressor } from '../wire/compression.ts';
import { mustBeAcknowledged, messageCode } from '../wire/colyseus-message.ts';
import { readClientResume, readSequence, writeClientResume, writeSequence } from '../wire/control.ts';
import { frameFlags, type Side, writeFrame, writeFrameSequence } from '../wire/frame.ts';
import { FrameFlag, FrameType } from '../wire/frame-type.ts';
import { nextSequence, sequenceDistance } from '../wire/sequence.ts';
import { WireError } from '../wire/wire-error.ts';
import { compressMessage, packFrames } from './frame-packer.ts';
import { FrameReceiver } from './frame-receiver.ts';
import { framesAgain } from './frames-again.ts';
import { SendQueue } from './send-queue.ts';
import type { KeptMessage, WindowLimits } from './send-window.ts';

export interface SessionLimits extends WindowLimits {
  /**
   * The largest message that this side takes, in bytes, after putting fragments together and inflating. Default for a
   * client 8 MiB (a full state), for a server 64 KiB.
   */
  maxMessageBytes: number;
}

/** A client keeps no more than what a server's rate limit lets it send again at once. */
export const DEFAULT_LIMITS: Readonly<Record<Side, SessionLimits>> = {
  client: { maxKeptMessages: 512, maxKeptBytes: 262_144, maxMessageBytes: 8 * 1_048_576 },
  server: { maxKeptMessages: 1_024, maxKeptBytes: 1_048_576, maxMessageBytes: 65_536 },
};

/** What of a session outlives the process that holds its end, see {@link FrameSession.save}. */
export interface SavedFrameSession {
  /** The peer's last frame that was processed. */
  readonly lastProcessed: number;
  /** Of our own next frame. */
  readonly nextSequence: number;
  /** How many messages the peer has acknowledged in all: that many come before those that follow. */
  readonly acknowledged: number;
  /** What was sent and is not acknowledged, in order. */
  readonly inFlight: readonly KeptMessage[];
  /** What must be acknowledged and has no sequence yet, in order. */
  readonly queued: readonly WireMessage[];
}

/**
 * A session that is restored goes on with its sequences so far above what was saved: its other end may have heard frames
 * that were sent after that. A peer takes up to 32,767 (S11).
 */
export const RESTORED_SEQUENCES_AHEAD = 8_192;

/**
 * - `live`: frames go out and come in.
 * - `suspended`: no connection. Messages that must be acknowledged wait, the rest is forgotten.
 * - `resuming`: a new connection, on which the peer's RESUME has not come yet. Nothing goes out but our own RESUME.
 */
type SessionState = 'live' | 'suspended' | 'resuming';

/** Types that belong to a moment: what of them is not sent at once is never sent. */
const isTransient = (type: FrameType): boolean => type !== FrameType.Colyseus && type !== FrameType.Closing;

/**
 * One side's end of a session: what it has sent and not seen acknowledged, what it has processed, across as many
 * connections as it takes. Pure: no socket, no timer. PROTOCOL.md S.
 *
 * {@link post} collects, {@link takeFrames} gives what has been collected as frames for the socket, {@link receive}
 * takes a frame from it.
 */
export class FrameSession {
  readonly #side: Side;
  readonly #compressor: Compressor;
  readonly #receiver: FrameReceiver;
  readonly #out: SendQueue;

  #state: SessionState = 'live';
  #nextSequence = 0;
  /** Of the peer's messages that must be acknowledged, how many were processed. */
  #messagesProcessed = 0;
  /** Frames that go before all others: our RESUME and what is sent again. */
  #resumption: Uint8Array[] = [];
  #revision = 0;
  /** Nothing is pending, and nothing has happened since by which something could be. */
  #settled = false;

  constructor(side: Side, compressor: Compressor, limits: Partial<SessionLimits> = {}) {
    const { maxMessageBytes, ...windowLimits } = { ...DEFAULT_LIMITS[side], ...limits };
    this.#side = side;
    this.#compressor = compressor;
    this.#receiver = new FrameReceiver(side, compressor, maxMessageBytes);
    this.#out = new SendQueue(windowLimits);
  }

  /**
   * Takes up the end of a session whose process is gone: without a connection, until the peer comes with its RESUME.
   * @param saved what {@link save} said of it last
   */
  static restore(
    side: Side,
    compressor: Compressor,
    { lastProcessed, nextSequence, acknowledged, inFlight, queued }: SavedFrameSession,
    limits: Partial<SessionLimits> = {},
  ): FrameSession {
    const session = new FrameSession(side, compressor, limits);
    session.#receiver.continueFrom(lastProcessed);
    session.#nextSequence = (nextSequence + RESTORED_SEQUENCES_AHEAD) % 0x1_0000;
    session.#out.restore(acknowledged, inFlight, queued);
    session.suspend();
    return session;
  }

  get state(): SessionState {
    return this.#state;
  }

  /**
   * Moves whenever {@link save} says something else of what must be acknowledged, by either side. The sequences of all
   * other frames move without it.
   */
  get revision(): number {
    return this.#revision;
  }

  /** What another process needs to go on with this session. Refers to bodies that do not change. */
  save(): SavedFrameSession {
    return {
      lastProcessed: this.#receiver.lastProcessed,
      nextSequence: this.#nextSequence,
      acknowledged: this.#out.acknowledged,
      inFlight: [...this.#out.inFlight()],
      queued: this.#out.unsent(),
    };
  }

  /** Hot: once a tick and client. Whether {@link takeFrames} has something to give now. */
  get pending(): boolean {
    if (this.#settled || this.#state !== 'live') return false;
    const pending = this.#out.pending || this.#resumption.length > 0 || this.#receiver.ackOwed;
    this.#settled = !pending;
    return pending;
  }

  /** Whether a frame that must be acknowledged waits for its ACK to go out. */
  get ackOwed(): boolean {
    return this.#receiver.ackOwed;
  }

  /** The peer's last frame that was processed. */
  get lastProcessed(): number {
    return this.#receiver.lastProcessed;
  }

  /**
   * What the peer sends is acknowledged only as far as {@link releaseAcks} says: when what it did is safe. What the peer
   * sends again because it was processed and not acknowledged is passed over. PROTOCOL.md S17.
   */
  holdAcks(): void {
    this.#receiver.holdAcks();
  }

  /** @param sequence what {@link lastProcessed} was when what is safe now was done */
  releaseAcks(sequence: number): void {
    this.#settled = false;
    this.#receiver.releaseAcks(sequence);
  }

  /** See {@link FrameReceiver.passOver}. */
  passOver(sequence: number, index: number): void {
    this.#receiver.passOver(sequence, index);
  }

  /** Everything is acknowledged as it is processed, as it is where acknowledgements are not held. */
  freeAcks(): void {
    this.#settled = false;
    this.#receiver.freeAcks();
  }

  /** Messages and bytes that wait for the peer's acknowledgement, or to be sent. */
  get kept(): { messages: number; bytes: number } {
    return this.#out.kept;
  }

  /** How many messages that must be acknowledged were posted in all. */
  get posted(): number {
    return this.#out.posted;
  }

  /**
   * What must be acknowledged leaves only as far as {@link releaseMessages} says: when what made it is safe. PROTOCOL.md S18.
   * @param onHeld called with each message that waits for that
   */
  holdMessages(onHeld: () => void): void {
    this.#out.hold(onHeld);
  }

  /** @param posted what {@link posted} was when what is safe now was done. @returns whether any was waiting for that */
  releaseMessages(posted: number): boolean {
    this.#settled = false;
    return this.#out.release(posted);
  }

  /** Everything leaves with the next frames, as it does where messages are not held. */
  freeMessages(): void {
    this.#settled = false;
    this.#out.free();
  }

  /**
   * Adds a message to the next frame. Its body must not change afterwards.
   * @throws {SessionOverflowError} when it must be acknowledged and too much waits for that already; final
   */
  post(message: WireMessage): void {
    const mustAck = message.flags & FrameFlag.MustAck;
    if (!mustAck && (this.#state === 'suspended' || (this.#state === 'resuming' && isTransient(message.type)))) return;
    this.#settled = false;
    this.#out.post(message);
    if (mustAck) this.#revision++;
  }

  /** The frames for all that was posted and may leave, in order, each one WebSocket message. Empty unless live. */
  takeFrames(): readonly Uint8Array[] {
    if (this.#state !== 'live') return [];
    const first = this.#resumption;
    this.#resumption = [];
    const messages = this.#out.take();
    if (this.#receiver.takeAck()) {
      messages.unshift({ type: FrameType.Ack, flags: 0, body: writeSequence(this.#receiver.acknowledged) });
    }
    if (messages.length === 0) return first;
    if (first.length === 0 && messages.length === 1 && isPlain(messages[0]!)) return [this.#frameOf(messages[0]!)];
    const reservedBytes = messages.map(({ body }) => body.length);
    const compressed = messages.map((message) => compressMessage(message, this.#compressor));
    return first.concat(this.#number(compressed, reservedBytes));
  }

  /**
   * A frame that goes past all that waits, which stays here: since that is another's to send by now, or may be.
   */
  aside({ type, flags, body }: WireMessage): Uint8Array {
    return writeFrame(type, this.takeSequence(), flags, body);
  }

  /**
   * Takes a frame from the socket. ACK and RESUME are dealt with here.
   * @returns the messages for whoever is above, whole and inflated
   * @throws {WireError} any code; final
   */
  receive(frame: Uint8Array): readonly WireMessage[] {
    this.#settled = false;
    const messages = this.#receiver.receive(frame);
    if (frameFlags(frame) & FrameFlag.MustAck) {
      this.#revision++;
      for (const message of messages) if (isCounted(message)) this.#messagesProcessed++;
    }
    let own = 0;
    for (const { type, body } of messages) {
      if (type === FrameType.Ack) this.#acknowledge(readSequence(body));
      else if (type === FrameType.Resume) this.#resumed(body);
      else continue;
      own++;
    }
    if (own === 0) return messages;
    return messages.filter(({ type }) => type !== FrameType.Ack && type !== FrameType.Resume);
  }

  /**
   * Hot: once an input of a client. Takes a frame that is a message of this type and nothing else, in its turn; the message
   * is what follows its header.
   * @returns false where it is not that: it is for {@link receive} then
   */
  receivePlain(frame: Uint8Array, type: FrameType): boolean {
    return this.#receiver.receivePlain(frame, type);
  }

  /** The connection is gone. What must be acknowledged is kept, everything else that was to be sent is dropped. */
  suspend(): void {
    this.#state = 'suspended';
    this.#resumption = [];
    this.#out.dropTransient();
  }

  /**
   * A new connection begins. The client sends the frame returned at once; the server, whose RESUME answers the
   * client's, gets nothing here.
   */
  beginResume(): Uint8Array | undefined {
    this.#settled = false;
    if (this.#state !== 'suspended') this.suspend();
    this.#state = 'resuming';
    this.#receiver.expectResume();
    return this.#side === 'client' ? this.#resumeFrame() : undefined;
  }

  #resumeFrame(): Uint8Array {
    const sequence = this.#receiver.acknowledged;
    const body =
      this.#side === 'client'
        ? writeClientResume({ sequence, messages: this.#messagesProcessed })
        : writeSequence(sequence);
    return writeFrame(FrameType.Resume, this.takeSequence(), 0, body);
  }

  #resumed(body: Uint8Array): void {
    if (this.#side === 'client') {
      this.#acknowledge(readSequence(body));
    } else {
      const { sequence, messages } = readClientResume(body);
      this.#acknowledge(sequence);
      if (this.#out.processed(messages)) this.#revision++;
      this.#resumption.push(this.#resumeFrame());
    }
    this.#resumption.push(...framesAgain(this.#out.inFlight()));
    this.#state = 'live';
  }

  #acknowledge(sequence: number): void {
    // The last one that we sent lies one before the next. A peer cannot have processed what was never sent.
    if (sequenceDistance(this.#nextSequence, sequence) >= 0) {
      throw new WireError('sequence-jump', 4, `${sequence} acknowledged, ${this.#nextSequence} not sent yet`);
    }
    if (this.#out.acknowledge(sequence)) this.#revision++;
  }

  /** Hot: once a tick and client. The same as what {@link #number} makes of one small message that is not kept. */
  #frameOf({ type, flags, body }: WireMessage): Uint8Array {
    return writeFrame(type, this.takeSequence(), flags, body);
  }

  /**
   * Hot: once a tick and client. Whoever has one small message that need not be acknowledged, and nothing else is
   * {@link pending}, may write its frame himself.
   * @returns the frame's sequence, which is used with that
   */
  takeSequence(): number {
    const sequence = this.#nextSequence;
    this.#nextSequence = nextSequence(sequence);
    return sequence;
  }

  /** Gives the frames their sequences, and the messages that must be acknowledged their places in the window. */
  #number(messages: readonly WireMessage[], reservedBytes: readonly number[]): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let keep: KeptMessage | undefined;
    let keepIndex = -1;
    for (const { bytes, from, to } of packFrames(messages, this.#compressor)) {
      const sequence = this.takeSequence();
      writeFrameSequence(bytes, sequence);
      frames.push(bytes);
      for (let i = from; i < to; i++) {
        const message = messages[i]!;
        if (!(message.flags & FrameFlag.MustAck)) continue;
        // By index: the same object may have been posted twice.
        if (keep !== undefined && keepIndex === i) {
          keep.lastSequence = sequence; // a further fragment of the same message
        } else {
          keep = { message, firstSequence: sequence, lastSequence: sequence };
          keepIndex = i;
          this.#revision++;
          this.#out.sent(keep, reservedBytes[i]!);
        }
      }
    }
    return frames;
  }
}

/** Whether it is one of those that count in a frame that must be acknowledged: other messages may lie beside them. */
const isCounted = ({ type, body }: WireMessage): boolean =>
  type === FrameType.Colyseus && mustBeAcknowledged(messageCode(body));

/** Whether the message is a frame as it is: nothing to keep, to compress or to cut. */
function isPlain({ flags, body }: WireMessage): boolean {
  return (flags & FrameFlag.MustAck) === 0 && body.length <= COMPRESS_OVER_BYTES;
}
