import { WireError } from '../wire/wire-error.ts';
import { EntityModel, type EntityTable } from './entity-table.ts';
import { codeSigned, INTEGER_MODELS } from './integer-coder.ts';
import type { ScalarUnits } from './live-units.ts';
import { codeNumber } from './number-coder.ts';
import * as predictor from './predictor.ts';
import { learnOddChange } from './predictor.ts';
import type { RangeCoder } from './range-coder.ts';
import { Residual } from './residual-coder.ts';

// Engines take what another module exports for a variable, and would load it for every number.
const { FINE_BITS, STEADY_PHASE, TRACK_WORDS } = predictor;
const { CHANGE, PHASE } = predictor.Track;
const { Models: RESIDUAL_MODELS } = Residual;

/** What became of an entity in a tick. */
export const Outcome = { Same: 0, Changed: 1, AtRest: 2 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/**
 * Codes the tick of an entity whose values are scalars, and learns from it. One decision says whether all its steady
 * numbers go on as they did; each of the others is coded by how far it is off.
 *
 * Hot: once an entity that is awake and tick; nothing is allocated.
 *
 * @param next what its values are, from `from` on; to read, anything
 * @throws {WireError} `bad-state` when what was read is out of its range; the table is then of no use any more
 */
export function codeScalars(
  coder: RangeCoder,
  table: EntityTable,
  units: ScalarUnits,
  slot: number,
  next: Int32Array,
  from: number,
): Outcome {
  const { tracks, values, models, trackCount } = table;
  const { min, max, modulus: moduli } = units;
  const goOn = table.steady[slot]! > 0 && allGoOn(coder, table, units, slot, next, from);
  const first = slot * trackCount;
  let moved = 0;
  let steady = 0;
  let base = first * TRACK_WORDS;
  let model = table.firstTrackModel;
  for (let i = 0; i < trackCount; i++, base += TRACK_WORDS, model += RESIDUAL_MODELS) {
    if (goOn && tracks[base + PHASE] === STEADY_PHASE) {
      if (tracks[base + CHANGE] === 0) {
        steady++;
        continue;
      }
      moved |= goOnSteadily(table, units, i, first + i, base);
    } else if (moduli[i] === 0) {
      const last = values[first + i]!;
      const least = (min[i]! - last) | 0;
      const most = (max[i]! - last) | 0;
      const change = codeNumber(coder, models, model, tracks, base, (next[from + i]! - last) | 0, 0, least, most);
      if (change < least || change > most) throw outOfRange(last + change);
      values[first + i] = (last + change) | 0;
      moved |= change;
    } else {
      const last = values[first + i]!;
      const modulus = moduli[i]!;
      const wanted = shorter((next[from + i]! - last) | 0, modulus);
      const change = codeNumber(coder, models, model, tracks, base, wanted, 0, -modulus, modulus);
      const value = around(last + change, modulus);
      if (value < 0 || value >= modulus) throw outOfRange(value);
      values[first + i] = value;
      moved |= change;
    }
    steady += tracks[base + PHASE] === STEADY_PHASE ? 1 : 0;
  }
  table.steady[slot] = steady;
  // A steady number that moves did so now.
  return moved !== 0 ? Outcome.Changed : steady === trackCount ? Outcome.AtRest : Outcome.Same;
}

/** A steady number that moves goes on, at most to the end of its range. @returns by how much */
function goOnSteadily(
  { tracks, values }: EntityTable,
  units: ScalarUnits,
  i: number,
  at: number,
  base: number,
): number {
  const last = values[at]!;
  const step = tracks[base + CHANGE]! >> FINE_BITS;
  const value = steadyValue(units, i, last, step);
  values[at] = value;
  if (units.modulus[i] !== 0 || value === last + step) return step;
  const change = (value - last) << FINE_BITS;
  learnOddChange(tracks, base, change, change, 0);
  return value - last;
}

/** One decision for all that is steady of an entity: whether it goes on so. */
function allGoOn(
  coder: RangeCoder,
  table: EntityTable,
  units: ScalarUnits,
  slot: number,
  next: Int32Array,
  from: number,
): boolean {
  let off = 0;
  if (coder.writes) {
    const { tracks, values, trackCount } = table;
    const first = slot * trackCount;
    for (let i = 0, base = first * TRACK_WORDS; i < trackCount; i++, base += TRACK_WORDS) {
      if (tracks[base + PHASE] !== STEADY_PHASE) continue;
      const last = values[first + i]!;
      const change = tracks[base + CHANGE]!;
      off |= next[from + i]! ^ (change === 0 ? last : steadyValue(units, i, last, change >> FINE_BITS));
    }
  }
  const quiet = table.quiet[slot]!;
  const goOn = coder.bit(table.models, EntityModel.Quiet + quiet, off === 0 ? 0 : 1) === 0;
  table.quiet[slot] = goOn ? (quiet < EntityModel.MostQuiet ? quiet + 1 : quiet) : 0;
  return goOn;
}

/** Codes the values of an entity that enters, next to those of the one before; `next` and `from` as above. */
export function codeEnteringScalars(
  coder: RangeCoder,
  table: EntityTable,
  units: ScalarUnits,
  slot: number,
  next: Int32Array,
  from: number,
): void {
  const { models, values, lastEntered, valueCount } = table;
  for (let i = 0; i < valueCount; i++) {
    const like = lastEntered[i]!;
    const model = EntityModel.Values + i * INTEGER_MODELS;
    const value = like + codeSigned(coder, models, model, next[from + i]! - like);
    checkScalar(units, i, value);
    lastEntered[i] = values[slot * valueCount + i] = value;
  }
}

/** @throws {WireError} `bad-state` */
export function checkScalar({ min, max }: ScalarUnits, index: number, value: number): void {
  if (value < min[index]! || value > max[index]!) throw outOfRange(value);
}

function outOfRange(value: number): WireError {
  return new WireError('bad-state', 0, `a live field of ${value} quanta`);
}

/** Where a steady number is next: at most at the end of its range. */
function steadyValue(units: ScalarUnits, index: number, last: number, step: number): number {
  const value = last + step;
  const modulus = units.modulus[index]!;
  if (modulus !== 0) return around(value, modulus);
  return value > units.max[index]! ? units.max[index]! : value < units.min[index]! ? units.min[index]! : value;
}

/** The shorter way around a circle. */
function shorter(difference: number, modulus: number): number {
  const twice = 2 * difference;
  if (twice < modulus && twice >= -modulus) return difference;
  const once = difference % modulus;
  if (once >= modulus / 2) return once - modulus;
  return once < -modulus / 2 ? once + modulus : once;
}

/** The place on a circle of `modulus`, of one that is at most once around. */
function around(value: number, modulus: number): number {
  return value < 0 ? value + modulus : value >= modulus ? value - modulus : value;
}
