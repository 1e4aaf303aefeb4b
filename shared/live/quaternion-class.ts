import { schema, t } from '@colyseus/schema';
import { liveLayoutOf } from './live-layout.ts';
import { makeLive } from './make-live.ts';
import { giveOwnGetters } from './own-getters.ts';
import { QuaternionField } from './quaternion-field.ts';
import { snapComponent } from './snap-field.ts';

function makeQuaternionClass(precision: number) {
  const field = new QuaternionField({ kind: 'quaternion', name: 'quaternion', index: 0, precision });
  const canonical = new Float64Array(4);
  field.snap(0, 0, 0, 1, canonical);
  const klass = schema(
    {
      x: t.float64().default(0),
      y: t.float64().default(0),
      z: t.float64().default(0),
      w: t.float64().default(canonical[3]!),
      /**
       * Takes on a rotation, in its canonical form: normalised, and no component off by more than the precision. Of q and
       * -q, which are the same rotation, it takes the one nearer to what it was, so that components never jump. Zero and
       * what is not finite become the identity.
       */
      set(x: number, y: number, z: number, w: number): void {
        const sign = x * this.x + y * this.y + z * this.z + w * this.w < 0 ? -1 : 1;
        settle(this, field, sign * x, sign * y, sign * z, sign * w);
      },
    },
    'Quaternion',
  );
  giveOwnGetters(klass);
  for (const name of ['x', 'y', 'z', 'w']) snapComponent(klass, name, withoutNegativeZero);
  makeLive(klass, [field]);
  return klass;
}

/** -0 equals 0, so that the canonical 0 could not take its place. */
const withoutNegativeZero = (value: number): number => value + 0;

export type QuaternionClass = ReturnType<typeof makeQuaternionClass>;

/**
 * A rotation as a nested Schema instance. Assigning a component (`rotation.x = 0.3`) just stores the number, since the
 * others may be about to follow; `canonicalize` settles it before it is sent. `set` is what to use.
 */
export type Quaternion = InstanceType<QuaternionClass>;

const classes = new Map<number, QuaternionClass>();

/** The class of rotations of this precision; the same one every time. */
export function quaternionClass(precision: number): QuaternionClass {
  let klass = classes.get(precision);
  if (klass === undefined) classes.set(precision, (klass = makeQuaternionClass(precision)));
  return klass;
}

/** What a rotation was last settled to: its four components, then what `QuaternionField.toFine` says of them. */
const $settled = Symbol('velarium.settled');
const COMPONENTS = 4;
type Settled = object & { x: number; y: number; z: number; w: number; [$settled]?: number[] };

const fine = new Int32Array(COMPONENTS + 1);

function settle(rotation: Settled, field: QuaternionField, x: number, y: number, z: number, w: number): void {
  const known = (rotation[$settled] ??= [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]); // an array of doubles, to engines
  field.toFine(x, y, z, w, fine);
  for (let i = 0; i <= COMPONENTS; i++) known[COMPONENTS + i] = fine[i]!;
  rotation.x = known[0] = field.fromFine(fine[0]!);
  rotation.y = known[1] = field.fromFine(fine[1]!);
  rotation.z = known[2] = field.fromFine(fine[2]!);
  rotation.w = known[3] = field.fromFine(fine[3]!);
}

function isSettled(rotation: Settled, x: number, y: number, z: number, w: number): boolean {
  const known = rotation[$settled];
  return known !== undefined && known[0] === x && known[1] === y && known[2] === z && known[3] === w;
}

/**
 * Reads a rotation as `QuaternionField.toFine` has it. One whose components were assigned one by one is made canonical.
 * Hot: once a rotation that is awake and tick; nothing is allocated.
 * @param values its components, as they are stored
 */
export function readRotation(
  rotation: object,
  field: QuaternionField,
  values: readonly number[],
  out: Int32Array,
): void {
  const settled = rotation as Settled;
  if (!isSettled(settled, values[0]!, values[1]!, values[2]!, values[3]!)) {
    settle(settled, field, values[0]!, values[1]!, values[2]!, values[3]!);
  }
  const known = settled[$settled]!;
  for (let i = 0; i <= COMPONENTS; i++) out[i] = known[COMPONENTS + i]!;
}

/**
 * Makes the components of a rotation canonical where they were assigned one by one; other instances, and a rotation that
 * is canonical already, stay untouched. Keeps the sign that it finds.
 */
export function canonicalize(instance: object): void {
  const field = liveLayoutOf(instance)?.fields[0];
  if (field?.kind !== 'quaternion') return;
  const { x, y, z, w } = instance as Quaternion;
  if (!isSettled(instance as Settled, x, y, z, w)) settle(instance as Settled, field, x, y, z, w);
}
