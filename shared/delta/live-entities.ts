import type { Encoder, StateView } from '@colyseus/schema';
import { CountPool } from '../live/count-pool.ts';
import type { LiveScalar } from '../live/live-field.ts';
import { canonicalize } from '../live/quaternion-class.ts';
import { settleAll, unwatchInstance, type Watch, watchInstance } from '../live/watched.ts';
import { type LiveLayout, liveLayoutOf } from '../live/live-layout.ts';
import { forEachRef, isUnsettled, watchMoves, watchRefs } from '../schema/attached.ts';
import { watchSight } from '../schema/sight.ts';
import { refIdOf, type Tree, treeOf } from '../schema/tracked.ts';

/** An instance with live fields that is part of a state. */
export interface LiveEntity {
  readonly refId: number;
  readonly instance: object;
  readonly tree: Tree;
  /** Its class, as an index into {@link LiveEntities.layouts}. */
  readonly classIndex: number;
}

/** What a view began to see since the last tick, and what it sees no longer. */
export interface SightChanges {
  readonly trees: Set<Tree>;
  /** Of all changes there ever were. */
  count: number;
  /** Whether it may be anything. */
  isUnknown: boolean;
}

/**
 * The instances with live fields of one state, kept up as they come and go. What did since the last tick is in `came` and
 * `went` until {@link endTick}, and so is what views see since.
 */
export class LiveEntities {
  /** The layouts of the live classes that the state can hold. */
  readonly layouts: readonly LiveLayout[];
  /** By class: the counts of those that are part of the state. */
  readonly pools: readonly CountPool[];
  readonly all = new Map<number, LiveEntity>();
  came: LiveEntity[] = [];
  went: LiveEntity[] = [];
  /** Of all instances in the state. */
  readonly watch: Watch = { isQuiet: false, hasChanged: false, woken: [], unsettled: [] };
  /** What stayed, but lies in other places: views may decide of it, and of all below, that did not. */
  readonly moved = new Set<Tree>();
  /** Those that lie in more than one place, or did. */
  readonly wanderers = new Set<LiveEntity>();

  readonly #encoder: Encoder;
  readonly #classIndices = new Map<object, number>();
  /** By class: the fields that have counts. */
  readonly #counted: readonly (readonly LiveScalar[])[];
  readonly #sights = new WeakMap<StateView, SightChanges>();
  /** Those of which there is something to forget at the end of the tick. */
  #changedSights: SightChanges[] = [];

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
    const layouts: LiveLayout[] = [];
    for (const klass of encoder.context.schemas.keys()) {
      const layout = liveLayoutOf(klass);
      if (layout === undefined || layout.fields.length === 0) continue;
      this.#classIndices.set(klass, layouts.length);
      layouts.push(layout);
    }
    this.layouts = layouts;
    this.#counted = layouts.map(({ fields }) => fields.filter((field) => field.kind !== 'quaternion'));
    this.pools = this.#counted.map(({ length }) => new CountPool(length));
    if (layouts.length === 0) return;
    forEachRef(encoder, (instance, refId) => this.#add(instance, refId));
    watchRefs(
      encoder,
      (instance, refId) => this.#add(instance, refId),
      (_instance, refId) => this.#remove(refId),
    );
    watchMoves(encoder, (tree) => this.#move(tree));
  }

  /** The entity that a tree is of, as long as it is part of the state. */
  entityOf({ ref }: Tree): LiveEntity | undefined {
    const refId = refIdOf(ref);
    return refId === undefined ? undefined : this.all.get(refId);
  }

  /** What changes of what the view sees, from now on; the same for each call. */
  sightOf(view: StateView): SightChanges {
    let sight = this.#sights.get(view);
    if (sight === undefined) this.#sights.set(view, (sight = this.#watch(view)));
    return sight;
  }

  /** Makes rotations canonical whose components were assigned one by one. Call it before anything is encoded. */
  settle(): void {
    settleAll(this.watch, canonicalize);
  }

  endTick(): void {
    if (this.came.length > 0) this.came = [];
    if (this.went.length > 0) this.went = [];
    this.watch.hasChanged = false;
    if (this.watch.woken.length > 0) this.watch.woken = [];
    if (!isUnsettled(this.#encoder)) this.moved.clear();
    if (this.#changedSights.length === 0) return;
    for (const sight of this.#changedSights) {
      sight.trees.clear();
      sight.isUnknown = false;
    }
    this.#changedSights = [];
  }

  #watch(view: StateView): SightChanges {
    const sight: SightChanges = { trees: new Set(), count: 0, isUnknown: false };
    const note = (): void => {
      if (sight.trees.size === 0 && !sight.isUnknown) this.#changedSights.push(sight);
    };
    watchSight(
      view,
      (tree) => {
        note();
        sight.trees.add(tree);
        sight.count++;
      },
      () => {
        note();
        sight.isUnknown = true;
      },
    );
    return sight;
  }

  #add(instance: object, refId: number): void {
    const classIndex = this.#classIndices.get(instance.constructor);
    if (classIndex === undefined) return;
    const entity = { refId, instance, tree: treeOf(instance), classIndex };
    watchInstance(instance, this.watch, this.#counted[classIndex]!, this.pools[classIndex]!);
    this.all.set(refId, entity);
    this.came.push(entity);
    if (entity.tree.extraParents !== undefined) this.wanderers.add(entity);
  }

  #move(tree: Tree): void {
    this.moved.add(tree);
    const entity = this.entityOf(tree);
    if (entity !== undefined) this.wanderers.add(entity);
  }

  #remove(refId: number): void {
    const entity = this.all.get(refId);
    if (entity === undefined) return;
    unwatchInstance(entity.instance, this.watch);
    this.all.delete(refId);
    this.wanderers.delete(entity);
    this.went.push(entity);
  }
}
