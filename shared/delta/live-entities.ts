import type { Encoder } from '@colyseus/schema';
import { type LiveLayout, liveLayoutOf } from '../live/live-layout.ts';
import {
  type ChangeNode,
  firstUnreliableChange,
  forEachRef,
  type Tree,
  treeOf,
  watchRefs,
} from '../live/schema-internals.ts';

/** An instance with live fields that is part of a state. */
export interface LiveEntity {
  readonly refId: number;
  readonly instance: object;
  readonly tree: Tree;
  /** Its class, as an index into {@link LiveEntities.layouts}. */
  readonly classIndex: number;
}

/**
 * The instances with live fields of one state, kept up as they come and go. What did since the last tick is in `came` and
 * `went` until {@link endTick}.
 */
export class LiveEntities {
  /** The layouts of the live classes that the state can hold. */
  readonly layouts: readonly LiveLayout[];
  readonly all = new Map<number, LiveEntity>();
  came: LiveEntity[] = [];
  went: LiveEntity[] = [];

  readonly #encoder: Encoder;
  readonly #classIndices = new Map<object, number>();

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
    if (layouts.length === 0) return;
    forEachRef(encoder, (instance, refId) => this.#add(instance, refId));
    watchRefs(
      encoder,
      (instance, refId) => this.#add(instance, refId),
      (_instance, refId) => this.#remove(refId),
    );
  }

  /** The first of the instances whose live fields were assigned since the last tick. */
  firstChange(): ChangeNode | undefined {
    return firstUnreliableChange(this.#encoder);
  }

  endTick(): void {
    if (this.came.length > 0) this.came = [];
    if (this.went.length > 0) this.went = [];
  }

  #add(instance: object, refId: number): void {
    const classIndex = this.#classIndices.get(instance.constructor);
    if (classIndex === undefined) return;
    const entity = { refId, instance, tree: treeOf(instance), classIndex };
    this.all.set(refId, entity);
    this.came.push(entity);
  }

  #remove(refId: number): void {
    const entity = this.all.get(refId);
    if (entity === undefined) return;
    this.all.delete(refId);
    this.went.push(entity);
  }
}
