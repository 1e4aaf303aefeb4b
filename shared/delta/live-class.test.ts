import { type DataChange, OPERATION, Reflection, schema, t } from '@colyseus/schema';
import { Encoder } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { angle, fixed, flag, int, live, type Quaternion, quaternion, quaternionClass, uint } from '../live/live.ts';
import { liveLayoutOf } from '../live/live-layout.ts';
import { CountPool } from '../live/count-pool.ts';
import { baseOf, watchInstance } from '../live/watched.ts';
import { RotationReader, unitsOf, writeInstance } from './live-class.ts';
import { type LiveUnits, trackCount, valueCount } from './live-units.ts';

const Ship = live(
  {
    name: t.string().default(''),
    x: fixed(0.01),
    height: fixed(0.1, { min: 3, max: 9 }),
    heading: angle(4096),
    hull: uint(100),
    delta: int(-50, 50),
    boost: flag(),
  },
  'ClassShip',
);
type Ship = InstanceType<typeof Ship>;
const layout = liveLayoutOf(Ship)!;
const VALUES = layout.fields.length;

/** Watches the instance. @returns its counts, as they are whenever one asks */
const countsOf = (instance: object): (() => number[]) => {
  const scalars = liveLayoutOf(instance)!.fields.filter((field) => field.kind !== 'quaternion');
  const pool = new CountPool(scalars.length, 1);
  watchInstance(instance, { isQuiet: false, hasChanged: false, woken: [], unsettled: [] }, scalars, pool);
  return () => Array.from(pool.counts.subarray(baseOf(instance), baseOf(instance) + scalars.length));
};

const valuesOf = (instance: object): number[] => {
  const own = liveLayoutOf(instance)!;
  const [field] = own.fields;
  const counts = countsOf(instance);
  const values = field?.kind === 'quaternion' ? Array.from(new RotationReader(field).read(instance)) : counts();
  expect(values).toHaveLength(valueCount(unitsOf(own)));
  return values;
};

const number = fc.oneof(fc.double({ noNaN: true }), fc.double({ min: -200, max: 200, noNaN: true }), fc.integer());

