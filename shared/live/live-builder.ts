import type { FieldBuilder } from '@colyseus/schema';
import { t } from '@colyseus/schema';
import { fractionOf } from './fraction.ts';
import {
  MAX_PRECISION,
  MAX_QUANTA,
  MAX_QUATERNION_PRECISION,
  MIN_PRECISION,
  MIN_QUATERNION_PRECISION,
  type ScalarDeclaration,
} from './live-field-spec.ts';
import { type Quaternion, quaternionClass } from './quaternion-class.ts';
import { refuseInSchema } from '../schema/field-builder.ts';

/** Counts on either side of 0 where `fixed` is given no limit. */
const DEFAULT_QUANTA = MAX_QUANTA / 2;

/** A live field that waits for `live()`. The only modifier it takes is `.default()`. */
export type LiveBuilder<Value> = FieldBuilder<Value, true, false>;

/** Declared by a quaternion, whose own class holds the live fields. */
export const NESTED = 'nested';

/** What a maker was told, kept beside the builder that carries the types. */
export interface Declared {
  /** Which maker, for messages. */
  readonly maker: string;
  readonly declaration: ScalarDeclaration | typeof NESTED;
}

const declarations = new WeakMap<object, Declared>();

/** What is declared by `value`, if that is a live field. */
export const declaredBy = (value: unknown): Declared | undefined => declarations.get(value as object);

function declare<Value>(
  maker: string,
  builder: FieldBuilder<Value, boolean, false>,
  declaration: Declared['declaration'],
): LiveBuilder<Value> {
  declarations.set(builder, { maker, declaration });
  refuseInSchema(builder, `${maker}() is a live field: declare the class with live(), not schema()`);
  return builder as LiveBuilder<Value>;
}

export interface FixedLimits {
  readonly min?: number;
  readonly max?: number;
}

/**
 * A number in steps of `precision`: what is assigned becomes the nearest multiple, within the limits. It reads back as the
 * double of the literal a person would write (0.07 and not 7 * 0.01). NaN becomes the multiple nearest 0; a field that
 * nothing was assigned to is that too.
 *
 * @param precision 1e-15 to 1e15. A power of two makes sums of live numbers exact.
 * @param limits both inclusive; without them, plus and minus 2^29 precisions. Narrow ones make no shorter messages, they
 * keep a field in bounds.
 * @throws {RangeError} a precision or limits out of range
 */
export function fixed(precision: number, limits: FixedLimits = {}): LiveBuilder<number> {
  checkNumber('fixed', 'precision', precision, MIN_PRECISION, MAX_PRECISION);
  const { numerator, denominator } = fractionOf(precision);
  const quanta = (limit: number, round: (value: number) => number) => {
    const exact = (limit * denominator) / numerator;
    const near = Math.round(exact);
    // 0.3 is meant as three times 0.1, though it is a little less.
    return (Math.abs(exact - near) < 1e-6 ? near : round(exact)) + 0;
  };
  const min = limits.min === undefined ? -DEFAULT_QUANTA : quanta(checkFinite('fixed', 'min', limits.min), Math.ceil);
  const max = limits.max === undefined ? DEFAULT_QUANTA : quanta(checkFinite('fixed', 'max', limits.max), Math.floor);
  checkSpan('fixed', min, max, ` in precisions of ${precision}`);
  return declare('fixed', t.float64(), { kind: 'fixed', precision, min, max });
}

/**
 * A direction in `steps` of a circle, in [0, turn): what is assigned becomes the nearest one and wraps around. NaN and the
 * infinities become 0.
 *
 * @param steps 2 to 2^30
 * @param turn what a full circle is: 2 pi for radians, 360 for degrees, `steps` to count in steps
 */
export function angle(steps: number, turn: number = 2 * Math.PI): LiveBuilder<number> {
  checkInteger('angle', 'steps', steps, 2, MAX_QUANTA);
  checkNumber('angle', 'turn', turn, MIN_PRECISION, MAX_PRECISION);
  return declare('angle', t.float64(), { kind: 'angle', steps, turn });
}

/** An integer from `min` to `max`; what is assigned is rounded and clamped. NaN becomes the one nearest 0. */
export function int(min: number, max: number): LiveBuilder<number> {
  checkInteger('int', 'min', min, -MAX_QUANTA, MAX_QUANTA);
  checkInteger('int', 'max', max, -MAX_QUANTA, MAX_QUANTA);
  checkSpan('int', min, max, '');
  return declare('int', t.int32(), { kind: 'int', min, max });
}

/** An integer from 0 to `max`, at most 2^30; see `int`. */
export function uint(max: number): LiveBuilder<number> {
  checkInteger('uint', 'max', max, 1, MAX_QUANTA);
  return declare('uint', t.uint32(), { kind: 'int', min: 0, max });
}

/** True or false. */
export function flag(): LiveBuilder<boolean> {
  return declare('flag', t.boolean(), { kind: 'flag' });
}

/**
 * A rotation: a nested instance with x, y, z, w, and `set(x, y, z, w)`, which makes it canonical. Begins as the identity.
 * @param precision 1e-5 to 0.01; no component is off by more
 */
export function quaternion(precision: number): LiveBuilder<Quaternion> {
  checkNumber('quaternion', 'precision', precision, MIN_QUATERNION_PRECISION, MAX_QUATERNION_PRECISION);
  return declare('quaternion', t.ref(quaternionClass(precision)), NESTED);
}

function checkFinite(maker: string, name: string, value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`${maker}(): ${name} must be a number, not ${String(value)}`);
  if (!Number.isFinite(value)) throw new RangeError(`${maker}(): ${name} must be finite, not ${value}`);
  return value;
}

function checkNumber(maker: string, name: string, value: unknown, least: number, greatest: number): void {
  const number = checkFinite(maker, name, value);
  if (number >= least && number <= greatest) return;
  throw new RangeError(`${maker}(): ${name} must be from ${least} to ${greatest}, not ${number}`);
}

function checkInteger(maker: string, name: string, value: unknown, least: number, greatest: number): void {
  const number = checkFinite(maker, name, value);
  if (Number.isInteger(number) && number >= least && number <= greatest) return;
  throw new RangeError(`${maker}(): ${name} must be an integer from ${least} to ${greatest}, not ${number}`);
}

function checkSpan(maker: string, min: number, max: number, unit: string): void {
  const far = Math.max(Math.abs(min), Math.abs(max), max - min);
  if (min < max && far <= MAX_QUANTA) return;
  const range = `from ${min} to ${max}${unit}`;
  if (!(min < max)) throw new RangeError(`${maker}(): min must be below max, the range is ${range}`);
  throw new RangeError(`${maker}(): limits and what lies between them must stay within 2^30, the range is ${range}`);
}
