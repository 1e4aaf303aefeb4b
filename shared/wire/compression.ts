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

/**
 * Compressed body: varint raw length | raw deflate. PROTOCOL.md C1 to C3.
 *
 * A body that goes to many clients is the same object for each of them and is compressed once: results are kept by
 * object, for as long as the object lives.
 */
export class Compressor {
  readonly #deflate: Deflate;
  /** null: compressing did not make it smaller. */
  readonly #packed = new WeakMap<Uint8Array, Uint8Array | null>();

  constructor(deflate: Deflate) {
    this.#deflate = deflate;
  }

  /** @returns the compressed body, or undefined where the raw one is to be sent */
  compress(raw: Uint8Array): Uint8Array | undefined {
    if (raw.length <= COMPRESS_OVER_BYTES) return undefined;
    let packed = this.#packed.get(raw);
    if (packed === undefined) {
      packed = this.#compress(raw);
      this.#packed.set(raw, packed);
    }
    return packed ?? undefined;
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

  #compress(raw: Uint8Array): Uint8Array | null {
    const deflated = this.#deflate.deflate(raw);
    const lengthBytes = varintLength(raw.length);
    if (lengthBytes + deflated.length >= raw.length) return null;
    const packed = new Uint8Array(lengthBytes + deflated.length);
    writeVarint(packed, 0, raw.length);
    packed.set(deflated, lengthBytes);
    return packed;
  }
}
