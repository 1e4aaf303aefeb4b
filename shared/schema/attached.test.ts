import { describe, it } from '@jest/globals';
import { encoder, Gun, holds, ship, state, useFleet } from '../../test/support/schema-fleet.ts';
import { forEachRef, watchRefs, watchMoves, isUnsettled } from './attached.ts';
import { refIdOf, treeOf } from './tracked.ts';

useFleet();

describe('what velarium relies on in what is part of a state', () => {
  it('forEachRef: root.changeTrees has what is attached', () => {
    const a = ship('a');
    a.gun = new Gun();
    state.ships.set('a', a);
    state.list.push(ship('b'));
    state.ships.set('c', ship('c'));
    state.ships.delete('c');
    const attached = new Map<number, object>();
    forEachRef(encoder, (instance, refId) => attached.set(refId, instance));
    const all = [state, state.ships, state.rocks, state.list, state.hidden, a, a.gun!, state.list[0]!];
    holds(
      'it has every instance, by refId',
      all.every((one) => attached.get(refIdOf(one)!) === one),
    );
    holds('and nothing else', attached.size === all.length);
  });

  it('watchRefs: tells of instances as they come and go', () => {
    const log: string[] = [];
    const label = (instance: object) => (instance as { name?: string }).name ?? instance.constructor.name;
    watchRefs(
      encoder,
      (instance, refId) => log.push(`+${label(instance)}${refId === refIdOf(instance) ? '' : '?'}`),
      (instance, refId) => log.push(`-${label(instance)}${refId === refIdOf(instance) ? '' : '?'}`),
    );
    const told = (sentence: string, expected: string) => {
      holds(`${sentence} (${log.join(' ')})`, log.splice(0).join(' ') === expected);
    };
    const a = ship('a');
    a.gun = new Gun();
    state.ships.set('a', a);
    told('attaching goes through root.add, parents first', '+a +InternalsGun');
    state.list.push(a);
    state.ships.delete('a');
    told('a second reference is no second coming, and the first may go', '');
    state.list.splice(0, 1);
    told('the last one is the end, of what hangs below it too', '-InternalsGun -a');
    state.ships.set('a', a);
    told('it may come again', '+a +InternalsGun');
    a.gun = new Gun();
    told('a child that is replaced', '-InternalsGun +InternalsGun');
    state.ships.set('a', ship('b'));
    told('an entry that is replaced', '-InternalsGun -a +b');
    state.ships.clear();
    told('clear()', '-b');
    state.list.push(ship('c'), ship('d'));
    state.list.shift();
    state.list.clear();
    told('arrays', '+c +d -c -d');
    state.flagship = ship('f');
    state.flagship = undefined;
    told('a reference that is unset', '+f -f');
    state.ships = new Map(Object.entries({ e: ship('e') })) as never;
    told('a collection that is replaced', '-MapSchema +MapSchema +e');
  });

  it('watchMoves: an instance that stays, with one place more or less', () => {
    const moved: unknown[] = [];
    watchMoves(encoder, (tree) => moved.push(tree.ref));
    const told = (sentence: string, ...expected: unknown[]) => {
      holds(sentence, moved.length === expected.length && moved.splice(0).every((one, i) => one === expected[i]));
    };
    const a = ship('a');
    a.gun = new Gun();
    state.hidden.set('a', a);
    encoder.encode();
    told('a first place is no move');
    holds('of one place there are no extra parents', treeOf(a).extraParents === undefined);
    state.ships.set('a', a);
    told('a second place goes through root.enqueueFilterRefresh', a);
    holds('of two there are', treeOf(a).extraParents !== undefined);
    holds('who sees it is settled by the next encode', isUnsettled(encoder) && treeOf(a).isFiltered);
    encoder.encode();
    holds('for all that hangs below it too', !treeOf(a).isFiltered && !treeOf(a.gun).isFiltered);
    holds('then nothing is left to be settled', !isUnsettled(encoder));
    state.ships.delete('a');
    told('so does a place that it leaves', a);
    encoder.encode();
    holds('which is settled in the same way', treeOf(a).isFiltered && treeOf(a.gun).isFiltered);
    state.hidden.delete('a');
    told('the last place is no move');
  });

  it('watchMoves: an instance that went, and came elsewhere, has its old place beside the new one', () => {
    const a = ship('a');
    state.ships.set('a', a);
    state.ships.delete('a');
    state.hidden.set('a', a);
    holds('extra parents are kept where a place was left', treeOf(a).extraParents !== undefined);
  });
});
