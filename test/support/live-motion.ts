import type { LiveUnits, ScalarUnits } from '../../shared/delta/live-units.ts';
import { QuaternionField } from '../../shared/live/quaternion-field.ts';
import type { Random } from './random.ts';

/** Changes an entity's integers by one tick, in place. */
export type Motion = (values: Int32Array) => void;

const RANGES: readonly [min: number, max: number, modulus: number][] = [
  [0, 1, 0],
  [-50, 50, 0],
  [0, 100, 0],
  [3, 9, 0],
  [-(2 ** 29), 2 ** 29, 0],
  [0, 2 ** 30, 0],
  [2 ** 30 - 9, 2 ** 30, 0],
  [-(2 ** 30), -5, 0],
  [-(2 ** 30), 0, 0],
  [0, 1, 2],
  [0, 2, 3],
  [0, 359, 360],
  [0, 4_095, 4_096],
  [0, 2 ** 30 - 1, 2 ** 30],
];

export function scalarUnits(
  ...ranges: readonly (readonly [min: number, max: number, modulus?: number])[]
): ScalarUnits {
  return {
    kind: 'scalars',
    min: Int32Array.from(ranges, ([min]) => min),
    max: Int32Array.from(ranges, ([, max]) => max),
    modulus: Int32Array.from(ranges, ([, , modulus]) => modulus ?? 0),
  };
}

export const quaternionField = (precision: number): QuaternionField =>
  new QuaternionField({ kind: 'quaternion', index: 0, name: 'q', precision });

export const quaternionUnits = (precision: number): LiveUnits => ({
  kind: 'quaternion',
  squares: quaternionField(precision).grid.radiusSquared,
});

/** A class of an entity, and how its instances begin and move. */
export interface RandomClass {
  readonly units: LiveUnits;
  begin(random: Random): Int32Array;
  /** Another motion each time it is asked. */
  motion(random: Random): Motion;
}

export function randomClass(random: Random): RandomClass {
  if (random.chance(0.3)) return quaternions(random.pick([0.01, 0.001, 0.0005, 1e-5]));
  return scalars(scalarUnits(...Array.from({ length: 1 + random.below(6) }, () => random.pick(RANGES))));
}

export function scalars(units: ScalarUnits): RandomClass {
  const { min, max } = units;
  const anywhere = (random: Random, i: number) => min[i]! + random.below(max[i]! - min[i]! + 1);
  return {
    units,
    begin: (random) => min.map((_, i) => (random.chance(0.5) ? near(units, i, 0) : anywhere(random, i))),
    motion(random) {
      const paths = Array.from(min, (_, i) => scalarPath(random, units, i));
      return (values) => paths.forEach((path, i) => (values[i] = near(units, i, path(values[i]!))));
    },
  };
}

/** Where a number goes next, which may be out of its range. */
function scalarPath(random: Random, { min, max }: ScalarUnits, i: number): (value: number) => number {
  const span = max[i]! - min[i]! + 1;
  const size = random.pick([1, 2, 5, 100, 5_000, 3_000_000]);
  const speed = (random.next() - 0.5) * 2 * size;
  let t = 0;
  let real: number | undefined;
  return random.pick<(value: number) => number>([
    (value) => value,
    (value) => value,
    (value) => value + Math.round(speed),
    // Rounding makes it uneven.
    (value) => Math.round((real = (real ?? value) + speed)),
    (value) => Math.round((real ??= value) + size * Math.sin(t++ / 20)),
    (value) => Math.round((real ??= value) + (speed * t++ * t) / 50),
    (value) => value + Math.round((random.next() - 0.5) * size),
    (value) => (random.chance(0.1) ? min[i]! + random.below(span) : value),
    (value) => (random.chance(0.1) ? min[i]! + random.below(span) : value + Math.round(speed)),
    () => min[i]! + random.below(span),
    (value) => (value === min[i]! ? max[i]! : min[i]!),
  ]);
}

/** The nearest value within the range, or around the circle. */
function near({ min, max, modulus }: ScalarUnits, i: number, value: number): number {
  const circle = modulus[i]!;
  if (circle === 0) return Math.min(Math.max(value, min[i]!), max[i]!);
  return ((value % circle) + circle) % circle;
}

export function quaternions(precision: number): RandomClass {
  const field = quaternionField(precision);
  const whole = (x: number, y: number, z: number, w: number): Int32Array => {
    const values = new Int32Array(5);
    field.toFine(x, y, z, w, values);
    return values;
  };
  const anyhow = (random: Random) =>
    whole(random.next() - 0.5, random.next() - 0.5, random.next() - 0.5, random.next() - 0.5);
  return {
    units: { kind: 'quaternion', squares: field.grid.radiusSquared },
    begin: (random) => (random.chance(0.3) ? whole(0, 0, 0, 1) : anyhow(random)),
    motion(random) {
      const axis = [random.next() - 0.5, random.next() - 0.5, random.next() - 0.5];
      const rate = random.pick([0.001, 0.02, 0.3]);
      let t = random.next() * 10;
      return random.pick<Motion>([
        () => {},
        (values) => {
          const turned = Math.sin((t += rate));
          values.set(whole(axis[0]! * turned, axis[1]! * turned, axis[2]! * turned, Math.cos(t)));
        },
        // One component goes through zero while others take the lead.
        (values) => values.set(whole(Math.sin((t += rate)), Math.cos(t), Math.sin(2 * t), Math.cos(1.3 * t))),
        (values) => random.chance(0.2) && values.set(anyhow(random)),
        // The same rotation from the other side.
        (values) => {
          if (!random.chance(0.2)) return;
          const [x, y, z, w] = Array.from(values.subarray(0, 4), (fine) => -field.fromFine(fine));
          values.set(whole(x!, y!, z!, w!));
        },
        (values) => values.set(random.chance(0.9) ? values.slice() : whole(0, 0, 0, 1)),
      ]);
    },
  };
}

/** A whole life: entities of several classes come, move, change their minds, rest and go. */
export class RandomLife {
  readonly classes: readonly RandomClass[];
  readonly #random: Random;
  readonly #motions = new Map<number, Motion>();

  constructor(random: Random, classCount: number) {
    this.#random = random;
    this.classes = Array.from({ length: classCount }, () => randomClass(random));
  }

  get units(): LiveUnits[] {
    return this.classes.map(({ units }) => units);
  }

  /** One tick of it. */
  act(world: Enterable): void {
    const random = this.#random;
    for (let i = random.chance(0.3) ? random.below(4) : 0; i > 0; i--) {
      const classIndex = random.below(this.classes.length);
      const klass = this.classes[classIndex]!;
      this.#motions.set(world.enter(classIndex, klass.begin(random)), klass.motion(random));
    }
    for (const [refId, values] of world.now) {
      if (random.chance(0.01)) {
        world.leave(refId);
        continue;
      }
      if (random.chance(0.03)) {
        this.#motions.set(refId, this.classes[world.classOf.get(refId)!]!.motion(random));
      } else if (random.chance(0.03)) {
        this.#motions.set(refId, () => {});
      }
      this.#motions.get(refId)!(values);
    }
  }
}

interface Enterable {
  readonly now: ReadonlyMap<number, Int32Array>;
  readonly classOf: ReadonlyMap<number, number>;
  enter(classIndex: number, values: Int32Array): number;
  leave(refId: number): void;
}
