import { type Cursor, readVarint, varintLength, writeVarint } from './varint.ts';
import { WireError } from './wire-error.ts';

/** A body over this many bytes is compressed, if that makes it smaller. */
export const COMPRESS_OVER_BYTES = 1_024;

/** Raw deflate (RFC 1951) of the platform: zlib in Node, fflate in a browser. */
export interface Deflate {
  deflate(raw: Uint8Array): Uint8Array;
  /**
   * Inflates into at most `maxBytes`.
   * @returns undefined when the data is not deflate, is cut off, has bytes after its end, or yields more
   */
  inflate(packed: Uint8Array, maxBytes: number): Uint8Array | undefined;
}

/** A body shared by many is asked for once a client, with what is that client's alone in between. */
const MAX_RECENT = 4;
/** Larger bodies are not kept: full states, which seldom go to two clients at once. */
const MAX_RECENT_BYTES = 65_536;

interface Compressed {
  /** A copy: the body may lie in a buffer that is used again. */
  raw: Uint8Array;
  /** undefined: compressing did not make it smaller. */
  packed: Uint8Array | undefined;
}

/**
 * Compressed body: varint raw length | raw deflate. PROTOCOL.md C1 to C4.
 *
 * A body that goes to many clients is compressed once. Colyseus gives each client a copy of its own, behind its own
 * clock prefix, so the last few bodies are told by their bytes and not by object; what came of them is shared.
 */
export class Compressor {
  readonly #deflate: Deflate;
  /** The bodies seen last, the latest first. */
  readonly #recent: Compressed[] = [];

  constructor(deflate: Deflate) {
    this.#deflate = deflate;
  }

  /** @returns the compressed body, or undefined where the raw one is to be sent */
  compress(raw: Uint8Array): Uint8Array | undefined {
    if (raw.length <= COMPRESS_OVER_BYTES) return undefined;
    if (raw.length > MAX_RECENT_BYTES) return this.#compress(raw);
    const at = this.#recent.findIndex((entry) => sameBytes(entry.raw, raw));
    const entry = at < 0 ? { raw: new Uint8Array(raw), packed: this.#compress(raw) } : this.#recent.splice(at, 1)[0]!;
    this.#recent.unshift(entry);
    if (this.#recent.length > MAX_RECENT) this.#recent.pop();
    return entry.packed;
  }

  /**
   * @param maxBytes what the receiver takes; a longer announced length is refused before anything is inflated
   * @throws {WireError} `truncated`, `message-too-large`, `bad-compression` or `wrong-length`
   */
  decompress(body: Uint8Array, maxBytes: number): Uint8Array {
    const cursor: Cursor = { bytes: body, offset: 0 };
    const rawBytes = readVarint(cursor);
    if (rawBytes > maxBytes) throw new WireError('message-too-large', 4, `${rawBytes} of at most ${maxBytes} bytes`);
    const raw = this.#deflate.inflate(body.subarray(cursor.offset), rawBytes);
    if (raw === undefined) throw new WireError('bad-compression', 4 + cursor.offset, `not ${rawBytes} deflated bytes`);
    if (raw.length !== rawBytes) throw new WireError('wrong-length', 4, `${raw.length} bytes announced as ${rawBytes}`);
    return raw;
  }

  #compress(raw: Uint8Array): Uint8Array | undefined {
    const deflated = this.#deflate.deflate(raw);
    const lengthBytes = varintLength(raw.length);
    if (lengthBytes + deflated.length >= raw.length) return undefined;
    const packed = new Uint8Array(lengthBytes + deflated.length);
    writeVarint(packed, 0, raw.length);
    packed.set(deflated, lengthBytes);
    return packed;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
