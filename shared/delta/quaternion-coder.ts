import { WireError } from '../wire/wire-error.ts';
import { EntityModel, type EntityTable } from './entity-table.ts';
import { codeSigned, INTEGER_MODELS } from './integer-coder.ts';
import * as live from './live-units.ts';
import type { QuaternionUnits } from './live-units.ts';
import { codeNumber } from './number-coder.ts';
import * as predictor from './predictor.ts';
import { beginMoving, followChange, isAtRest } from './predictor.ts';
import { deriveComponent } from './quaternion-values.ts';
import type { RangeCoder } from './range-coder.ts';
import { Residual } from './residual-coder.ts';
import { Outcome } from './scalar-coder.ts';

// Engines take what another module exports for a variable, and would load it for every number.
const { DERIVED, QUATERNION_COMPONENTS, QUATERNION_VALUES } = live;
const { FINE, FINE_BITS, TRACK_WORDS } = predictor;
const { Models: RESIDUAL_MODELS } = Residual;

/** More than a component can change by, in quanta. */
const ANY = 1 << 22;

/** What is being read or written. One at a time: nothing here calls back. */
const now = new Int32Array(QUATERNION_VALUES);

/**
 * Codes the tick of a quaternion, and learns from it: which component is derived, on which side of zero that is, and how
 * far the other three are off.
 *
 * Hot: once a quaternion that is awake and tick; nothing is allocated.
 *
 * @param next what its values are; to read, anything
 * @throws {WireError} `bad-state` for what is longer than 1; the table is then of no use any more
 */
export function codeQuaternion(
  coder: RangeCoder,
  table: EntityTable,
  units: QuaternionUnits,
  slot: number,
  next: Int32Array,
): Outcome {
  const { tracks, values, models } = table;
  const first = slot * QUATERNION_VALUES;
  const firstBase = table.trackOf(slot, 0);
  if (table.steady[slot] === QUATERNION_COMPONENTS && goesOn(coder, table, slot, next)) return Outcome.AtRest;

  const last = values[first + DERIVED]!;
  const isOther = coder.bit(models, EntityModel.OtherDerived, next[DERIVED] === last ? 0 : 1) === 1;
  const derived = isOther ? coder.raw(next[DERIVED]!, 2) : last;
  // What was derived was not followed, only where it last went to.
  if (isOther) beginMoving(tracks, firstBase + last * TRACK_WORDS);
  const wasNegative = values[first + derived]! < 0;
  const turns = next[derived]! < 0 === wasNegative ? 0 : 1;
  const turned = coder.bit(models, EntityModel.OtherSign, turns) === 1;
  now[DERIVED] = derived;
  now[derived] = wasNegative === turned ? 1 : -1; // its sign, until it is derived
  let steady = 0;
  let moved = 0;
  let base = firstBase;
  let model = table.firstTrackModel;
  for (let c = 0; c < QUATERNION_COMPONENTS; c++, base += TRACK_WORDS, model += RESIDUAL_MODELS) {
    if (c === derived) continue;
    const last = values[first + c]!;
    const whole = last >> FINE_BITS;
    const wanted = ((next[c]! >> FINE_BITS) - whole) | 0;
    const change = codeNumber(coder, models, model, tracks, base, wanted, last & (FINE - 1), -ANY, ANY);
    if (change < -ANY || change > ANY) throw new WireError('bad-state', 0, `a component of ${change} more quanta`);
    const value = (whole + change) << FINE_BITS;
    now[c] = value;
    moved |= (value - last) | 0;
    if (isAtRest(tracks, base)) steady++;
  }
  if (coder.writes) now[derived] = next[derived]!;
  else deriveComponent(now, 0, units.squares);
  const change = (now[derived]! - values[first + derived]!) | 0;
  moved |= change;
  followChange(tracks, firstBase + derived * TRACK_WORDS, change);
  if (isAtRest(tracks, firstBase + derived * TRACK_WORDS)) steady++;
  for (let i = 0; i < QUATERNION_VALUES; i++) values[first + i] = now[i]!;
  table.steady[slot] = steady;
  return moved !== 0 ? Outcome.Changed : steady === QUATERNION_COMPONENTS ? Outcome.AtRest : Outcome.Same;
}

/** One decision for a quaternion at rest: whether it stays so. */
function goesOn(coder: RangeCoder, table: EntityTable, slot: number, next: Int32Array): boolean {
  let off = 0;
  if (coder.writes) {
    const first = slot * QUATERNION_VALUES;
    for (let i = 0; i < QUATERNION_VALUES; i++) off |= next[i]! ^ table.values[first + i]!;
  }
  const quiet = table.quiet[slot]!;
  const goesOn = coder.bit(table.models, EntityModel.Quiet + quiet, off === 0 ? 0 : 1) === 0;
  table.quiet[slot] = goesOn ? (quiet < EntityModel.MostQuiet ? quiet + 1 : quiet) : 0;
  return goesOn;
}

/** Codes the values of a quaternion that enters, next to those of the one before. */
export function codeEnteringQuaternion(
  coder: RangeCoder,
  table: EntityTable,
  units: QuaternionUnits,
  slot: number,
  next: Int32Array,
): void {
  const { models, values, lastEntered } = table;
  const derived = coder.raw(next[DERIVED]!, 2);
  const negative = coder.raw(next[derived]! < 0 ? 1 : 0, 1) === 1;
  now[DERIVED] = derived;
  now[derived] = negative ? -1 : 1;
  for (let c = 0; c < QUATERNION_COMPONENTS; c++) {
    if (c === derived) continue;
    const like = lastEntered[c]! >> FINE_BITS;
    const given = (next[c]! >> FINE_BITS) - like;
    const model = EntityModel.Values + c * INTEGER_MODELS;
    now[c] = (like + codeSigned(coder, models, model, given)) * FINE;
  }
  deriveComponent(now, 0, units.squares);
  const first = slot * QUATERNION_VALUES;
  for (let i = 0; i < QUATERNION_VALUES; i++) lastEntered[i] = values[first + i] = now[i]!;
}
