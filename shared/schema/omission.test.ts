import { Encoder, Reflection } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import {
  encoder,
  Gun,
  holds,
  Raft,
  reflected,
  Rock,
  ship,
  State,
  state,
  useFleet,
} from '../../test/support/schema-fleet.ts';
import { setOmission } from './omission.ts';

useFleet();

describe('setOmission', () => {
  it('new instances come without live fields, and with them when it is unset', () => {
    const [without, stock] = [reflected(encoder), reflected(encoder)];
    const a = ship('a', 1);
    a.gun = new Gun({ heat: 1, ammo: 2 });
    state.ships.set('a', a);
    setOmission(encoder, () => true);
    without.decode(encoder.encode());
    setOmission(encoder, undefined);
    stock.decode(encoder.encode());
    holds(
      'the ADD of an instance goes through $encoder and the filter',
      !('x' in without.state.ships.get('a')!.toJSON()),
    );
    expect(without.state.toJSON()).toMatchObject({ ships: { a: { name: 'a', gun: { ammo: 2 } } } });
    expect(without.state.ships.get('a')!.gun!.heat).toBeUndefined();
    expect(stock.state.ships.toJSON()).toEqual(state.ships.toJSON());
  });

  it('the full state comes without them, and an instance that has nothing else leaves no byte', () => {
    state.rocks.set('r', new Rock({ x: 5 }));
    setOmission(encoder, () => true);
    const bare = encoder.encodeAll().length;
    const decoder = reflected(encoder);
    decoder.decode(encoder.encodeAll());
    expect(decoder.state.toJSON()).toMatchObject({ rocks: { r: {} } });
    expect(decoder.state.tick).toBeUndefined();
    setOmission(encoder, undefined);
    const tick = 1 + 4;
    const rock = 1 + 1 + 1 + 8;
    holds(
      'a filter that refuses every field of an instance leaves nothing of it, not even its switch of 2 bytes',
      encoder.encodeAll().length === bare + tick + rock,
    );
  });

  it('is asked for each instance', () => {
    const [a, b] = [ship('a', 1), ship('b', 2)];
    state.ships.set('a', a);
    state.ships.set('b', b);
    setOmission(encoder, (instance) => instance === a);
    const decoder = reflected(encoder);
    decoder.decode(encoder.encodeAll());
    expect(decoder.state.ships.get('a')!.x).toBeUndefined();
    expect(decoder.state.ships.get('b')!.x).toBe(2);
  });

  it('is one encoder’s own', () => {
    const other = new State();
    const others = new Encoder(other);
    other.ships.set('a', ship('a', 1));
    setOmission(encoder, () => true);
    const decoder = Reflection.decode<State>(Reflection.encode(others));
    decoder.decode(others.encodeAll());
    expect(decoder.state.ships.get('a')!.x).toBe(1);
  });

  it('holds for classes that are derived by other means', () => {
    const raft = new Raft({ name: 'r', x: 1, y: 1 });
    state.ships.set('r', raft);
    setOmission(encoder, () => true);
    const decoder = reflected(encoder);
    decoder.decode(encoder.encodeAll());
    expect(decoder.state.toJSON()).toMatchObject({ ships: { r: { name: 'r' } } });
    expect(decoder.state.ships.get('r')!.x).toBeUndefined();
  });
});
