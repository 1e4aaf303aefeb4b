import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Deflate } from '../../shared/wire/compression.ts';
import { bytes, concat } from '../support/bytes.ts';
import { Random } from '../support/random.ts';

/** What every implementation of Deflate does. `name` is for the report. */
export function describeDeflate(name: string, deflate: Deflate): void {
  const text = new TextEncoder().encode('one ship, two ships, three ships, '.repeat(100));

  describe(`Deflate: ${name}`, () => {
    it.each([1, 2, 255, 1_025, 65_532, 300_000])('[C2] gives back %i bytes as they were', (length) => {
      const zeros = new Uint8Array(length);
      const noise = new Random(length).bytes(length);
      expect(Buffer.compare(deflate.inflate(deflate.deflate(zeros), length)!, zeros)).toBe(0);
      expect(Buffer.compare(deflate.inflate(deflate.deflate(noise), length)!, noise)).toBe(0);
    });

    it('[C2] gives back what it was given (any bytes)', () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), fc.nat(100), (raw, spareBytes) => {
          const inflated = deflate.inflate(deflate.deflate(raw), raw.length + spareBytes);
          expect(inflated).toBeDefined();
          expect(Buffer.compare(inflated!, raw)).toBe(0);
        }),
        { seed: 1, numRuns: 200 },
      );
    });

    it('[C2] does not change what it is given and does not lean on it afterwards', () => {
      const raw = text.slice();
      const packed = deflate.deflate(raw);
      expect(raw).toEqual(text);
      raw.fill(0);
      const kept = Uint8Array.from(packed); // not slice(): on a Buffer that is a view
      const inflated = deflate.inflate(packed, text.length)!;
      packed.fill(0);
      expect(Buffer.compare(kept, deflate.deflate(text))).toBe(0);
      expect(Buffer.compare(inflated, text)).toBe(0);
    });

    it('[C2] reads what zlib wrote, from the middle of a buffer too', () => {
      // 2,000 zeros, by zlib at its default level
      const packed = bytes('63 60 18 05 a3 60 14 8c 82 51 30 0a 46 c1 50 07 00');
      expect(Buffer.compare(deflate.inflate(packed, 2_000)!, new Uint8Array(2_000))).toBe(0);
      const within = concat(bytes('ff ff ff'), packed, bytes('ff')).subarray(3, 3 + packed.length);
      expect(Buffer.compare(deflate.inflate(within, 2_000)!, new Uint8Array(2_000))).toBe(0);
    });

    it('[C4] refuses more than maxBytes, by one and by a thousand times', () => {
      const packed = deflate.deflate(text);
      expect(deflate.inflate(packed, text.length)).toHaveLength(text.length);
      expect(deflate.inflate(packed, text.length - 1)).toBeUndefined();
      expect(deflate.inflate(packed, 1)).toBeUndefined();
      expect(deflate.inflate(packed, 0)).toBeUndefined();
      expect(deflate.inflate(deflate.deflate(new Uint8Array(1_000_000)), 1_000)).toBeUndefined();
    });

    it('[C4] refuses what is cut, at every byte', () => {
      const packed = deflate.deflate(text);
      for (let length = 0; length < packed.length; length++) {
        expect([length, deflate.inflate(packed.slice(0, length), text.length)]).toEqual([length, undefined]);
      }
    });

    it('[C4] refuses bytes after the end', () => {
      for (const raw of [text, text.subarray(0, 1), new Random(1).bytes(2_000)]) {
        const packed = deflate.deflate(raw);
        for (const tail of ['00', 'ff', '03 00', '00 '.repeat(300)]) {
          const outcome = deflate.inflate(concat(packed, bytes(tail)), raw.length);
          expect([raw.length, tail.length, outcome]).toEqual([raw.length, tail.length, undefined]);
        }
      }
    });

    it.each(['', '00', 'ff', '07', '78 9c 03 00 00 00 00 01', '1f 8b 08 00 00 00 00 00'])(
      '[C4] refuses what is not raw deflate: %s',
      (garbage) => {
        expect(deflate.inflate(bytes(garbage), 1_000)).toBeUndefined();
      },
    );

    it('[C4] never throws and never gives more than maxBytes (noise and damaged data)', () => {
      const random = new Random(2);
      const packed = deflate.deflate(text);
      for (let round = 0; round < 3_000; round++) {
        const data = random.chance(0.5) ? random.bytes(random.below(100)) : packed.slice();
        for (let i = random.below(4); i > 0 && data.length > 0; i--)
          data[random.below(data.length)] = random.below(256);
        const maxBytes = random.below(5_000);
        expect(deflate.inflate(data, maxBytes)?.length ?? 0).toBeLessThanOrEqual(maxBytes);
      }
    });
  });
}
