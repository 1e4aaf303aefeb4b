import { deflateSync, inflateSync } from 'fflate';
import type { Deflate } from '../shared/wire/compression.ts';

/** Raw deflate in JavaScript, for browsers, whose own CompressionStream is asynchronous. */
export const fflateDeflate: Deflate = {
  deflate: (raw) => deflateSync(raw),

  inflate(packed, maxBytes) {
    // fflate does not say how much it read. A stream that is whole without its last byte had bytes after its end.
    if (inflates(packed.subarray(0, -1), maxBytes)) return undefined;
    // fflate clips what does not fit into `out`: one byte to spare shows that there was more.
    const out = new Uint8Array(maxBytes + 1);
    try {
      const raw = inflateSync(packed, { out });
      return raw.length <= maxBytes ? raw : undefined;
    } catch {
      return undefined;
    }
  },
};

function inflates(packed: Uint8Array, maxBytes: number): boolean {
  try {
    inflateSync(packed, { out: new Uint8Array(maxBytes + 1) });
    return true;
  } catch {
    return false;
  }
}
