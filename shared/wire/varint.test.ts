import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, hex } from '../../test/support/bytes.ts';
import { refusal, refusalsOfEveryCut } from '../../test/support/wire-errors.ts';
import { readVarint, varintLength, writeVarint } from './varint.ts';

const GOLDEN: [value: number, encoded: string][] = [
  [0, '00'],
  [1, '01'],
  [127, '7f'],
  [128, '80 01'],
  [300, 'ac 02'],
  [16_383, 'ff 7f'],
  [16_384, '80 80 01'],
  [65_532, 'fc ff 03'],
  [2_097_151, 'ff ff 7f'],
  [2_097_152, '80 80 80 01'],
  [268_435_455, 'ff ff ff 7f'],
  [268_435_456, '80 80 80 80 01'],
  [2_147_483_648, '80 80 80 80 08'],
  [4_294_967_295, 'ff ff ff ff 0f'],
];

const read = (encoded: Uint8Array) => readVarint({ bytes: encoded, offset: 0 });

describe('varint (F6)', () => {
  it.each(GOLDEN)('[F6] %i is %s', (value, encoded) => {
    const out = new Uint8Array(varintLength(value));
    expect(writeVarint(out, 0, value)).toBe(out.length);
    expect(hex(out)).toBe(encoded);
    expect(read(out)).toBe(value);
  });

  it.each(GOLDEN)('[F6] %i, %s, is refused when cut anywhere', (_value, encoded) => {
    const whole = bytes(encoded);
    expect(refusalsOfEveryCut(whole, read)).toEqual(Array.from(whole, (_, length) => `truncated@${4 + length}`));
  });

  it.each([
    ['80 00', 'not the shortest form of 0'],
    ['ff 80 00', 'not the shortest form of 127'],
    ['ff ff ff ff 10', '2^32'],
    ['ff ff ff ff 7f', '35 bits'],
    ['80 80 80 80 80', 'a sixth byte'],
    ['80 80 80 80 80 01', 'six bytes'],
  ])('[F6] %s is refused: %s', (encoded) => {
    expect(refusal(() => read(bytes(encoded)))).toBe('wrong-length@4');
  });

  it('[F6] is read where the cursor stands and moves it behind', () => {
    const cursor = { bytes: bytes('ff ac 02 05'), offset: 1 };
    expect([readVarint(cursor), cursor.offset, readVarint(cursor), cursor.offset]).toEqual([300, 3, 5, 4]);
  });

  it('[F6] any value of 32 bits comes back, in as many bytes as varintLength says', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.nat(8), (value, offset) => {
        const out = new Uint8Array(offset + 5);
        const end = writeVarint(out, offset, value);
        const cursor = { bytes: out, offset };
        expect(end - offset).toBe(varintLength(value));
        expect(readVarint(cursor)).toBe(value);
        expect(cursor.offset).toBe(end);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it('[F6] any bytes are a value in its shortest form, or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 7 }), (encoded) => {
        const cursor = { bytes: encoded, offset: 0 };
        let value = 0;
        const outcome = refusal(() => (value = readVarint(cursor)));
        if (outcome !== 'accepted') return;
        const again = new Uint8Array(varintLength(value));
        writeVarint(again, 0, value);
        expect(hex(again)).toBe(hex(encoded.subarray(0, cursor.offset)));
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });
});
