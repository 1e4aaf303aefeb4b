import { batchEntryBytes, fitsBatch, type WireMessage, writeBatchEntry } from '../wire/batch.ts';
import { clockPrefixBytes } from '../wire/clock-prefix.ts';
import { COMPRESS_OVER_BYTES, type Compressor } from '../wire/compression.ts';
import { cutIntoFragments } from '../wire/fragment.ts';
import { FRAME_HEADER_BYTES, MAX_PAYLOAD_BYTES, writeFrame, writeFrameHeader } from '../wire/frame.ts';
import { FRAME_RULES, FrameFlag, FrameType } from '../wire/frame-type.ts';
import { readVarint } from '../wire/varint.ts';

/** A frame that still wants its sequence, and which of the messages given lie in it. */
export interface PackedFrame {
  /** Whole, with sequence 0 in its header. */
  bytes: Uint8Array;
  /** Indices of its messages: `from` to before `to`. A fragment names the one message that it is a part of. */
  from: number;
  to: number;
}

/**
 * Lays messages into as few frames as possible, in order: one alone as a frame of its own type, several as a batch,
 * one that no frame holds as fragments. PROTOCOL.md B, C and G. The frame is flagged `MustAck` when one in it is.
 */
export function packFrames(messages: readonly WireMessage[], compressor: Pick<Compressor, 'compress'>): PackedFrame[] {
  const frames: PackedFrame[] = [];
  let from = 0;
  while (from < messages.length) {
    const to = endOfBatch(messages, from);
    const message = messages[from]!;
    if (to - from > 1) frames.push(packBatch(messages, from, to, compressor));
    else if (message.body.length <= MAX_PAYLOAD_BYTES) frames.push(packOne(message, from));
    else for (const bytes of packFragments(message)) frames.push({ bytes, from, to });
    from = to;
  }
  return frames;
}

/**
 * Compresses the body where that pays. The clock prefix stays in front of it and raw, so that what is behind it, the
 * same for all clients, is compressed once.
 */
export function compressMessage(message: WireMessage, compressor: Compressor): WireMessage {
  const { type, flags, body } = message;
  if (body.length <= COMPRESS_OVER_BYTES || !(FRAME_RULES[type]!.flags & FrameFlag.Compressed)) return message;
  if (!(flags & FrameFlag.Timed)) {
    const packed = compressor.compress(body);
    return packed === undefined ? message : { type, flags: flags | FrameFlag.Compressed, body: packed };
  }
  const prefixBytes = clockPrefixBytes(type, body);
  const packed = compressor.compress(body.subarray(prefixBytes));
  if (packed === undefined) return message;
  const prefixed = new Uint8Array(prefixBytes + packed.length);
  prefixed.set(body.subarray(0, prefixBytes));
  prefixed.set(packed, prefixBytes);
  return { type, flags: flags | FrameFlag.Compressed, body: prefixed };
}

function endOfBatch(messages: readonly WireMessage[], from: number): number {
  let bytes = 0;
  let inflated = 0;
  let to = from;
  while (to < messages.length && fitsBatch(messages[to]!)) {
    bytes += batchEntryBytes(messages[to]!);
    inflated += inflatedBytes(messages[to]!);
    if (bytes > MAX_PAYLOAD_BYTES || inflated > MAX_PAYLOAD_BYTES) break;
    to++;
  }
  return Math.max(to, from + 1);
}

/** What the receiver will have of the body. */
function inflatedBytes({ type, flags, body }: WireMessage): number {
  if (!(flags & FrameFlag.Compressed)) return body.length;
  const prefixBytes = flags & FrameFlag.Timed ? clockPrefixBytes(type, body) : 0;
  return prefixBytes + readVarint({ bytes: body, offset: prefixBytes });
}

function packOne({ type, flags, body }: WireMessage, index: number): PackedFrame {
  return { bytes: writeFrame(type, 0, flags, body), from: index, to: index + 1 };
}

function packBatch(
  messages: readonly WireMessage[],
  from: number,
  to: number,
  compressor: Pick<Compressor, 'compress'>,
): PackedFrame {
  let payloadBytes = 0;
  let flags = 0;
  for (let i = from; i < to; i++) {
    payloadBytes += batchEntryBytes(messages[i]!);
    flags |= messages[i]!.flags & FrameFlag.MustAck;
  }
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payloadBytes);
  writeFrameHeader(bytes, FrameType.Batch, 0, flags);
  let offset = FRAME_HEADER_BYTES;
  for (let i = from; i < to; i++) offset = writeBatchEntry(bytes, offset, messages[i]!);

  const packed = compressor.compress(bytes.subarray(FRAME_HEADER_BYTES));
  if (packed === undefined) return { bytes, from, to };
  return { bytes: writeFrame(FrameType.Batch, 0, flags | FrameFlag.Compressed, packed), from, to };
}

function packFragments({ type, flags, body }: WireMessage): Uint8Array[] {
  const fragments = cutIntoFragments(body);
  const last = fragments.length - 1;
  return fragments.map((payload, i) => writeFrame(type, 0, i < last ? flags | FrameFlag.More : flags, payload));
}
