import { WireError } from '../wire/wire-error.ts';
import { type BitModels, EVEN, LEAST_CHANCE, newBitModels } from './bit-model.ts';
import { EntityModel, type EntityTable } from './entity-table.ts';
import { type FrameCoder, MOST_ENTITIES } from './frame-coder.ts';
import { codeSigned, codeUnsigned, INTEGER_MODELS } from './integer-coder.ts';
import type { ScalarUnits } from './live-units.ts';
import { checkTrack, isAtRest, isSteady, restTrack, steadyStep, TRACK_WORDS } from './predictor.ts';
import { checkQuaternion } from './quaternion-values.ts';
import type { RangeCoder } from './range-coder.ts';
import { checkScalar } from './scalar-coder.ts';

/** Models of a keyframe: they begin anew with each. */
const KeyframeModel = {
  Count: 0,
  RefId: INTEGER_MODELS,
  Quiet: 2 * INTEGER_MODELS,
  LastRefId: 3 * INTEGER_MODELS,
  AtRest: 4 * INTEGER_MODELS,
  /** Whether a model has learned anything, by whether the one before it had. */
  Learned: 4 * INTEGER_MODELS + 2,
  Words: 4 * INTEGER_MODELS + 4,
  Values: 4 * INTEGER_MODELS + 4 + TRACK_WORDS * INTEGER_MODELS,
} as const;

/**
 * Codes all that a stream remembers, so that one who has nothing of it can go on with it: the entities in their order,
 * awake and asleep, their values and how they move, and what the models have learned.
 * PROTOCOL.md D7.
 * @throws {WireError} `bad-state`
 */
export function codeKeyframe(coder: RangeCoder, frame: FrameCoder): void {
  const most = Math.max(...frame.tables.map(({ valueCount }) => valueCount), 0);
  const models = newBitModels(KeyframeModel.Values + most * INTEGER_MODELS);
  frame.lastRefId = codeUnsigned(coder, models, KeyframeModel.LastRefId, frame.lastRefId);
  frame.eventful = coder.raw(frame.eventful, 1);
  codeModels(coder, models, frame.models);
  codeModels(coder, models, frame.structureModels);
  let room = MOST_ENTITIES;
  for (const table of frame.tables) {
    codeTable(coder, models, table, room);
    room -= table.size;
    codeModels(coder, models, table.models);
  }
}

function codeTable(coder: RangeCoder, models: BitModels, table: EntityTable, room: number): void {
  const { writes } = coder;
  const awakeCount = codeUnsigned(coder, models, KeyframeModel.Count, writes ? table.awakeCount : 0);
  const asleepCount = codeUnsigned(coder, models, KeyframeModel.Count, writes ? table.asleepCount : 0);
  if (awakeCount + asleepCount > room) throw new WireError('bad-state', 0, `more than ${MOST_ENTITIES} entities`);
  if (!writes) table.clear();
  let lastRefId = 0;
  const like = new Int32Array(table.valueCount);
  for (let i = 0; i < awakeCount + asleepCount; i++) {
    const isAwake = i < awakeCount;
    const given = !writes ? -1 : isAwake ? table.awake[i]! : table.asleep[i - awakeCount]!;
    const refId =
      lastRefId + codeSigned(coder, models, KeyframeModel.RefId, writes ? table.refIds[given]! - lastRefId : 0);
    const slot = writes ? given : isAwake ? table.add(refId) : table.addAsleep(refId);
    codeRow(coder, models, table, table.values, slot * table.valueCount, like);
    checkRow(table, table.values, slot * table.valueCount);
    if (isAwake) codeMotion(coder, models, table, slot);
    lastRefId = refId;
  }
  codeRow(coder, models, table, table.lastEntered, 0, like);
}

/** The values of an entity, next to those of the one before. */
function codeRow(
  coder: RangeCoder,
  models: BitModels,
  table: EntityTable,
  values: Int32Array,
  first: number,
  like: Int32Array,
): void {
  for (let i = 0; i < table.valueCount; i++) {
    const model = KeyframeModel.Values + i * INTEGER_MODELS;
    like[i] = values[first + i] =
      (like[i]! + codeSigned(coder, models, model, (values[first + i]! - like[i]!) | 0)) | 0;
  }
}

function codeMotion(coder: RangeCoder, models: BitModels, table: EntityTable, slot: number): void {
  table.quiet[slot] = Math.min(
    codeUnsigned(coder, models, KeyframeModel.Quiet, table.quiet[slot]!),
    EntityModel.MostQuiet,
  );
  const { tracks } = table;
  let steady = 0;
  for (let track = 0; track < table.trackCount; track++) {
    const base = table.trackOf(slot, track);
    if (coder.bit(models, KeyframeModel.AtRest, isAtRest(tracks, base) ? 1 : 0) === 1) {
      restTrack(tracks, base);
      steady++;
      continue;
    }
    for (let word = 0; word < TRACK_WORDS; word++) {
      const model = KeyframeModel.Words + word * INTEGER_MODELS;
      tracks[base + word] = codeSigned(coder, models, model, tracks[base + word]!);
    }
    checkTrack(tracks, base);
    if (table.units.kind === 'scalars' && isSteady(tracks, base)) {
      checkSteadyStep(table.units, track, steadyStep(tracks, base));
      steady++;
    }
  }
  table.steady[slot] = steady;
}

/** Most models have learned nothing yet. */
function codeModels(coder: RangeCoder, models: BitModels, learned: BitModels): void {
  let before = 0;
  for (let i = 0; i < learned.length; i++) {
    before = coder.bit(models, KeyframeModel.Learned + before, learned[i] === EVEN ? 0 : 1);
    learned[i] = before === 0 ? EVEN : coder.raw(learned[i]!, 16);
    if (learned[i]! < LEAST_CHANCE) {
      throw new WireError('bad-state', 0, `a model at ${learned[i]}`);
    }
  }
}

/**
 * What goes on steadily is not checked in each tick, and goes around its circle at most once then.
 * @throws {WireError} `bad-state` for what no number does in a tick
 */
function checkSteadyStep({ min, max, modulus }: ScalarUnits, track: number, step: number): void {
  const circle = modulus[track]!;
  const most = circle === 0 ? max[track]! - min[track]! : circle / 2;
  if (Math.abs(step) > most) throw new WireError('bad-state', 0, `a step of ${step} quanta, of at most ${most}`);
}

function checkRow({ units, valueCount }: EntityTable, values: Int32Array, first: number): void {
  if (units.kind === 'quaternion') return checkQuaternion(units, values, first);
  for (let i = 0; i < valueCount; i++) checkScalar(units, i, values[first + i]!);
}
