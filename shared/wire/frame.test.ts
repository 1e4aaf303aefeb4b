import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, hex } from '../../test/support/bytes.ts';
import { refusal } from '../../test/support/wire-errors.ts';
import {
  FRAME_HEADER_BYTES,
  frameFlags,
  frameSequence,
  frameType,
  MAX_FRAME_BYTES,
  MAX_PAYLOAD_BYTES,
  readFrameHeader,
  type Side,
  writeFrame,
  writeFrameHeader,
  writeFrameSequence,
} from './frame.ts';
import { FRAME_RULES, FrameFlag, FrameType, RESERVED_FLAGS } from './frame-type.ts';

const SIDES: readonly Side[] = ['client', 'server'];
const TYPES = Object.values(FrameType);

describe('frame (F)', () => {
  it('[F1] is exactly these bytes', () => {
    const frame = writeFrame(FrameType.Delta, 12_345, FrameFlag.Compressed, bytes('aa bb'));
    expect(hex(frame)).toBe('04 30 39 01 aa bb');
    expect(readFrameHeader(frame, 'client')).toEqual({ type: FrameType.Delta, sequence: 12_345, flags: 1 });
  });

  it('[F1] a header alone is a frame with an empty payload', () => {
    expect(readFrameHeader(bytes('05 ff ff 00'), 'server')).toEqual({
      type: FrameType.Input,
      sequence: 65_535,
      flags: 0,
    });
  });

  it.each([0, 1, 2, 3])('[F1] is refused when cut to %i bytes', (length) => {
    expect(refusal(() => readFrameHeader(bytes('04 30 39 01').subarray(0, length), 'client'))).toBe(
      `truncated@${length}`,
    );
  });

  it('[F1] the payload is copied: the frame does not change with it', () => {
    const payload = bytes('01 02');
    const frame = writeFrame(FrameType.Input, 0, 0, payload);
    payload.fill(0xff);
    expect(hex(frame)).toBe('05 00 00 00 01 02');
  });

  it('[F1] any header comes back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), fc.nat(0xffff), fc.nat(15), (type, sequence, anyFlags) => {
        const flags = anyFlags & FRAME_RULES[type]!.flags;
        const header = new Uint8Array(FRAME_HEADER_BYTES);
        writeFrameHeader(header, type, sequence, flags);
        const side: Side = FRAME_RULES[type]!.fromServer ? 'client' : 'server';
        expect(readFrameHeader(header, side)).toEqual({ type, sequence, flags });
        expect([frameType(header), frameSequence(header), frameFlags(header)]).toEqual([type, sequence, flags]);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('[F1] a header is written where the frame begins, and its sequence alone changes nothing else', () => {
    const message = bytes('82 06 00 00 00 00 aa bb');
    writeFrameHeader(message, FrameType.Delta, 12_345, FrameFlag.Timed, 2);
    expect(hex(message)).toBe('82 06 04 30 39 08 aa bb');
    writeFrameSequence(message, 0xfffe, 2);
    expect(hex(message)).toBe('82 06 04 ff fe 08 aa bb');
  });

  it('[F3] takes 65,536 bytes and not one more', () => {
    expect(MAX_PAYLOAD_BYTES).toBe(65_532);
    const largest = writeFrame(FrameType.Input, 0, 0, new Uint8Array(MAX_PAYLOAD_BYTES));
    expect(largest).toHaveLength(MAX_FRAME_BYTES);
    expect(refusal(() => readFrameHeader(largest, 'server'))).toBe('accepted');
    const larger = writeFrame(FrameType.Input, 0, 0, new Uint8Array(MAX_PAYLOAD_BYTES + 1));
    expect(refusal(() => readFrameHeader(larger, 'server'))).toBe('too-large@65536');
  });

  it('[F4] each of the 256 types is taken by the sides that the table says, and by no other', () => {
    for (let type = 0; type < 256; type++) {
      const rules = FRAME_RULES[type];
      for (const side of SIDES) {
        const allowed = side === 'client' ? rules?.fromServer : rules?.fromClient;
        const expected = rules === undefined ? 'unknown-type@0' : allowed ? 'accepted' : 'wrong-direction@0';
        const outcome = refusal(() => readFrameHeader(Uint8Array.of(type, 0, 0, 0), side));
        expect([type, side, outcome]).toEqual([type, side, expected]);
      }
    }
  });

  it('[F5] each of the 256 flag bytes is taken by the types that the table says, and by no other', () => {
    for (const type of TYPES) {
      const rules = FRAME_RULES[type]!;
      const side: Side = rules.fromServer ? 'client' : 'server';
      for (let flags = 0; flags < 256; flags++) {
        const expected =
          flags & RESERVED_FLAGS ? 'reserved-flag@3' : flags & ~rules.flags ? 'wrong-flag@3' : 'accepted';
        const outcome = refusal(() => readFrameHeader(Uint8Array.of(type, 0, 0, flags), side));
        expect([rules.name, flags, outcome]).toEqual([rules.name, flags, expected]);
      }
    }
  });

  it('[F5] the flags have these bits', () => {
    expect(FrameFlag).toEqual({ Compressed: 1, More: 2, MustAck: 4, Timed: 8 });
    expect(RESERVED_FLAGS).toBe(0xf0);
  });

  it('[F5] what is wrong first is said first: length, type, direction, reserved bits, flags', () => {
    expect(refusal(() => readFrameHeader(bytes('00 00 00 ff'), 'server'))).toBe('unknown-type@0');
    expect(refusal(() => readFrameHeader(bytes('03 00 00 ff'), 'server'))).toBe('wrong-direction@0');
    expect(refusal(() => readFrameHeader(bytes('05 00 00 ff'), 'server'))).toBe('reserved-flag@3');
  });
});
