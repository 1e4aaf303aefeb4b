import type { BitModels } from './bit-model.ts';
import type { RangeCoder } from './range-coder.ts';

/** Models that one kind of integer needs. */
export const INTEGER_MODELS = 32;

/**
 * Codes an unsigned integer below 2^32 of which little is known: how many bits it has, as up to six decisions that
 * learn, and its bits. A kind that is mostly 0 costs next to nothing.
 */
export function codeUnsigned(coder: RangeCoder, models: BitModels, first: number, value: number): number {
  const length = 32 - Math.clz32(value);
  if (coder.bit(models, first, length === 0 ? 0 : 1) === 0) return 0;
  let node = 1;
  for (let i = 4; i >= 0; i--) node = (node << 1) | coder.bit(models, first + node, ((length - 1) >>> i) & 1);
  const bits = node & 31; // below the leading one
  return coder.raw(value, bits) + 2 ** bits;
}

/** Codes a signed integer within 31 bits: as unsigned, with the sign below. */
export function codeSigned(coder: RangeCoder, models: BitModels, first: number, value: number): number {
  const zigzag = codeUnsigned(coder, models, first, ((value << 1) ^ (value >> 31)) >>> 0);
  return (zigzag >>> 1) ^ -(zigzag & 1);
}
