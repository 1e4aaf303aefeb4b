import { type LiveField, liveField } from './live-field.ts';
import type { LiveFieldSpec } from './live-field-spec.ts';

/** The live fields of one class, its parents' first, in the order of their indexes. */
export interface LiveLayout {
  readonly fields: readonly LiveField[];
  /** By the index of the Schema field; undefined where that is not live. The four of a quaternion share one. */
  readonly byIndex: readonly (LiveField | undefined)[];
}

const NONE = 'none';
const layouts = new WeakMap<object, LiveLayout | typeof NONE>();

/** The layout of these fields. */
export function layoutOf(fields: readonly LiveField[]): LiveLayout {
  const byIndex: (LiveField | undefined)[] = [];
  for (const field of fields) {
    while (byIndex.length < field.index) byIndex.push(undefined);
    for (let i = 0; i < field.width; i++) byIndex[field.index + i] = field;
  }
  return { fields, byIndex };
}

/** The layout of fields that are declared by plain data. */
export function layoutFrom(specs: readonly LiveFieldSpec[]): LiveLayout {
  return layoutOf(specs.map(liveField));
}

/** The plain data from which a peer makes an equal layout. */
export function layoutSpecs(layout: LiveLayout): LiveFieldSpec[] {
  return layout.fields.map(({ spec }) => spec);
}

/** Says what is live in instances of `klass`; before the first instance exists, or for a class made by reflection. */
export function setLiveLayout(klass: object, layout: LiveLayout): void {
  layouts.set(klass, layout);
}

/** What is live in a Schema class or in an instance of one; a class without a layout has its parent's. */
export function liveLayoutOf(classOrInstance: object): LiveLayout | undefined {
  const klass: object = typeof classOrInstance === 'function' ? classOrInstance : classOrInstance.constructor;
  const known = layouts.get(klass) ?? inherit(klass);
  return known === NONE ? undefined : known;
}

function inherit(klass: object): LiveLayout | typeof NONE {
  const parent = Object.getPrototypeOf(klass) as object | null;
  const found = parent === null ? NONE : (layouts.get(parent) ?? inherit(parent));
  layouts.set(klass, found);
  return found;
}
