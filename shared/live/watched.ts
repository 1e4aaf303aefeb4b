import type { CountPool } from './count-pool.ts';
import type { LiveScalar } from './live-field.ts';
import { valuesOf } from '../schema/tracked.ts';

/** Who looks at the live fields of a state, and what became of those instances that nobody looks at. One for a state. */
export interface Watch {
  /**
   * Whether Schema need not know of assignments: no client gets changes of live fields from Schema. It costs a game's step
   * half of what its assignments take, and the patch the time in which Schema forgets them again. Full states are right
   * all the same, since Schema reads values for them, and not what it knows of changes.
   */
  isQuiet: boolean;
  /** Whether anything was assigned something else since this was last set to false. */
  hasChanged: boolean;
  /** Instances that were assigned something else since {@link awaitChange}. */
  woken: object[];
  /** Rotations whose components were assigned: they may not be canonical. */
  unsettled: object[];
}

/** What is kept beside an instance with live fields as long as it is part of a state that is sent. */
export interface Watched {
  readonly watch: Watch;
  /** Schema's own values, by its index. */
  readonly values: unknown[];
  /** Where the counts of its fields are, in the order of the layout; none of a rotation: its components are settled together. */
  readonly pool: CountPool;
  readonly base: number;
  isAwaited: boolean;
  /** Whether it is in `unsettled`. */
  isUnsettled: boolean;
  /**
   * Whether the counts say all that the fields hold, for who compared them with the values and said so here. Not once
   * a field holds nothing, or the counts are kept no more.
   */
  isWhole: boolean;
}

export const $watched = Symbol('velarium.watched');
export type Watchable = object & { [$watched]?: Watched | undefined };

/**
 * Assignments to the instance's live fields keep its counts from now on, so that nobody has to find them out every tick. It
 * is among those that woke: a stream may know it from before, and it may have changed while nobody watched.
 * @param fields those that have counts; a rotation has none
 * @param pool gets the counts
 */
export function watchInstance(instance: object, watch: Watch, fields: readonly LiveScalar[], pool: CountPool): void {
  const before = (instance as Watchable)[$watched];
  if (before !== undefined) unwatchInstance(instance, before.watch);
  const values = valuesOf(instance) as unknown[];
  const base = pool.take();
  for (let i = 0; i < fields.length; i++) pool.counts[base + i] = fields[i]!.toQuanta(values[fields[i]!.index]);
  const value: Watched = { watch, values, pool, base, isAwaited: false, isUnsettled: false, isWhole: false };
  // Not enumerable, as Schema's own: it is nothing to compare or to print.
  Object.defineProperty(instance, $watched, { value, writable: true });
  wake(instance, value);
  if (fields.length === 0) noteComponent(instance, value);
}

/** Its assignments are Schema's again, unless it is another state's by now. */
export function unwatchInstance(instance: object, watch: Watch): void {
  const watched = (instance as Watchable)[$watched];
  if (watched?.watch !== watch) return;
  (instance as Watchable)[$watched] = undefined;
  watched.isWhole = false;
  watched.pool.give(watched.base);
}

/** What is kept beside the instance, if it is watched. */
export const watchedOf = (instance: object): Watched | undefined => (instance as Watchable)[$watched];

/** Where the counts of an instance that is watched begin in its pool. */
export const baseOf = (instance: object): number => (instance as Watchable)[$watched]!.base;

/** Puts an instance into `woken` when something else is next assigned to it, once; not one that is watched no longer. */
export function awaitChange(instance: object): void {
  const watched = (instance as Watchable)[$watched];
  if (watched !== undefined) watched.isAwaited = true;
}

/** The instance holds something else now. */
export function noteChange(instance: object, watched: Watched): void {
  watched.watch.hasChanged = true;
  if (watched.isAwaited) wake(instance, watched);
}

/** The same for a component of a rotation: it is settled before anybody reads it. */
export function noteComponent(rotation: object, watched: Watched): void {
  noteChange(rotation, watched);
  if (watched.isUnsettled) return;
  watched.isUnsettled = true;
  watched.watch.unsettled.push(rotation);
}

/** @param canonicalize makes a rotation canonical */
export function settleAll(watch: Watch, canonicalize: (rotation: object) => void): void {
  if (watch.unsettled.length === 0) return;
  for (const rotation of watch.unsettled) {
    canonicalize(rotation);
    const watched = (rotation as Watchable)[$watched];
    if (watched !== undefined) watched.isUnsettled = false;
  }
  watch.unsettled = [];
}

function wake(instance: object, watched: Watched): void {
  watched.isAwaited = false;
  watched.watch.woken.push(instance);
}
