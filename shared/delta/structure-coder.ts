import { WireError } from '../wire/wire-error.ts';
import { type BitModels, newBitModels } from './bit-model.ts';
import { codeUnsigned, INTEGER_MODELS } from './integer-coder.ts';
import type { RangeCoder } from './range-coder.ts';

/** Models that the contexts of bytes share; those of rare contexts may fall together. A power of two. */
const BYTE_MODELS = 4_096;
/** Few bytes follow the same two often: what follows is learned from the first few. */
const ADAPTATION = 3;
/** Longer structure is written as it is, a byte after the other: it would take too long. */
const MOST_MODELLED_BYTES = 4_096;
/** No server writes more into one tick. */
const MOST_BYTES = 8 * 1_048_576;

/** What is known of the bytes of Schema's patches: behind the models of their lengths, those of the bytes. */
export function newStructureModels(): BitModels {
  return newBitModels(INTEGER_MODELS + BYTE_MODELS);
}

/**
 * Codes what Schema's encoder wrote: entities that come and go, strings, whatever is no live field. Ticks are alike, so a
 * byte is foreseen from the two before it. PROTOCOL.md D3.
 * @param structure given to write; to read, anything
 * @throws {WireError} `bad-state` for a length that cannot be
 */
export function codeStructure(coder: RangeCoder, models: BitModels, structure: Uint8Array): Uint8Array {
  const length = codeUnsigned(coder, models, 0, coder.writes ? structure.length : 0);
  if (length > MOST_BYTES) throw new WireError('bad-state', 0, `a structure of ${length} bytes`);
  const bytes = coder.writes ? structure : new Uint8Array(length);
  if (length > MOST_MODELLED_BYTES) for (let i = 0; i < length; i++) bytes[i] = coder.raw(bytes[i]!, 8);
  else codeBytes(coder, models, bytes);
  return bytes;
}

function codeBytes(coder: RangeCoder, models: BitModels, bytes: Uint8Array): void {
  let context = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    const first = Math.imul(context, 0x9e3779b1) >>> 8;
    let node = 1;
    for (let bit = 7; bit >= 0; bit--) {
      const model = INTEGER_MODELS + ((first + Math.imul(node, 0x6d2b)) & (BYTE_MODELS - 1));
      node = (node << 1) | coder.bit(models, model, (byte >>> bit) & 1, ADAPTATION);
    }
    bytes[i] = node;
    context = ((context << 8) | (node & 0xff)) & 0xffff;
  }
}
