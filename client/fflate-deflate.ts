import { deflateSync, inflateSync } from 'fflate';
import type { Deflate } from '../shared/wire/compression.ts';

/** Raw deflate in JavaScript, for browsers, whose own CompressionStream is asynchronous. */
export const fflateDeflate: Deflate = {
  deflate: (raw) => deflateSync(raw),

  inflate(packed, maxBytes) {
    // fflate clips what does not fit into `out`: one byte to spare shows that there was more.
    const out = new Uint8Array(maxBytes + 1);
    // It does not say how much it read. A stream that is whole without its last byte had bytes after its end.
    if (inflateInto(out, packed.subarray(0, -1)) !== undefined) return undefined;
    const raw = inflateInto(out, packed); // over what the first pass left there
    return raw !== undefined && raw.length <= maxBytes ? raw : undefined;
  },
};

/** @returns the part of `out` that was filled */
function inflateInto(out: Uint8Array, packed: Uint8Array): Uint8Array | undefined {
  try {
    return inflateSync(packed, { out });
  } catch {
    return undefined;
  }
}
