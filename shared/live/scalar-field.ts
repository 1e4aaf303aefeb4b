import { fractionOf } from './fraction.ts';
import type { AngleSpec, FixedSpec, FlagSpec, IntSpec } from './live-field-spec.ts';

/**
 * `toQuanta` takes whatever the field may hold, undefined included, and returns an int32; `fromQuanta` takes a count that
 * `toQuanta` could have returned. Neither allocates: the codec calls them for each field of each entity, each tick.
 * `snap` does both, and snapping a snapped value changes nothing.
 */
interface Scalar<Value> {
  readonly name: string;
  readonly index: number;
  /** Schema fields that it spans. */
  readonly width: 1;
  /** Least and greatest count. */
  readonly min: number;
  readonly max: number;
  /** Counts wrap at this: the number of directions of an angle. 0 where they do not wrap. */
  readonly modulus: number;
  toQuanta(value: unknown): number;
  fromQuanta(quanta: number): Value;
  snap(value: Value): Value;
}

/** `fixed`, `int` and `uint`: the nearest multiple within the limits. NaN is the multiple nearest 0. */
export class ScaledField implements Scalar<number> {
  readonly spec: FixedSpec | IntSpec;
  readonly kind: 'fixed' | 'int';
  readonly name: string;
  readonly index: number;
  readonly width = 1;
  readonly min: number;
  readonly max: number;
  readonly modulus = 0;
  readonly #numerator: number;
  readonly #denominator: number;
  /** Counts to 1. */
  readonly perUnit: number;
  readonly #nearestZero: number;

  constructor(spec: FixedSpec | IntSpec) {
    const { numerator, denominator } = fractionOf(spec.kind === 'fixed' ? spec.precision : 1);
    this.spec = spec;
    this.kind = spec.kind;
    this.name = spec.name;
    this.index = spec.index;
    this.min = spec.min;
    this.max = spec.max;
    this.#numerator = numerator;
    this.#denominator = denominator;
    this.perUnit = denominator / numerator;
    this.#nearestZero = Math.min(Math.max(0, spec.min), spec.max);
  }

  toQuanta(value: unknown): number {
    const quanta = Math.round((value as number) * this.perUnit);
    if (quanta >= this.min && quanta <= this.max) return quanta | 0;
    if (quanta > this.max) return this.max;
    return quanta < this.min ? this.min : this.#nearestZero;
  }

  fromQuanta(quanta: number): number {
    return (quanta * this.#numerator) / this.#denominator;
  }

  snap(value: number): number {
    return this.fromQuanta(this.toQuanta(value));
  }
}

/** The nearest of `steps` directions, in [0, turn). NaN and the infinities are 0. */
export class AngleField implements Scalar<number> {
  readonly spec: AngleSpec;
  readonly kind = 'angle';
  readonly name: string;
  readonly index: number;
  readonly width = 1;
  readonly min = 0;
  readonly max: number;
  readonly modulus: number;
  readonly #turn: number;
  /** Counts to 1. */
  readonly perUnit: number;

  constructor(spec: AngleSpec) {
    this.spec = spec;
    this.name = spec.name;
    this.index = spec.index;
    this.max = spec.steps - 1;
    this.modulus = spec.steps;
    this.#turn = spec.turn;
    this.perUnit = spec.steps / spec.turn;
  }

  toQuanta(value: unknown): number {
    const quanta = Math.round((value as number) * this.perUnit);
    if (quanta >= 0 && quanta <= this.max) return quanta | 0;
    const around = quanta % this.modulus;
    return (around < 0 ? around + this.modulus : around) | 0;
  }

  fromQuanta(quanta: number): number {
    return (quanta * this.#turn) / this.modulus;
  }

  snap(value: number): number {
    return this.fromQuanta(this.toQuanta(value));
  }
}

/** 0 or 1. */
export class FlagField implements Scalar<boolean> {
  readonly spec: FlagSpec;
  readonly kind = 'flag';
  readonly name: string;
  readonly index: number;
  readonly width = 1;
  readonly min = 0;
  readonly max = 1;
  readonly modulus = 0;

  constructor(spec: FlagSpec) {
    this.spec = spec;
    this.name = spec.name;
    this.index = spec.index;
  }

  toQuanta(value: unknown): number {
    return value ? 1 : 0;
  }

  fromQuanta(quanta: number): boolean {
    return quanta !== 0;
  }

  snap(value: boolean): boolean {
    return Boolean(value);
  }
}
