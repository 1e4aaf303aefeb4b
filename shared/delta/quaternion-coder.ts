import { EntityModel, type EntityTable } from './entity-table.ts';
import { codeSigned, INTEGER_MODELS } from './integer-coder.ts';
import { DERIVED, QUATERNION_COMPONENTS, QUATERNION_VALUES, type QuaternionUnits } from './live-units.ts';
import {
  beginMoving,
  FINE,
  FINE_BITS,
  followChange,
  isAtRest,
  isSteady,
  learnChange,
  noiseOf,
  predictChange,
  TRACK_WORDS,
} from './predictor.ts';
import { deriveComponent } from './quaternion-values.ts';
import type { RangeCoder } from './range-coder.ts';
import { codeResidual, RESIDUAL_MODELS } from './residual-coder.ts';
import { Outcome } from './scalar-coder.ts';

/** What is being read or written. One at a time: nothing here calls back. */
const now = new Int32Array(QUATERNION_VALUES);

/**
 * Codes the tick of a quaternion, and learns from it: which component is derived, on which side of zero that is, and how
 * far the other three are off.
 *
 * Hot: once a quaternion that is awake and tick; nothing is allocated.
 *
 * @param next what its values are, or undefined to read
 * @throws {WireError} `bad-state` for what is longer than 1; the table is then of no use any more
 */
export function codeQuaternion(
  coder: RangeCoder,
  table: EntityTable,
  units: QuaternionUnits,
  slot: number,
  next: Int32Array | undefined,
): Outcome {
  const { tracks, values, models } = table;
  const first = slot * QUATERNION_VALUES;
  const firstBase = table.trackOf(slot, 0);
  if (table.steady[slot] === QUATERNION_COMPONENTS && goesOn(coder, table, slot, next)) return Outcome.AtRest;

  const last = values[first + DERIVED]!;
  const isOther =
    coder.bit(models, EntityModel.OtherDerived, next === undefined || next[DERIVED] === last ? 0 : 1) === 1;
  const derived = isOther ? coder.raw(next === undefined ? 0 : next[DERIVED]!, 2) : last;
  // What was derived was not followed, only where it last went to.
  if (isOther) beginMoving(tracks, firstBase + last * TRACK_WORDS);
  const wasNegative = values[first + derived]! < 0;
  const turns = next === undefined || next[derived]! < 0 === wasNegative ? 0 : 1;
  const turned = coder.bit(models, EntityModel.OtherSign, turns) === 1;
  now[DERIVED] = derived;
  now[derived] = wasNegative === turned ? 1 : -1; // its sign, until it is derived
  let steady = 0;
  let moved = false;
  for (let c = 0; c < QUATERNION_COMPONENTS; c++) {
    if (c === derived) continue;
    const base = firstBase + c * TRACK_WORDS;
    const predicted = predictChange(tracks, base);
    const place = (values[first + c]! + predicted) | 0;
    const step = (place + FINE / 2) >> FINE_BITS;
    const given = next === undefined ? 0 : (next[c]! >> FINE_BITS) - step;
    const model = table.firstTrackModel + c * RESIDUAL_MODELS;
    const fraction = (place - (step << FINE_BITS)) | 0;
    const residual = codeResidual(coder, models, model, given, fraction, noiseOf(tracks, base), isSteady(tracks, base));
    now[c] = (step + residual) << FINE_BITS;
    const change = (now[c]! - values[first + c]!) | 0;
    if (change !== 0) moved = true;
    learnChange(tracks, base, change, predicted);
    if (isAtRest(tracks, base)) steady++;
  }
  if (next === undefined) deriveComponent(now, 0, units.squares);
  else now[derived] = next[derived]!;
  const change = (now[derived]! - values[first + derived]!) | 0;
  if (change !== 0) moved = true;
  followChange(tracks, firstBase + derived * TRACK_WORDS, change);
  if (isAtRest(tracks, firstBase + derived * TRACK_WORDS)) steady++;
  for (let i = 0; i < QUATERNION_VALUES; i++) values[first + i] = now[i]!;
  table.steady[slot] = steady;
  return moved ? Outcome.Changed : steady === QUATERNION_COMPONENTS ? Outcome.AtRest : Outcome.Same;
}

/** One decision for a quaternion at rest: whether it stays so. */
function goesOn(coder: RangeCoder, table: EntityTable, slot: number, next: Int32Array | undefined): boolean {
  let off = 0;
  if (next !== undefined) {
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
  next: Int32Array | undefined,
): void {
  const { models, values, lastEntered } = table;
  const derived = coder.raw(next === undefined ? 0 : next[DERIVED]!, 2);
  const negative = coder.raw(next !== undefined && next[derived]! < 0 ? 1 : 0, 1) === 1;
  now[DERIVED] = derived;
  now[derived] = negative ? -1 : 1;
  for (let c = 0; c < QUATERNION_COMPONENTS; c++) {
    if (c === derived) continue;
    const like = lastEntered[c]! >> FINE_BITS;
    const given = next === undefined ? 0 : (next[c]! >> FINE_BITS) - like;
    const model = EntityModel.Values + c * INTEGER_MODELS;
    now[c] = (like + codeSigned(coder, models, model, given)) * FINE;
  }
  deriveComponent(now, 0, units.squares);
  const first = slot * QUATERNION_VALUES;
  for (let i = 0; i < QUATERNION_VALUES; i++) lastEntered[i] = values[first + i] = now[i]!;
}
