import { type DataChange, type IRef, OPERATION } from '@colyseus/schema';
import type { LiveLayout } from '../live/live-layout.ts';
import { valuesOf } from '../schema/tracked.ts';
import type { QuaternionField } from '../live/quaternion-field.ts';
import { readRotation } from '../live/quaternion-class.ts';
import { type LiveUnits, QUATERNION_COMPONENTS, QUATERNION_VALUES } from './live-units.ts';

/** The units of a class's live fields: a quaternion is a class of its own. */
export function unitsOf({ fields }: LiveLayout): LiveUnits {
  const [first] = fields;
  if (first?.kind === 'quaternion') return { kind: 'quaternion', squares: first.grid.radiusSquared };
  const scalars = fields.filter((field) => field.kind !== 'quaternion');
  return {
    kind: 'scalars',
    min: Int32Array.from(scalars, ({ min }) => min),
    max: Int32Array.from(scalars, ({ max }) => max),
    modulus: Int32Array.from(scalars, ({ modulus }) => modulus),
  };
}

/** Reads the integers of rotations of one class, of which assignments keep no counts. */
export class RotationReader {
  readonly #field: QuaternionField;
  /** Of the rotation that was read last. */
  readonly #fine = new Int32Array(QUATERNION_VALUES);

  constructor(field: QuaternionField) {
    this.#field = field;
  }

  /**
   * Hot: once a rotation that is awake and tick; nothing is allocated.
   * @returns good until the next call, and not to be written
   */
  read(instance: object): Int32Array {
    readRotation(instance, this.#field, valuesOf(instance) as number[], this.#fine);
    return this.#fine;
  }
}

export const COMPONENT_NAMES = ['x', 'y', 'z', 'w'] as const;

/**
 * Writes the integers of an entity, from `first` on, to its instance.
 * @param changes gets what became different, as Schema's decoder tells it; undefined where nobody listens
 */
export function writeInstance(
  { fields }: LiveLayout,
  instance: object,
  values: Int32Array,
  first: number,
  refId: number,
  changes: DataChange[] | undefined,
): void {
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    if (field.kind !== 'quaternion') {
      writeField(instance, field.name, field.fromQuanta(values[first + i]!), refId, changes);
      continue;
    }
    for (let c = 0; c < QUATERNION_COMPONENTS; c++) {
      writeField(instance, COMPONENT_NAMES[c]!, field.fromFine(values[first + c]!), refId, changes);
    }
  }
}

function writeField(
  instance: object,
  name: string,
  value: number | boolean,
  refId: number,
  changes: DataChange[] | undefined,
): void {
  const fields = instance as Record<string, unknown>;
  const previousValue = fields[name];
  if (previousValue === value) return;
  fields[name] = value;
  changes?.push({ ref: instance as IRef, refId, op: OPERATION.REPLACE, field: name, value, previousValue });
}
