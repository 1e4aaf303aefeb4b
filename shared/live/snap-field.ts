import type { LiveScalar } from './live-field.ts';
import { withOwnCode } from './own-code.ts';
import type { FlagField } from './scalar-field.ts';
import { indexOfField, type SchemaClass } from '../schema/declared-class.ts';
import { $watched, noteChange, noteComponent, type Watchable } from './watched.ts';

type NumberField = Exclude<LiveScalar, FlagField>;

/**
 * Makes assignments to a live field store what the wire carries, by wrapping the accessor that schema() put on the
 * prototype, and keeps the field's count beside it while the instance is watched. Undefined and null are stored as they
 * are: Schema deletes a field so, and the codec counts it as 0. What is no number is too, to be refused by Schema.
 *
 * Hot: every assignment of a game's step. `npm run bench:codec` measures it.
 *
 * @param position of the field among the live fields of its class
 */
export function snapNumber(klass: SchemaClass, field: NumberField, position: number): void {
  wrapSetter(klass, field.name, (store) =>
    withOwnCode(makeNumberSetter)(store, $watched, noteChange, field, field.index, position),
  );
}

/** The same for a flag: what is assigned becomes true or false. */
export function snapFlag(klass: SchemaClass, field: FlagField, position: number): void {
  wrapSetter(klass, field.name, (store) =>
    withOwnCode(makeFlagSetter)(store, $watched, noteChange, field, field.index, position),
  );
}

/** Makes assignments to a component of a rotation store what `snap` makes of a number; nothing is counted. */
export function snapComponent(klass: SchemaClass, name: string, snap: (value: number) => number): void {
  const index = indexOfField(klass, name);
  wrapSetter(klass, name, (store) => withOwnCode(makeComponentSetter)(store, $watched, noteComponent, snap, index));
}

type Setter = (this: object, value: unknown) => void;
type Key = typeof $watched;

// What follows is copied as text, see withOwnCode: it gets all that it uses handed in.

const makeNumberSetter = (
  store: Setter,
  key: Key,
  note: typeof noteChange,
  field: NumberField,
  index: number,
  position: number,
): Setter =>
  function (this: Watchable, value: unknown) {
    const isNumber = typeof value === 'number';
    const count = field.toQuanta(isNumber ? value : undefined);
    const watched = this[key];
    // What is deleted is Schema's to bring back.
    if (!isNumber || watched === undefined || !watched.watch.isQuiet || typeof watched.values[index] !== 'number') {
      store.call(this, isNumber ? field.fromQuanta(count) : value);
      if (watched === undefined) return;
      if (!isNumber) watched.isWhole = false;
    } else {
      watched.values[index] = field.fromQuanta(count);
    }
    const { counts } = watched.pool;
    const at = watched.base + position;
    if (counts[at] === count) return;
    counts[at] = count;
    note(this, watched);
  };

const makeFlagSetter = (
  store: Setter,
  key: Key,
  note: typeof noteChange,
  field: FlagField,
  index: number,
  position: number,
): Setter =>
  function (this: Watchable, value: unknown) {
    const flag = value === undefined || value === null ? value : Boolean(value);
    const watched = this[key];
    if (watched === undefined || !watched.watch.isQuiet || typeof watched.values[index] !== typeof flag) {
      store.call(this, flag);
      if (watched === undefined) return;
      if (typeof flag !== 'boolean') watched.isWhole = false;
    } else {
      watched.values[index] = flag;
    }
    const count = field.toQuanta(flag);
    const { counts } = watched.pool;
    const at = watched.base + position;
    if (counts[at] === count) return;
    counts[at] = count;
    note(this, watched);
  };

const makeComponentSetter = (
  store: Setter,
  key: Key,
  note: typeof noteComponent,
  snap: (value: number) => number,
  index: number,
): Setter =>
  function (this: Watchable, value: unknown) {
    const watched = this[key];
    const snapped = typeof value === 'number' ? snap(value) : value;
    const before = watched?.values[index];
    if (watched === undefined || !watched.watch.isQuiet || typeof before !== 'number' || typeof value !== 'number') {
      store.call(this, snapped);
    } else {
      watched.values[index] = snapped;
    }
    if (watched !== undefined && before !== snapped) note(this, watched);
  };

function wrapSetter(klass: SchemaClass, name: string, wrap: (store: Setter) => Setter): void {
  const prototype = klass.prototype as object;
  const accessor = Object.getOwnPropertyDescriptor(prototype, name);
  if (accessor?.set === undefined) throw new Error(`schema() made no accessor for ${name}`);
  Object.defineProperty(prototype, name, { ...accessor, set: wrap(accessor.set) });
}
