import { Decoder } from '@colyseus/schema';
import { describe, it } from '@jest/globals';
import { encoder, Gun, holds, patch, Ship, ship, State, state, useFleet } from '../../test/support/schema-fleet.ts';
import { indexOfField } from './declared-class.ts';
import { refIdOf, treeOf, valuesOf } from './tracked.ts';

useFleet();

describe('what velarium relies on in instances', () => {
  it('refIdOf, treeOf', () => {
    const a = ship('a');
    holds('an instance has no refId before it is attached', refIdOf(a) === undefined);
    holds('instance[$changes] is its ChangeTree', treeOf(a).ref === a && treeOf(a).isNew && !treeOf(a).isFiltered);
    state.ships.set('a', a);
    holds('refIds count up from the state’s, which is 0', refIdOf(state) === 0 && refIdOf(a)! > 0);
    patch();
    holds('isNew ends when changes are discarded', !treeOf(a).isNew);
  });

  it('an instance keeps its refId while it is away', () => {
    const a = ship('a');
    state.ships.set('a', a);
    patch();
    state.ships.delete('a');
    patch();
    const refId = refIdOf(a);
    state.ships.set('b', a);
    holds('an instance keeps its refId while it is away', refIdOf(a) === refId);
  });

  it('valuesOf: what is written there is read, sent with a full state, and no change', () => {
    const a = ship('a');
    state.ships.set('a', a);
    a.x = 1;
    patch();
    encoder.discardUnreliableChanges();
    const values = valuesOf(a) as unknown[];
    values[indexOfField(Ship as never, 'x')] = 7;
    holds('the values of an instance are one array for good, by the index of the field', a.x === 7);
    holds('writing to it is no change', !encoder.hasChanges && !encoder.hasUnreliableChanges);
    const decoder = new Decoder(new State());
    decoder.decode(encoder.encodeAll());
    holds('a full state is made of the values', decoder.state.ships.get('a')!.x === 7);
  });

  it('forEachChild: what lies right below', () => {
    const a = ship('a');
    a.gun = new Gun();
    state.ships.set('a', a);
    state.list.push(a);
    const below = (one: object) => {
      const found: unknown[] = [];
      treeOf(one).forEachChild((child) => found.push(child));
      return found;
    };
    holds(
      'of a map and an array, the entries',
      below(state.ships)[0] === treeOf(a) && below(state.list)[0] === treeOf(a),
    );
    holds('of an instance, what its fields refer to', below(a).length === 1 && below(a)[0] === treeOf(a.gun));
  });
});
