import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { refusal, refusalsOfEveryCut } from '../../test/support/wire-errors.ts';
import {
  readClientResume,
  readClosing,
  readMoved,
  readSequence,
  readTime,
  writeClientResume,
  writeClosing,
  writeMoved,
  writeSequence,
  writeTime,
} from './control.ts';

const MOVED = { address: 'n2:80', processId: 'p2', roomId: 'arena-7', sessionId: 'Ab3', reconnectionToken: 't0k' };
const MOVED_BYTES = '05 6e 32 3a 38 30  02 70 32  07 61 72 65 6e 61 2d 37  03 41 62 33  03 74 30 6b';
const text = fc.string({ unit: 'binary', maxLength: 60 }).filter((value) => value.isWellFormed());

describe('control payloads (K)', () => {
  it('[K1] a time is exactly these bytes', () => {
    expect(hex(writeTime(1_234.5))).toBe('40 93 4a 00 00 00 00 00');
    expect(readTime(bytes('40 93 4a 00 00 00 00 00'))).toBe(1_234.5);
  });

  it('[K1] any time comes back to the bit', () => {
    fc.assert(
      fc.property(fc.double(), (timeMs) => expect(Object.is(readTime(writeTime(timeMs)), timeMs)).toBe(true)),
      { seed: 1 },
    );
  });

  it('[K1] a time of any other length is refused', () => {
    expect(refusalsOfEveryCut(writeTime(1), readTime)).toEqual(
      Array.from({ length: 8 }, (_, n) => `truncated@${4 + n}`),
    );
    expect(refusal(() => readTime(new Uint8Array(9)))).toBe('trailing-bytes@12');
  });

  it('[K2] a sequence is exactly these bytes', () => {
    expect(hex(writeSequence(12_345))).toBe('30 39');
    expect(readSequence(bytes('30 39'))).toBe(12_345);
    expect(readSequence(bytes('ff ff'))).toBe(65_535);
  });

  it('[K2] any sequence comes back', () => {
    for (let sequence = 0; sequence <= 0xffff; sequence++) {
      if (readSequence(writeSequence(sequence)) !== sequence) throw new Error(`${sequence} did not`);
    }
  });

  it('[K2] a sequence of any other length is refused', () => {
    expect(refusalsOfEveryCut(bytes('30 39'), readSequence)).toEqual(['truncated@4', 'truncated@5']);
    expect(refusal(() => readSequence(bytes('30 39 00')))).toBe('trailing-bytes@6');
  });

  it('[K2] what a client says when it comes back is exactly these bytes, and no others', () => {
    const resume = { sequence: 12_345, messages: 4_000_000_001 };
    expect(hex(writeClientResume(resume))).toBe('30 39 ee 6b 28 01');
    expect(readClientResume(bytes('30 39 ee 6b 28 01'))).toEqual(resume);
    expect(hex(writeClientResume({ sequence: 1, messages: 2 ** 32 + 7 }))).toBe('00 01 00 00 00 07');
    expect(refusalsOfEveryCut(writeClientResume(resume), readClientResume)).toEqual(
      Array.from({ length: 6 }, (_, n) => `truncated@${4 + n}`),
    );
    expect(refusal(() => readClientResume(new Uint8Array(7)))).toBe('trailing-bytes@10');
  });

  it('[K4] MOVED is exactly these bytes', () => {
    expect(hex(writeMoved(MOVED))).toBe(hex(bytes(MOVED_BYTES)));
    expect(readMoved(bytes(MOVED_BYTES))).toEqual(MOVED);
  });

  it('[K4] MOVED cut at every byte is refused; so is a byte more', () => {
    const outcomes = refusalsOfEveryCut(bytes(MOVED_BYTES), readMoved);
    for (const outcome of outcomes) expect(outcome).toMatch(/^truncated@/);
    expect([outcomes[0], outcomes[5], outcomes[6], outcomes[24]]).toEqual([
      'truncated@4',
      'truncated@5',
      'truncated@10',
      'truncated@26',
    ]);
    expect(refusal(() => readMoved(concat(bytes(MOVED_BYTES), bytes('00'))))).toBe('trailing-bytes@29');
  });

  it('[K4] any MOVED comes back', () => {
    const moved = fc.record({ address: text, processId: text, roomId: text, sessionId: text, reconnectionToken: text });
    fc.assert(
      fc.property(moved, (value) => expect(readMoved(writeMoved(value))).toEqual(value)),
      { seed: 1 },
    );
  });

  it('[K5] CLOSING is exactly these bytes', () => {
    expect(hex(writeClosing({ code: 4_100, text: 'bye' }))).toBe('10 04 62 79 65');
    expect(readClosing(bytes('10 04 62 79 65'))).toEqual({ code: 4_100, text: 'bye' });
  });

  it('[K5] CLOSING cut within its code is refused; after that, what is left is a shorter text', () => {
    expect(refusalsOfEveryCut(bytes('10 04 62 79 65'), readClosing)).toEqual([
      'truncated@4',
      'truncated@5',
      'accepted',
      'accepted',
      'accepted',
    ]);
  });

  it('[K5] any CLOSING comes back', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), text, (code, value) =>
        expect(readClosing(writeClosing({ code, text: value }))).toEqual({ code, text: value }),
      ),
      { seed: 1 },
    );
  });

  it.each(['x', 'é', '€', '😀'])(
    '[K5] a long text of "%s" is cut to 1,024 bytes between two characters',
    (character) => {
      for (const lead of ['', 'a', 'aa', 'aaa']) {
        const payload = writeClosing({ code: 1, text: lead + character.repeat(2_000) });
        expect(payload.length).toBeLessThanOrEqual(2 + 1_024);
        expect(payload.length).toBeGreaterThan(2 + 1_020);
        const { text } = readClosing(payload);
        expect((lead + character.repeat(2_000)).startsWith(text)).toBe(true);
        expect(text.isWellFormed()).toBe(true);
      }
    },
  );

  it('[K3] a text over 1,024 bytes is refused', () => {
    const long = new Uint8Array(2 + 1_025).fill(0x61);
    expect(refusal(() => readClosing(long.subarray(0, 2 + 1_024)))).toBe('accepted');
    expect(refusal(() => readClosing(long))).toBe('wrong-length@4');
    expect(refusal(() => readMoved(concat(bytes('81 08'), long)))).toBe('wrong-length@4');
  });

  it.each(['80', 'c3', 'c3 28', 'e2 82', 'ed a0 80', 'f0 9f 98', 'ff', 'c0 80'])(
    '[K3] what is not UTF-8 is refused: %s',
    (garbage) => {
      expect(refusal(() => readClosing(concat(bytes('10 04'), bytes(garbage))))).toBe('bad-text@4');
    },
  );
});
