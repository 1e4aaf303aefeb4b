/** Quantum counts, and the span between the least and the greatest of a field, stay within this: int32 with headroom. */
export const MAX_QUANTA = 2 ** 30;
/** Of a `fixed`; a circle is as large. */
export const MIN_PRECISION = 1e-15;
export const MAX_PRECISION = 1e15;
export const MIN_QUATERNION_PRECISION = 1e-5;
export const MAX_QUATERNION_PRECISION = 0.01;

interface Place {
  /** Of the field in its Schema class; of the first component for a quaternion. */
  readonly index: number;
  readonly name: string;
}

/** Multiples of `precision`; `min` and `max` are counts of it, not values. */
export interface FixedSpec extends Place {
  readonly kind: 'fixed';
  readonly precision: number;
  readonly min: number;
  readonly max: number;
}

/** Integers. */
export interface IntSpec extends Place {
  readonly kind: 'int';
  readonly min: number;
  readonly max: number;
}

/** `steps` directions of a circle, in a unit of which `turn` make the circle. */
export interface AngleSpec extends Place {
  readonly kind: 'angle';
  readonly steps: number;
  readonly turn: number;
}

export interface FlagSpec extends Place {
  readonly kind: 'flag';
}

/** A whole class: its four fields x, y, z, w, of which `index` is the first. */
export interface QuaternionSpec extends Place {
  readonly kind: 'quaternion';
  readonly precision: number;
}

export type ScalarSpec = FixedSpec | IntSpec | AngleSpec | FlagSpec;

/**
 * What there is to know of a live field, as plain data: a peer that has no class of its own builds the field from it
 * (`liveField`).
 */
export type LiveFieldSpec = ScalarSpec | QuaternionSpec;

type Declared<Spec> = Spec extends Place ? Omit<Spec, keyof Place> : never;

/** A scalar's spec before the field has its name and place. */
export type ScalarDeclaration = Declared<ScalarSpec>;
