import type { Encoder } from '@colyseus/schema';
import { refIdOf, type Tree } from './tracked.ts';

/** Calls `visit` with every instance that is attached to the encoder's state now, collections included. */
export function forEachRef(encoder: Encoder, visit: (instance: object, refId: number) => void): void {
  const trees = encoder.root.changeTrees as Record<string, Tree>;
  for (const refId in trees) visit(trees[refId]!.ref, Number(refId));
}

/**
 * Calls `onAdd` when an instance becomes part of the encoder's state, at its first reference, and `onRemove` when its last
 * one is gone; what hangs below it comes and goes with it. An instance that is moved may come again with the same id. When
 * `onAdd` runs, the tree does not yet know its root, nor whether it is filtered.
 */
export function watchRefs(
  encoder: Encoder,
  onAdd: (instance: object, refId: number) => void,
  onRemove: (instance: object, refId: number) => void,
): void {
  const { root } = encoder;
  const { add, remove } = root;
  root.add = function (tree) {
    const isFirst = add.call(this, tree);
    if (isFirst) onAdd(tree.ref, refIdOf(tree.ref)!);
    return isFirst;
  };
  root.remove = function (tree) {
    const refId = refIdOf(tree.ref)!;
    const wasAttached = root.changeTrees[refId] !== undefined;
    const references = remove.call(this, tree);
    if (wasAttached && root.changeTrees[refId] === undefined) onRemove(tree.ref, refId);
    return references;
  };
}

/**
 * Calls `onMove` with what is referred to from one place more, or from one less, while it stays part of the state: whether
 * views decide who sees it is settled anew by the next encode, and so is that of all below it ({@link isUnsettled}).
 */
export function watchMoves(encoder: Encoder, onMove: (tree: Tree) => void): void {
  const { root } = encoder;
  const enqueue = root.enqueueFilterRefresh;
  root.enqueueFilterRefresh = function (tree) {
    enqueue.call(this, tree);
    onMove(tree as never);
  };
}

/** Whether something of {@link watchMoves} is not settled yet. */
export const isUnsettled = (encoder: Encoder): boolean => encoder.root.pendingFilterRefresh.length > 0;
