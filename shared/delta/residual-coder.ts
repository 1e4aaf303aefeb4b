import type { BitModels } from './bit-model.ts';
import type { RangeCoder } from './range-coder.ts';

/**
 * Where the models of a number's residuals lie, from its first one on. Residuals are told apart by how noisy their number
 * is: one level for each doubling of the noise up to where residuals are far, and one for numbers that are steady. At each
 * level a first decision says whether the residual is 0, and a second one on which side of 0 it is; both also depend on
 * where between two quanta the prediction lay, in four ways. Then steps are counted.
 */
export const Residual = {
  Levels: 10,
  Sides: 4,
  Sign: 10 * 4,
  Steps: 2 * 10 * 4,
  StepsOfLevel: 16,
  Models: 2 * 10 * 4 + 10 * 16,
} as const;

/** Steps with a model of their own; the last one's serves those beyond it. */
const MODELLED_STEPS = 16;
/** Steps that are counted one by one; what is larger is written out. */
const MOST_STEPS = 20;

/**
 * Codes a residual that is not 0: its sign, and how many steps beyond 1 it is.
 * @param sign the model of its sign
 * @param steps the first model of its steps
 */
export function codeNear(coder: RangeCoder, models: BitModels, sign: number, steps: number, residual: number): number {
  const negative = coder.bit(models, sign, residual >>> 31);
  const size = (Math.abs(residual) - 1) | 0;
  let count = 0;
  while (count < MOST_STEPS) {
    const model = steps + (count < MODELLED_STEPS ? count : MODELLED_STEPS - 1);
    if (coder.bit(models, model, size > count ? 1 : 0) === 0) return negative === 1 ? ~count : count + 1;
    count++;
  }
  count += codeLarge(coder, size - MOST_STEPS);
  return negative === 1 ? ~count : count + 1;
}

/**
 * Codes a residual of a number so noisy that it is as good as random: as it is, in so many bits. The least number that
 * fits into them stands for all that do not.
 */
export function codeFar(coder: RangeCoder, residual: number, bits: number): number {
  const half = 1 << (bits - 1);
  const code = (residual + half) | 0;
  const known = coder.raw(code > 0 && code < half + half ? code : 0, bits);
  return known === 0 ? codeSignedLarge(coder, residual) : known - half;
}

/** A signed number below 2^31: whether it is negative, and its size. */
function codeSignedLarge(coder: RangeCoder, value: number): number {
  const negative = coder.raw(value >>> 31, 1);
  const size = codeLarge(coder, Math.abs(value));
  return negative === 1 ? -size | 0 : size | 0;
}

/** An unsigned number of up to 31 bits: how many bits it has, and they. */
function codeLarge(coder: RangeCoder, value: number): number {
  const bits = coder.raw(32 - Math.clz32(value), 5);
  return coder.raw(value, bits);
}
