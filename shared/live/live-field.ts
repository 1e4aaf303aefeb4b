import type { LiveFieldSpec, ScalarSpec } from './live-field-spec.ts';
import { QuaternionField } from './quaternion-field.ts';
import { AngleField, FlagField, ScaledField } from './scalar-field.ts';

/** A field with one quantum count. */
export type LiveScalar = ScaledField | AngleField | FlagField;

/** A live field at work: turns values to quantum counts and back. */
export type LiveField = LiveScalar | QuaternionField;

/** The field that a spec declares. The same spec makes the same doubles of the same counts, in every engine. */
export function liveField(spec: LiveFieldSpec): LiveField {
  return spec.kind === 'quaternion' ? new QuaternionField(spec) : scalarField(spec);
}

export function scalarField(spec: ScalarSpec): LiveScalar {
  switch (spec.kind) {
    case 'fixed':
    case 'int':
      return new ScaledField(spec);
    case 'angle':
      return new AngleField(spec);
    case 'flag':
      return new FlagField(spec);
  }
}
