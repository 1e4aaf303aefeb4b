import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { fflateDeflate, nodeDeflate } from '../../test/support/deflate.ts';
import { arrayBufferGrowth } from '../../test/support/heap.ts';
import { Random } from '../../test/support/random.ts';
import { refusal, refusalsOfEveryCut } from '../../test/support/wire-errors.ts';
import { COMPRESS_OVER_BYTES, Compressor, type Deflate } from './compression.ts';
import { varintLength, writeVarint } from './varint.ts';

const ZEROS_2000 = 'd0 0f  63 60 18 05 a3 60 14 8c 82 51 30 0a 46 c1 50 07 00';
const MIB = 1_048_576;

/** Counts its calls. */
function counting(): Deflate & { deflated: number; inflated: number } {
  return {
    deflated: 0,
    inflated: 0,
    deflate(raw) {
      this.deflated++;
      return nodeDeflate.deflate(raw);
    },
    inflate(packed, maxBytes) {
      this.inflated++;
      return nodeDeflate.inflate(packed, maxBytes);
    },
  };
}

function announcing(rawBytes: number, deflated: Uint8Array): Uint8Array {
  const head = new Uint8Array(varintLength(rawBytes));
  writeVarint(head, 0, rawBytes);
  return concat(head, deflated);
}

describe('compressed body (C)', () => {
  it('[C3] a buffer that is used again for another body is another body', () => {
    const compressor = new Compressor(nodeDeflate);
    const buffer = new Uint8Array(2_000).fill(1);
    compressor.compress(buffer);
    buffer.fill(2);
    expect(compressor.decompress(compressor.compress(buffer)!, 2_000)[0]).toBe(2);
  });

  it('[C1] up to 1,024 bytes nothing is compressed, over it what becomes smaller', () => {
    const compressor = new Compressor(nodeDeflate);
    expect(COMPRESS_OVER_BYTES).toBe(1_024);
    expect(compressor.compress(new Uint8Array(1_024))).toBeUndefined();
    expect(compressor.compress(new Uint8Array(1_025))).toBeDefined();
    expect(compressor.compress(new Random(1).bytes(10_000))).toBeUndefined();
  });

  it('[C2] is exactly these bytes', () => {
    for (const deflate of [nodeDeflate, fflateDeflate]) {
      const compressor = new Compressor(deflate);
      expect(Buffer.compare(compressor.decompress(bytes(ZEROS_2000), 2_000), new Uint8Array(2_000))).toBe(0);
      const packed = compressor.compress(new Uint8Array(2_000))!;
      expect(hex(packed.subarray(0, 2))).toBe('d0 0f');
      expect(packed.length).toBeLessThan(40);
    }
    expect(hex(new Compressor(nodeDeflate).compress(new Uint8Array(2_000))!)).toBe(hex(bytes(ZEROS_2000)));
  });

  it('[C2] cut at every byte is refused', () => {
    const compressor = new Compressor(nodeDeflate);
    const outcomes = refusalsOfEveryCut(bytes(ZEROS_2000), (cut) => compressor.decompress(cut, 2_000));
    expect(outcomes.slice(0, 2)).toEqual(['truncated@4', 'truncated@5']);
    expect(new Set(outcomes.slice(2))).toEqual(new Set(['bad-compression@6']));
  });

  it('[C2] any body comes back, from zlib to fflate and the other way', () => {
    const node = new Compressor(nodeDeflate);
    const browser = new Compressor(fflateDeflate);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1_025, max: 9_000 }),
        (part, length) => {
          const raw = Uint8Array.from({ length }, (_, i) => part[i % part.length]!);
          for (const [writer, reader] of [
            [node, browser],
            [browser, node],
          ] as const) {
            expect(Buffer.compare(reader.decompress(writer.compress(raw)!, length), raw)).toBe(0);
          }
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  it('[C3] a body that goes to many is compressed once, and found not to shrink once', () => {
    const deflate = counting();
    const compressor = new Compressor(deflate);
    const shared = new Uint8Array(5_000);
    const noise = new Random(1).bytes(5_000);
    const first = compressor.compress(shared);
    for (let client = 0; client < 10; client++) {
      expect(compressor.compress(shared)).toBe(first);
      expect(compressor.compress(noise)).toBeUndefined();
    }
    expect(deflate.deflated).toBe(2);
  });

  it('[C4] a length over the limit is refused before anything is inflated', () => {
    const deflate = counting();
    const compressor = new Compressor(deflate);
    expect(refusal(() => compressor.decompress(bytes(ZEROS_2000), 1_999))).toBe('message-too-large@4');
    expect(refusal(() => compressor.decompress(bytes('ff ff ff ff 0f 00'), 8 * MIB))).toBe('message-too-large@4');
    expect(deflate.inflated).toBe(0);
  });

  it('[C4] what inflates to more or less than was announced is refused', () => {
    const compressor = new Compressor(nodeDeflate);
    const packed = nodeDeflate.deflate(new Uint8Array(2_000));
    expect(refusal(() => compressor.decompress(announcing(1_999, packed), MIB))).toBe('bad-compression@6');
    expect(refusal(() => compressor.decompress(announcing(2_001, packed), MIB))).toBe('wrong-length@4');
    expect(refusal(() => compressor.decompress(announcing(0, packed), MIB))).toBe('bad-compression@5');
    expect(refusal(() => compressor.decompress(announcing(2_000, concat(packed, bytes('00'))), MIB))).toBe(
      'bad-compression@6',
    );
  });

  it('[C4] a bomb announced small allocates what was announced, one announced large nothing', () => {
    const compressor = new Compressor(nodeDeflate);
    const bomb = nodeDeflate.deflate(new Uint8Array(64 * MIB));
    expect(bomb.length).toBeLessThan(66_000);
    const refusals: string[] = [];
    const growth = arrayBufferGrowth(() => {
      refusals.push(refusal(() => compressor.decompress(announcing(1_025, bomb), 65_536)));
      refusals.push(refusal(() => compressor.decompress(announcing(64 * MIB, bomb), 65_536)));
    });
    expect(refusals).toEqual(['bad-compression@6', 'message-too-large@4']);
    expect(growth).toBeLessThan(MIB);
  });
});
