import { StateView } from '@colyseus/schema';
import { describe, it } from '@jest/globals';
import { encoder, Gun, holds, patch, ship, state, useFleet } from '../../test/support/schema-fleet.ts';
import { isVisible, watchSight } from './sight.ts';
import { type Tree, treeOf } from './tracked.ts';

useFleet();

describe('what velarium relies on in views', () => {
  it('isVisible: what views see', () => {
    const [open, seen, unseen] = [ship('open'), ship('seen'), ship('unseen')];
    seen.gun = new Gun();
    state.ships.set('open', open);
    state.hidden.set('seen', seen);
    state.hidden.set('unseen', unseen);
    const view = new StateView();
    view.add(seen);
    encoder.encode();
    const visible = (as: StateView | undefined) =>
      [state, state.ships, open, state.hidden, seen, seen.gun!, unseen]
        .map((one) => +isVisible(as, treeOf(one)))
        .join('');
    holds('what lies in a .view() field is filtered', visible(undefined) === '1110000');
    holds('a view sees what was added to it, with its children and parents', visible(view) === '1111110');
    view.remove(seen);
    holds('until it is removed', visible(view) === '1111000' || visible(view) === '1110000');
  });

  it('watchSight: all that a view begins to see, and sees no more', () => {
    const view = new StateView();
    const seen: Tree[] = [];
    let ends = 0;
    watchSight(
      view,
      (tree) => seen.push(tree),
      () => ends++,
    );
    const told = (sentence: string, ...expected: object[]) => {
      const changed = new Set(seen.splice(0).map(({ ref }) => ref));
      holds(sentence, changed.size === expected.length && expected.every((one) => changed.has(one)));
    };
    const [a, b] = [ship('a'), ship('b')];
    a.gun = new Gun();
    state.hidden.set('a', a);
    state.hidden.set('b', b);
    view.add(a);
    told('view.add tells of what it is given, what is below, and the way there', a, a.gun, state.hidden, state);
    view.add(a);
    told('what was seen is no news');
    patch();
    a.gun = new Gun();
    encoder.encodeView(view, 0, { offset: encoder.encode().length });
    told('what Schema finds to share its parent’s visibility when it encodes', a.gun);
    const later = (b.gun = new Gun());
    view.markVisible(treeOf(b) as never);
    told('what is marked by hand', b);
    holds('a child shares the visibility of its parent', isVisible(view, treeOf(later)));
    told('what isVisible finds', later);
    view.remove(a);
    told('view.remove', a, a.gun);
    view.remove(b);
    told('again', b, later);
    view.subscribe(state.hidden);
    told('view.subscribe tells of what is there', a, b);
    const c = ship('c');
    state.hidden.set('c', c);
    told('and of what comes', c);
    view.unsubscribe(state.hidden);
    told('view.unsubscribe', a, b, c, state.hidden);
    holds('a view that is not disposed of has not ended', ends === 0);
    view.dispose();
    holds('dispose() ends a view', ends === 1 && !isVisible(view, treeOf(state.hidden)));
  });
});