describe('what the codec sees of a class', () => {
  it('[D9] the integers of its fields, and their ranges', () => {
    expect(unitsOf(layout)).toEqual({
      kind: 'scalars',
      min: Int32Array.of(-(2 ** 29), 30, 0, 0, -50, 0),
      max: Int32Array.of(2 ** 29, 90, 4_095, 100, 50, 1),
      modulus: Int32Array.of(0, 0, 4_096, 0, 0, 0),
    });
    expect([valueCount(unitsOf(layout)), trackCount(unitsOf(layout))]).toEqual([6, 6]);
  });

  it('[D11] a quaternion as five integers, of which four are predicted', () => {
    const units: LiveUnits = unitsOf(liveLayoutOf(quaternionClass(0.001))!);
    expect(units).toEqual({ kind: 'quaternion', squares: 1_000_000 });
    expect([valueCount(units), trackCount(units)]).toEqual([5, 4]);
  });

  it('[D9] reads the counts of what is in the fields', () => {
    const ship = new Ship({ x: -1.234, height: 4.44, heading: Math.PI, hull: 70.4, delta: -3, boost: true });
    expect(valuesOf(ship)).toEqual([-123, 44, 2_048, 70, -3, 1]);
  });

  it('[D9] keeps the counts of an instance that is watched, of a child class too', () => {
    const Child = (Ship as unknown as { extend(fields: object, name: string): typeof Ship }).extend(
      { title: t.string(), mast: uint(9), lamp: flag() },
      'ClassChild',
    );
    const child = new Child({ x: 1 });
    const counts = countsOf(child);
    expect(counts()).toEqual([100, 30, 0, 0, 0, 0, 0, 0]);
    Object.assign(child, { x: 2, height: 4, heading: Math.PI, hull: 7, delta: -7, boost: true, mast: 5, lamp: true });
    expect(counts()).toEqual([200, 40, 2_048, 7, -7, 1, 5, 1]);
    // Each instance its own, and the parent's class beside it.
    expect(valuesOf(new Ship({ x: 3 }))).toEqual([300, 30, 0, 0, 0, 0]);
    expect(counts()).toEqual(valuesOf(child));
  });

  it('[D9] fields that nothing was assigned to, and fields that were deleted, are what is nearest to 0', () => {
    expect(valuesOf(new Ship())).toEqual([0, 30, 0, 0, 0, 0]);
    const ship = new Ship({ x: 5, height: 5, heading: 1, hull: 5, delta: 5, boost: true });
    for (const name of ['x', 'height', 'heading', 'hull', 'delta', 'boost'] as const) ship[name] = undefined as never;
    expect(valuesOf(ship)).toEqual([0, 30, 0, 0, 0, 0]);
  });

  it('[D9] whatever was assigned comes back as the field has it', () => {
    fc.assert(
      fc.property(number, number, number, number, number, fc.boolean(), (x, height, heading, hull, delta, boost) => {
        const ship = new Ship({ x, height, heading, hull, delta, boost });
        const copy = new Ship();
        writeInstance(layout, copy, Int32Array.from(valuesOf(ship)), 0, 1, undefined);
        expect(copy.toJSON()).toEqual(ship.toJSON());
        expect(valuesOf(copy)).toEqual(valuesOf(ship));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('[D11] so do rotations, which are made canonical where components were assigned one by one', () => {
    const rotation = new (quaternionClass(0.001))();
    expect(valuesOf(rotation)).toEqual([0, 0, 0, 256_000, 3]);
    Object.assign(rotation, { x: 1, y: 2, z: 3, w: 4 });
    const values = valuesOf(rotation);
    expect(values).toEqual([183 * 256, 365 * 256, 548 * 256, 186_894, 3]);
    expect(rotation.toJSON()).toEqual({ x: 0.183, y: 0.365, z: 0.548, w: 186_894 / 256_000 });
    const copy = new (quaternionClass(0.001))();
    writeInstance(liveLayoutOf(copy)!, copy, Int32Array.from([7, 7, ...values]), 2, 1, undefined);
    expect(copy.toJSON()).toEqual(rotation.toJSON());
    expect(valuesOf(copy)).toEqual(values);
  });

  it('[D11] a rotation whose components were deleted is the identity', () => {
    const Body = live({ spin: quaternion(0.001) }, 'ClassBody');
    const { spin } = new Body() as { spin: Quaternion };
    spin.set(1, 0, 0, 0);
    for (const name of ['x', 'y', 'z', 'w'] as const) spin[name] = undefined as never;
    expect(valuesOf(spin)).toEqual([0, 0, 0, 256_000, 3]);
  });
});

describe('what is written into an instance', () => {
  it('[D12] is told change by change, as Schema’s decoder tells it, where somebody listens', () => {
    const ship = new Ship({ x: 1, hull: 5 });
    const changes: DataChange[] = [];
    const values = Int32Array.of(0, 100, 30, 0, 6, 0, 1);
    writeInstance(layout, ship, values, 1, 42, changes);
    const change = { ref: ship, refId: 42, op: OPERATION.REPLACE };
    expect(changes).toEqual([
      { ...change, field: 'hull', value: 6, previousValue: 5 },
      { ...change, field: 'boost', value: true, previousValue: false },
    ]);
    writeInstance(layout, ship, values, 1, 42, changes);
    expect(changes).toHaveLength(2);
  });

  it('[D12] is the same for instances of classes that were made by reflection', () => {
    const State = schema({ ships: t.map(Ship) }, 'ClassState');
    const encoder = new Encoder(new State());
    const reflected = Reflection.decode(Reflection.encode(encoder)).context.get(1)!;
    const instance = new reflected() as unknown as Ship;
    writeInstance(layout, instance, Int32Array.from({ length: VALUES }, (_, i) => 40 + i).fill(1, 5), 0, 1, undefined);
    const { x, height, heading, hull, delta, boost } = instance;
    expect({ x, height, heading, hull, delta, boost }).toEqual({
      x: 0.4,
      height: 4.1,
      heading: (42 * 2 * Math.PI) / 4_096,
      hull: 43,
      delta: 44,
      boost: true,
    });
  });
});
