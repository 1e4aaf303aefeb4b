import type { BitModels } from './bit-model.ts';
import type { RangeCoder } from './range-coder.ts';

/** Residuals are told apart by how noisy their number is: one level for each doubling of the noise, and one for steady ones. */
const LEVELS = 13;
const STEADY_LEVEL = LEVELS - 1;
const TOP_LEVEL = LEVELS - 2;
/** Above this level the low bits of a residual are as good as random, and are written as they are. */
const RAW_ABOVE_LEVEL = 8;
/** Above this one, where nothing is foreseen, two more of them: there would be too many steps to count. */
const WILD_LEVEL = 13;
/** A prediction lies this many ways between two quanta: 0 to 128 of 1/256. */
const SIDES = 4;
const SIDE_SCALE = 31;
const SIDE_SHIFT = 10;
const STEPS = 16;

const ZERO = 0;
const SIGN = ZERO + LEVELS * SIDES;
const STEP = SIGN + LEVELS * SIDES;
/** Models that a number's residuals need, from the index given on. */
export const RESIDUAL_MODELS = STEP + LEVELS * STEPS;

/** Steps that are counted one by one; what is larger is written out. */
const MOST_STEPS = 20;

/**
 * Codes how far a number is from its prediction, in quanta.
 * @param fraction of the prediction above the quantum nearest to it, in 1/256: -128 to 128
 * @param noise how far off predictions were lately, in 1/256 quanta
 * @returns `residual`
 */
export function codeResidual(
  coder: RangeCoder,
  models: BitModels,
  first: number,
  residual: number,
  fraction: number,
  noise: number,
  steady: boolean,
): number {
  const scale = 32 - Math.clz32(noise >>> 3);
  const level = steady ? STEADY_LEVEL : scale < TOP_LEVEL ? scale : TOP_LEVEL;
  // Seen from the side to which the prediction leans, both sides are alike. -1 where that is below.
  const mirror = fraction >> 31;
  const side = (((fraction ^ mirror) - mirror) * SIDE_SCALE) >> SIDE_SHIFT;
  const model = first + level * SIDES + side;
  const towards = (residual ^ mirror) - mirror;
  let value: number;
  if (scale > RAW_ABOVE_LEVEL) {
    const rawBits = scale - RAW_ABOVE_LEVEL + (scale > WILD_LEVEL ? 2 : 0);
    value = codeWild(coder, models, model, first + STEP + level * STEPS, towards, rawBits);
  } else {
    if (coder.bit(models, model + ZERO, towards === 0 ? 0 : 1) === 0) return 0;
    value = codeOther(coder, models, model + SIGN, first + STEP + level * STEPS, towards);
  }
  return ((value ^ mirror) - mirror) | 0;
}

/** So noisy that the low bits are as good as random: what is above them, then they. */
function codeWild(
  coder: RangeCoder,
  models: BitModels,
  model: number,
  step: number,
  towards: number,
  rawBits: number,
): number {
  const high = towards >> rawBits;
  let value = 0;
  if (coder.bit(models, model + ZERO, high === 0 ? 0 : 1) === 1) {
    value = codeOther(coder, models, model + SIGN, step, high) << rawBits;
  }
  return value | coder.raw(towards, rawBits);
}

/** What is not 0: its sign, and how many steps beyond it. */
function codeOther(coder: RangeCoder, models: BitModels, sign: number, step: number, value: number): number {
  const negative = coder.bit(models, sign, value >>> 31);
  const size = (Math.abs(value) - 1) | 0;
  let steps = 0;
  while (
    steps < MOST_STEPS &&
    coder.bit(models, step + (steps < STEPS ? steps : STEPS - 1), size > steps ? 1 : 0) === 1
  ) {
    steps++;
  }
  if (steps === MOST_STEPS) steps += codeLarge(coder, size - MOST_STEPS);
  return negative === 1 ? ~steps : steps + 1;
}

/** An unsigned number of up to 31 bits: how many bits it has, and they. */
function codeLarge(coder: RangeCoder, value: number): number {
  const bits = coder.raw(32 - Math.clz32(value), 5);
  return coder.raw(value, bits);
}
