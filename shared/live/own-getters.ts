import { $values } from '@colyseus/schema';
import { withOwnCode } from './own-code.ts';
import { declaredFields, type SchemaClass } from '../schema/declared-class.ts';

type Instance = Record<typeof $values, unknown[]>;

// Copied as text, see withOwnCode: it gets all that it uses handed in.
const makeGetter = (key: typeof $values, index: number) =>
  function (this: Instance): unknown {
    return this[key][index];
  };

/** Gives the fields that the class declares itself getters that do what Schema's do, each with code of its own. */
export function giveOwnGetters(klass: SchemaClass): void {
  const prototype = klass.prototype as object;
  for (const { name, index } of declaredFields(klass)) {
    const accessor = Object.getOwnPropertyDescriptor(prototype, name);
    // An inherited field has its accessor with the parent; a deprecated one throws, and goes on doing so.
    if (accessor?.get === undefined || !accessor.enumerable) continue;
    Object.defineProperty(prototype, name, { ...accessor, get: withOwnCode(makeGetter)($values, index) });
  }
}
