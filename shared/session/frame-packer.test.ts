import { describe, expect, it } from '@jest/globals';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { nodeDeflate } from '../../test/support/deflate.ts';
import { Random } from '../../test/support/random.ts';
import { delta, kept } from '../../test/support/session-pair.ts';
import { readBatch, type WireMessage } from '../wire/batch.ts';
import { ClockWriter } from '../wire/clock-prefix.ts';
import { toWire } from '../wire/colyseus-message.ts';
import { Compressor, type Deflate } from '../wire/compression.ts';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES, MAX_PAYLOAD_BYTES } from '../wire/frame.ts';
import { FrameFlag, FrameType } from '../wire/frame-type.ts';
import { compressMessage, type PackedFrame, packFrames } from './frame-packer.ts';

const { Colyseus, Delta, Ping, State } = FrameType;
const { Compressed, More, MustAck, Timed } = FrameFlag;
const compressor = new Compressor(nodeDeflate);

const noise = (type: FrameType, length: number, flags = 0): WireMessage => ({
  type,
  flags,
  body: new Random(length).bytes(length),
});
const pack = (...messages: WireMessage[]) => packFrames(messages, compressor);
const heads = (...messages: WireMessage[]) =>
  pack(...messages).map(({ bytes: frame, from, to }) => [frame[0], frame[3], from, to, frame.length]);

