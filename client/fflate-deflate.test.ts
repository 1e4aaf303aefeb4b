import { describe, expect, it } from '@jest/globals';
import { arrayBufferGrowth } from '../test/support/heap.ts';
import { fflateDeflate } from './fflate-deflate.ts';

const SIZE = 4 * 1_048_576;

// What it gives back is in test/deflate.test.ts.
describe('inflating with fflate', () => {
  it('allocates one buffer of the size announced', () => {
    const packed = fflateDeflate.deflate(new Uint8Array(SIZE));
    const growth = arrayBufferGrowth(() => fflateDeflate.inflate(packed, SIZE));
    expect(growth).toBeLessThan(1.5 * SIZE);
  });
});
