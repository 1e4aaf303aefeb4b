import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Deflate } from '../../shared/wire/compression.ts';

/** Raw deflate by zlib. Synchronous: bodies are small, and the order of messages is kept for free. */
export const nodeDeflate: Deflate = {
  deflate: (raw) => deflateRawSync(raw),

  inflate(packed, maxBytes) {
    if (maxBytes === 0) return undefined; // nothing is ever compressed to that
    try {
      // `info` makes it return the engine, which knows how much of the input it used; @types/node does not say so.
      const { buffer, engine } = inflateRawSync(packed, { maxOutputLength: maxBytes, info: true }) as unknown as {
        buffer: Uint8Array;
        engine: { bytesWritten: number };
      };
      return engine.bytesWritten === packed.length ? buffer : undefined;
    } catch {
      return undefined;
    }
  },
};