describe('packing messages into frames (B, C, G)', () => {
  it('[B4] nothing makes no frame, one message a frame of its own type', () => {
    expect(pack()).toEqual([]);
    expect(pack(delta('01 02')).map(({ bytes: frame }) => hex(frame))).toEqual(['04 00 00 00 01 02']);
    expect(pack(kept('0d')).map(({ bytes: frame }) => hex(frame))).toEqual(['01 00 00 04 0d']);
  });

  it('[B4] several make a batch, in order, flagged when one of them must be acknowledged', () => {
    expect(pack(delta('01'), delta('02')).map(({ bytes: frame }) => hex(frame))).toEqual([
      '02 00 00 00 01 04 01 01 04 02',
    ]);
    expect(pack(delta('01'), kept('0d')).map(({ bytes: frame }) => hex(frame))).toEqual([
      '02 00 00 04 01 04 01 01 01 0d',
    ]);
  });

  it('[B4] what does not fit any more begins the next frame', () => {
    const half = (MAX_PAYLOAD_BYTES - 8) / 2;
    expect(heads(noise(Delta, half), noise(Delta, half))).toEqual([[2, 0, 0, 2, MAX_FRAME_BYTES]]);
    expect(heads(noise(Delta, half), noise(Delta, half + 1))).toEqual([
      [Delta, 0, 0, 1, FRAME_HEADER_BYTES + half],
      [Delta, 0, 1, 2, FRAME_HEADER_BYTES + half + 1],
    ]);
  });

  it('[B4] a message that fills a frame goes alone; one byte more makes fragments', () => {
    expect(heads(delta('01'), noise(Delta, MAX_PAYLOAD_BYTES), delta('02'))).toEqual([
      [Delta, 0, 0, 1, 5],
      [Delta, 0, 1, 2, MAX_FRAME_BYTES],
      [Delta, 0, 2, 3, 5],
    ]);
    expect(heads(delta('01'), noise(Colyseus, MAX_PAYLOAD_BYTES + 1, MustAck), delta('02'))).toEqual([
      [Delta, 0, 0, 1, 5],
      [Colyseus, MustAck | More, 1, 2, MAX_FRAME_BYTES],
      [Colyseus, MustAck, 1, 2, FRAME_HEADER_BYTES + 1 + 5],
      [Delta, 0, 2, 3, 5],
    ]);
  });

  it('[B3] what a batch holds is counted as it is raw: what would swell over a frame goes into the next', () => {
    const zeros = (length: number) =>
      compressMessage({ type: Colyseus, flags: 0, body: new Uint8Array(length) }, compressor);
    expect(heads(zeros(30_000), zeros(30_000)).map(([type, , from, to]) => [type, from, to])).toEqual([[2, 0, 2]]);
    expect(heads(zeros(40_000), zeros(40_000)).map(([type, , from, to]) => [type, from, to])).toEqual([
      [Colyseus, 0, 1],
      [Colyseus, 1, 2],
    ]);
  });

  it('[C1] a batch over 1,024 bytes is compressed where that pays', () => {
    const messages = Array.from({ length: 100 }, () => delta('00 '.repeat(20)));
    const [{ bytes: frame }] = pack(...messages) as [PackedFrame];
    expect([frame[0], frame[3]]).toEqual([2, Compressed]);
    expect(frame.length).toBeLessThan(100);
    const raw = compressor.decompress(frame.subarray(FRAME_HEADER_BYTES), 10_000);
    expect(readBatch(raw, 'client')).toEqual(messages);
  });

  it('[C3] the clock prefix stays raw in front of a compressed body', () => {
    const prefix = bytes('e8 03 00 00 2a 00 00 00');
    for (const [type, start] of [
      [State, prefix],
      [Delta, bytes('71')],
      [Delta, bytes('ff ac 02 e8 07')],
    ] as const) {
      const packed = compressMessage({ type, flags: Timed, body: concat(start, new Uint8Array(2_000)) }, compressor);
      expect([packed.type, packed.flags]).toEqual([type, Timed | Compressed]);
      expect(hex(packed.body)).toBe(`${hex(start)} d0 0f 63 60 18 05 a3 60 14 8c 82 51 30 0a 46 c1 50 07 00`);
    }
  });

  it('[C1] what is small, does not shrink or is of a type that is never compressed stays as it is', () => {
    const small = delta('00'.repeat(1_024));
    const incompressible = noise(Delta, 5_000);
    const timed: WireMessage = { type: Delta, flags: Timed, body: new Uint8Array(1 + 1_024) };
    const ping: WireMessage = { type: Ping, flags: 0, body: new Uint8Array(2_000) };
    for (const message of [small, incompressible, timed, ping])
      expect(compressMessage(message, compressor)).toBe(message);
  });

  it('[C3] a body that goes to many sessions is compressed once', () => {
    let deflated = 0;
    const counting: Deflate = { ...nodeDeflate, deflate: (raw) => (deflated++, nodeDeflate.deflate(raw)) };
    const counted = new Compressor(counting);
    const message: WireMessage = { type: Delta, flags: 0, body: new Uint8Array(2_000) };
    for (let client = 0; client < 5; client++) compressMessage(message, counted);
    expect(deflated).toBe(1);
  });

  it('[C3] nor more often where each session has its own copy behind its own clock prefix, as Colyseus makes them', () => {
    let deflated = 0;
    const counting: Deflate = { ...nodeDeflate, deflate: (raw) => (deflated++, nodeDeflate.deflate(raw)) };
    const counted = new Compressor(counting);
    const clocks = Array.from({ length: 5 }, () => new ClockWriter(1_000 / 60));
    for (const clock of clocks) clock.begin(bytes('e8 03 00 00 00 00 00 00'));
    for (let tick = 0; tick < 3; tick++) {
      for (let client = 0; client < 5; client++) {
        const message = new Uint8Array(1 + 8 + 2_000).fill(tick);
        message.set(bytes(`8f ${tick === 0 ? 'f8' : 'ff'} 03 00 00`));
        message[5] = client * tick;
        const wire = toWire(message);
        const packed = compressMessage({ ...wire, body: clocks[client]!.compact(wire.body) }, counted);
        expect(packed.flags).toBe(Timed | Compressed);
        // Beside it goes what is this client's alone, and does not shrink.
        pack(compressMessage({ type: Colyseus, flags: 0, body: new Random(client).bytes(1_100) }, counted), packed);
      }
    }
    expect(deflated).toBe(3 + 15);
  });
});
