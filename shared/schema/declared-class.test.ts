import { schema, t } from '@colyseus/schema';
import { describe, it } from '@jest/globals';
import {
  Boat,
  encoder,
  Gun,
  holds,
  patch,
  reflected,
  Ship,
  ship,
  state,
  useFleet,
} from '../../test/support/schema-fleet.ts';
import { indexOfField, markUnreliable } from './declared-class.ts';
import { valuesOf } from './tracked.ts';

useFleet();

describe('what velarium relies on in declaring Schema classes', () => {
  it('indexOfField: metadata maps names to indexes, which are places in $values', () => {
    const a = ship('a', 4);
    holds('metadata[name] is the index of a field', indexOfField(Ship, 'x') === 1);
    holds('the fields of a child follow those of its parent', indexOfField(Boat, 'sail') === 4);
    holds('instance[$values][index] is the value of the field', valuesOf(a)[1] === 4 && valuesOf(a)[0] === 'a');
  });

  it('markUnreliable: makes what .unreliable() makes', () => {
    const ours = schema({ a: t.uint8(), b: t.uint8() }, 'MarkedByUs');
    const theirs = schema({ a: t.uint8(), b: t.uint8().unreliable() }, 'MarkedByThem');
    markUnreliable(ours, 1);
    const lists = [ours, theirs].map((klass) => {
      const metadata = klass[Symbol.metadata as never] as Record<string, unknown>;
      const name = Object.getOwnPropertyNames(metadata).find((key) => key.includes('nreliable'));
      return [name, metadata[name!], metadata[1], Object.keys(metadata)];
    });
    holds('.unreliable() sets what markUnreliable sets', JSON.stringify(lists[0]) === JSON.stringify(lists[1]));
  });

  it('markUnreliable: the field leaves the patches, and its first value travels with its instance', () => {
    const decoder = reflected(encoder);
    const a = ship('a', 1);
    state.ships.set('a', a);
    a.x = 2;
    patch(decoder);
    holds('the first value travels with the ADD of its instance', decoder.state.ships.get('a')!.x === 2);
    a.x = 3;
    holds('a change of an unreliable field is no change of the reliable queue', !encoder.hasChanges);
    holds('it queues as an unreliable change', encoder.hasUnreliableChanges);
    decoder.decode(encoder.encodeUnreliable());
    holds('encodeUnreliable carries it', decoder.state.ships.get('a')!.x === 3);
    encoder.discardUnreliableChanges();
    holds('discardUnreliableChanges ends it', !encoder.hasUnreliableChanges);
  });

  it('markUnreliable: a child has its parent’s and its own', () => {
    const boat = new Boat({ name: 'b', x: 0, y: 0, sail: 1, wind: 0 });
    state.ships.set('b', boat);
    patch();
    boat.x = 1;
    boat.wind = 2;
    holds('unreliable fields are inherited', !encoder.hasChanges);
    boat.sail = 2;
    holds('other fields of the child stay reliable', encoder.hasChanges);
    const a = ship('a');
    state.ships.set('a', a);
    patch();
    a.gun = new Gun();
    holds('the parent does not get the child’s', encoder.hasChanges);
  });
});
