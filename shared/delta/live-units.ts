/**
 * What the codec knows of a live class: numbers of its own, or a quaternion. All integers are within 2^30, and so is
 * the difference of two.
 */
export type LiveUnits = ScalarUnits | QuaternionUnits;

/** Integers, each from its `min` to its `max`; with a `modulus` other than 0 on a circle of so many, from 0. */
export interface ScalarUnits {
  readonly kind: 'scalars';
  readonly min: Int32Array;
  readonly max: Int32Array;
  readonly modulus: Int32Array;
}

/**
 * Five integers: the components x, y, z, w in 1/256 quanta, and the index of the one that is derived from the other
 * three, which are whole quanta: the squares of all four sum up to `squares` quanta squared.
 */
export interface QuaternionUnits {
  readonly kind: 'quaternion';
  readonly squares: number;
}

export const QUATERNION_VALUES = 5;
export const QUATERNION_COMPONENTS = 4;
/** Which of a quaternion's values is the index of the derived component. */
export const DERIVED = 4;

/** Integers of an entity. */
export const valueCount = (units: LiveUnits): number =>
  units.kind === 'scalars' ? units.min.length : QUATERNION_VALUES;

/** Numbers of an entity that are predicted. */
export const trackCount = (units: LiveUnits): number =>
  units.kind === 'scalars' ? units.min.length : QUATERNION_COMPONENTS;
