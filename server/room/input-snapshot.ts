import type { Schema } from '@colyseus/schema';
import { withOwnCode } from '../../shared/live/own-code.ts';
import { giveOwnGetters } from '../../shared/live/own-getters.ts';

type InputClass = new () => Schema;
type Values = Record<string, unknown>;
interface Field {
  name: string;
  type: unknown;
}

const cheap = new WeakSet<InputClass>();

/**
 * Core keeps a copy of each input that arrives, by `clone()`, which makes a whole Schema instance with everything that
 * tracks changes. Nobody tracks an input's changes, so for classes of plain numbers, texts and flags the copy becomes
 * what is read of it: an instance of the class whose fields are its own. `toJSON()`, `clone()` and assigning to it work as
 * ever; it cannot be put into a state. Other classes (nested or quantised fields) keep Schema's own.
 *
 * A class made by hand that has a `clone` of its own keeps that.
 *
 * @returns whether copies of this class are cheap now
 */
export function makeInputCopiesCheap(type: InputClass): boolean {
  if (cheap.has(type)) return true;
  const names = plainFieldsOf(type);
  if (names === undefined || Object.hasOwn(type.prototype, 'clone')) return false;
  const Snapshot = snapshotClass(type, names);
  giveOwnGetters(type);
  Object.defineProperty(type.prototype, 'clone', {
    value(this: Values) {
      return new Snapshot(this);
    },
    configurable: true,
    writable: true,
  });
  cheap.add(type);
  return true;
}

/** Whether {@link makeInputCopiesCheap} did: the class has plain values only. */
export const hasCheapCopies = (type: InputClass): boolean => cheap.has(type);

/** @returns undefined where there is a field that is more than a value */
function plainFieldsOf(type: InputClass): string[] | undefined {
  const metadata = (type as unknown as Record<symbol, Record<string, Field> | undefined>)[Symbol.metadata];
  const fields: Field[] = [];
  for (let i = 0; metadata?.[i] !== undefined; i++) fields.push(metadata[i]!);
  return fields.length > 0 && fields.every((field) => typeof field.type === 'string')
    ? fields.map(({ name }) => name)
    : undefined;
}

type SnapshotClass = new (source: Values) => object;

function snapshotClass(type: InputClass, names: readonly string[]): SnapshotClass {
  // In slots of their own: the fields' names are accessors of Schema's, which `instanceof` wants in the chain.
  const copies = names.map((name) => `this[${JSON.stringify(slotOf(name))}] = source[${JSON.stringify(name)}];`);
  // Hot: once for each input of each client. A loop over names would look each of them up.
  const Snapshot = new Function(
    `'use strict'; return function Snapshot(source) { ${copies.join(' ')} }`,
  ) as () => object;
  const prototype = Object.create(type.prototype as object) as object;
  for (const name of names) {
    const { get, set } = withOwnCode(makeAccessor)(slotOf(name));
    Object.defineProperty(prototype, name, { get, set, enumerable: true, configurable: true });
  }
  return Object.assign(Snapshot(), { prototype }) as SnapshotClass;
}

const slotOf = (name: string): string => `=${name}`;

// Copied as text, see withOwnCode.
const makeAccessor = (slot: string) => ({
  get(this: Values): unknown {
    return this[slot];
  },
  set(this: Values, value: unknown): void {
    this[slot] = value;
  },
});
