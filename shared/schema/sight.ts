import type { StateView } from '@colyseus/schema';
import type { Tree } from './tracked.ts';

/**
 * Whether a client with this view (undefined: without one) is sent the instance. To be asked behind the tick's encodings,
 * which settle what is filtered and what children see of their parents' visibility.
 */
export function isVisible(view: StateView | undefined, tree: Tree): boolean {
  return !tree.isFiltered || (view !== undefined && view.isChangeTreeVisible(tree as never));
}

/**
 * Calls `onChange` with each tree that a view begins to see or sees no longer, whoever makes it so: the game, Schema when
 * it encodes, or {@link isVisible}, which lets what has no mark of its own share its parent's. Calls `onEnd` when the view
 * sees nothing any more. The view calls its own methods for all of it, as does Schema.
 */
export function watchSight(view: StateView, onChange: (tree: Tree) => void, onEnd: () => void): void {
  const { markVisible, unmarkVisible, dispose } = view;
  view.markVisible = function (tree) {
    const saw = this.isVisible(tree);
    markVisible.call(this, tree);
    if (!saw) onChange(tree as never);
  };
  view.unmarkVisible = function (tree) {
    const saw = this.isVisible(tree);
    unmarkVisible.call(this, tree);
    if (saw) onChange(tree as never);
  };
  view.dispose = function () {
    dispose.call(this);
    onEnd();
  };
}
