import type { BitModels } from './bit-model.ts';
import * as predictor from './predictor.ts';
import { learnOddChange } from './predictor.ts';
import type { RangeCoder } from './range-coder.ts';
import { codeFar, codeNear, Residual } from './residual-coder.ts';

// Engines take what another module exports for a variable, and would load it for every number.
const { CHANGE, NOISE, PHASE, PLACE, SPEED, BEND } = predictor.Track;
const { FINE, FINE_BITS, FIT, FIT_BITS, GAIN_BITS, LAG, LAGGING, MEMORY_MASK, NEXT_MEMORY } = predictor;
const { MOST_QUANTA, STEADY_BITS, STEADY_MASK, STEADY_ONE, STEADY_PHASE, SURPRISE, TOO_LARGE } = predictor;
const { Sides: SIDES, Sign: SIGN, Steps: STEPS, StepsOfLevel: STEPS_OF_LEVEL } = Residual;
const HALF = FINE / 2;

const STEADY_LEVEL = Residual.Levels - 1;
/** A prediction lies this many ways between two quanta: 0 to 128 of 1/256. */
const SIDE_SCALE = 31;
const SIDE_SHIFT = 10;
/** Noise below eight is alike. */
const NOISE_SHIFT = 3;
/** A residual of a larger scale is far, and as good as random: its scale less three bits hold nearly all. */
const FAR_ABOVE = 8;
const RAW_BELOW = 3;
/** A prediction that is off by less than a sixteenth of the noise has found the motion: the noise is halved. */
const CALM_SHIFT = 4;

/**
 * Codes by how much a number changes, and learns from it: its prediction, how far that is off, and what the fit makes of
 * it, see predictor.ts and residual-coder.ts. All in one function on purpose: this is where the time of a frame goes, and
 * an engine that has to call the parts takes a third longer.
 *
 * Hot: once a number that is not steady and tick; nothing is allocated. Odd changes are left to learnOddChange.
 *
 * @param first of the number's residual models
 * @param base of the number's words in `tracks`
 * @param wanted by how many quanta it changes; to read, anything
 * @param offset by how much the last value was above its quantum, fine
 * @param least by how many quanta it can change, at the ends of its range
 * @param most see `least`
 * @returns by how many quanta it changes; what was read may be out of range
 */
export function codeNumber(
  coder: RangeCoder,
  models: BitModels,
  first: number,
  tracks: Int32Array,
  base: number,
  wanted: number,
  offset: number,
  least: number,
  most: number,
): number {
  const place = tracks[base + PLACE]!;
  const speed = tracks[base + SPEED]!;
  const bend = tracks[base + BEND]!;
  const noise = tracks[base + NOISE]!;
  const phase = tracks[base + PHASE]!;

  let predicted = (offset + place + speed + (bend >> 1)) | 0;
  let step = (predicted + HALF) >> FINE_BITS;
  if (step > most) predicted = (step = most) << FINE_BITS;
  else if (step < least) predicted = (step = least) << FINE_BITS;

  const fraction = (predicted - (step << FINE_BITS)) | 0;
  const scale = 32 - Math.clz32(noise >>> NOISE_SHIFT);
  // Seen from the side to which the prediction leans, both sides are alike. -1 where that is below.
  const mirror = fraction >> 31;
  let residual = (((wanted - step) ^ mirror) - mirror) | 0;
  if (scale > FAR_ABOVE) {
    residual = codeFar(coder, residual, scale - RAW_BELOW);
  } else {
    const level = phase === STEADY_PHASE ? STEADY_LEVEL : scale;
    const side = (((fraction ^ mirror) - mirror) * SIDE_SCALE) >> SIDE_SHIFT;
    const zero = first + level * SIDES + side;
    if (coder.bit(models, zero, residual === 0 ? 0 : 1) === 0) residual = 0;
    else residual = codeNear(coder, models, zero + SIGN, first + STEPS + level * STEPS_OF_LEVEL, residual);
  }
  const quanta = (step + ((residual ^ mirror) - mirror)) | 0;

  const change = ((quanta << FINE_BITS) - offset) | 0;
  const error = ((quanta << FINE_BITS) - predicted) | 0;
  const size = Math.abs(error);
  const difference = (change - tracks[base + CHANGE]!) | 0;
  // No branch where noise would decide it: an engine could not foresee which.
  const steady = ((phase & STEADY_MASK) + STEADY_ONE) & ~((difference | -difference) >> 31);
  const isTooLarge = (quanta + MOST_QUANTA) >>> 0 > 2 * MOST_QUANTA;
  if (size > SURPRISE || steady >= STEADY_BITS || phase === STEADY_PHASE || isTooLarge) {
    if (isTooLarge) learnOddChange(tracks, base, TOO_LARGE, error, 0);
    else learnOddChange(tracks, base, change, error, steady);
    return quanta;
  }
  tracks[base + CHANGE] = change;
  const calm = (size - (noise >> CALM_SHIFT)) >> 31;
  tracks[base + NOISE] = (noise + ((size - noise) >> (2 + calm))) | 0;
  const lags = ((LAG + Math.imul(error, place)) >> 31) & LAGGING;
  const gains = NEXT_MEMORY[(phase & MEMORY_MASK) + lags]! << FIT_BITS;
  // Relative to the value that is now: what is left of the error.
  tracks[base + PLACE] = Math.imul(error, FIT[gains]!) >> GAIN_BITS;
  tracks[base + SPEED] = (speed + bend + (Math.imul(error, FIT[gains + 1]!) >> GAIN_BITS)) | 0;
  tracks[base + BEND] = (bend + (Math.imul(error, FIT[gains + 2]!) >> GAIN_BITS)) | 0;
  tracks[base + PHASE] = steady | FIT[gains + 3]!;
  return quanta;
}
