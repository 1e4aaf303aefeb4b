import { deflateSync, inflateSync } from 'fflate';
import { type Deflate } from '../shared/wire/compression.ts';

/** Raw deflate in JavaScript, for browsers, whose own CompressionStream is asynchronous. */
export const fflateDeflate: Deflate = {
  deflate: (raw) => deflateSync(raw),

  inflate(packed, maxBytes) {
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
