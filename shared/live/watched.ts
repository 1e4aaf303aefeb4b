import type { LiveScalar } from './live-field.ts';
import { valuesOf } from './schema-internals.ts';

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
  watch: Watch;
  /** Schema's own values, by its index. */
  readonly values: unknown[];
  /** The counts of its fields in the order of the layout; none of a rotation, whose components are settled together. */
  readonly counts: Int32Array;
  isAwaited: boolean;
  /** Whether it is in `unsettled`. */
  isUnsettled: boolean;
}

/** Of instances that were watched: their assignments are Schema's again. */
const NOBODY: Watch = { isQuiet: false, hasChanged: false, woken: [], unsettled: [] };

export const $watched = Symbol('velarium.watched');
export type Watchable = object & { [$watched]?: Watched };

/**
 * Assignments to the instance's live fields keep its counts from now on, so that nobody has to find them out every tick.
 * @param fields those that have counts; a rotation has none
 */
export function watchInstance(instance: object, watch: Watch, fields: readonly LiveScalar[]): void {
  const watched = (instance as Watchable)[$watched];
  if (watched !== undefined) {
    watched.watch = watch;
    // It may have changed while nobody watched. A stream in which it is asleep still has it.
    wake(instance, watched);
    if (fields.length === 0) noteComponent(instance, watched);
    return;
  }
  const values = valuesOf(instance) as unknown[];
  const counts = Int32Array.from(fields, (field) => field.toQuanta(values[field.index]));
  const value: Watched = { watch, values, counts, isAwaited: false, isUnsettled: false };
  // Not enumerable, as Schema's own: it is nothing to compare or to print.
  Object.defineProperty(instance, $watched, { value });
  if (fields.length === 0) noteComponent(instance, value);
}

export function unwatchInstance(instance: object): void {
  const watched = (instance as Watchable)[$watched];
  if (watched === undefined) return;
  watched.watch = NOBODY;
  watched.isAwaited = watched.isUnsettled = false;
}

/** The counts of an instance that is watched; one and the same array for good, and not to be written. */
export const countsOf = (instance: object): Int32Array => (instance as Watchable)[$watched]!.counts;

/** Puts an instance that is watched into `woken` when something else is next assigned to it, once. */
export function awaitChange(instance: object): void {
  const watched = (instance as Watchable)[$watched]!;
  watched.isAwaited = watched.watch !== NOBODY;
}

/** The instance holds something else now. */
export function noteChange(instance: object, watched: Watched): void {
  watched.watch.hasChanged = true;
  if (watched.isAwaited) wake(instance, watched);
}

/** The same for a component of a rotation: it is settled before anybody reads it. */
export function noteComponent(rotation: object, watched: Watched): void {
  noteChange(rotation, watched);
  if (watched.isUnsettled || watched.watch === NOBODY) return;
  watched.isUnsettled = true;
  watched.watch.unsettled.push(rotation);
}

/** @param canonicalize makes a rotation canonical */
export function settleAll(watch: Watch, canonicalize: (rotation: object) => void): void {
  if (watch.unsettled.length === 0) return;
  for (const rotation of watch.unsettled) {
    canonicalize(rotation);
    (rotation as Watchable)[$watched]!.isUnsettled = false;
  }
  watch.unsettled = [];
}

function wake(instance: object, watched: Watched): void {
  watched.isAwaited = false;
  watched.watch.woken.push(instance);
}
