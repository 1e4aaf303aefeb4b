import { $changes, $refId, $values, type IRef } from '@colyseus/schema';

/** The tracker of one instance: a Schema, or a collection. */
export interface Tree {
  readonly ref: object;
  /** Its own ADD is not sent yet: changes of its live fields travel in the reliable queue until it is. */
  readonly isNew: boolean;
  /** It is, or lies within, a field with `.view()`: who sees it is a matter of views. Settled by the next encode. */
  readonly isFiltered: boolean;
  /**
   * The places beyond one in which it lies, or lay: Schema does not forget them before the place itself is gone, and what
   * shares its parent's visibility shares theirs.
   */
  readonly extraParents?: unknown;
  /** Those right below: what a Schema's fields or a collection's entries refer to. */
  forEachChild(visit: (child: Tree) => void): void;
}

type Tracked = Record<typeof $changes, Tree> & Record<typeof $values, unknown[]>;

/** An instance's id on the wire; undefined before it is attached to a state. */
export const refIdOf = (instance: object): number | undefined => (instance as IRef)[$refId];

export const treeOf = (instance: object): Tree => (instance as Tracked)[$changes];

/**
 * The values of an instance by field index, not to be written. Instances of classes that a client made by reflection hold
 * their values as own properties instead, and nothing here.
 */
export const valuesOf = (instance: object): readonly unknown[] => (instance as Tracked)[$values];
