import { Callbacks, type DataChange, Decoder, OPERATION } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { Random } from '../../test/support/random.ts';
import type { Ship } from '../../test/support/schema-fleet.ts';
import {
  encoder,
  Gun,
  holds,
  patch,
  reflected,
  ship,
  State,
  state,
  useFleet,
} from '../../test/support/schema-fleet.ts';
import { refOf, withHeldChanges, triggerChanges, hasCallbacks } from './held-changes.ts';
import { setOmission } from './omission.ts';
import { refIdOf, valuesOf } from './tracked.ts';

useFleet();

describe('what velarium relies on in the decoder', () => {
  it('refOf, and where instances hold their values', () => {
    const a = ship('a', 7);
    state.ships.set('a', a);
    const [byReflection, byClass] = [reflected(encoder), new Decoder(new State())];
    for (const decoder of [byReflection, byClass]) {
      decoder.decode(encoder.encodeAll());
      const arrived = refOf(decoder, refIdOf(a)!)!;
      holds('decoder.root.refs has instances by refId', arrived === decoder.state.ships.get('a'));
      holds('instance[$refId] is set on what was decoded', refIdOf(arrived) === refIdOf(a));
      (arrived as Ship).x = 8;
      holds('a decoded instance can be written to', decoder.state.ships.get('a')!.x === 8);
    }
    holds('classes by reflection keep nothing in $values', valuesOf(byReflection.state.ships.get('a')!).length === 0);
    holds('others do', valuesOf(byClass.state.ships.get('a')!)[1] === 8);
  });

  /** Everything that `Callbacks` can tell, as lines. */
  function listening(decoder: Decoder<State>): string[] {
    const log: string[] = [];
    const callbacks = Callbacks.get(decoder);
    const watch = (one: Ship, where: string) => {
      callbacks.listen(one, 'x', (now, before) => log.push(`${where} x ${before} ${now}`));
      callbacks.listen(one, 'name', (now, before) => log.push(`${where} name ${before} ${now}`));
      callbacks.onChange(one, () => log.push(`${where} changed, x ${one.x}`));
      decoder.root.addCallback(refIdOf(one)!, OPERATION.DELETE, () => log.push(`${where} gone`));
      callbacks.listen(one, 'gun', (now, before) => {
        log.push(`${where} gun ${before?.heat} ${now?.heat}`);
        if (now !== undefined) callbacks.listen(now, 'heat', (heat) => log.push(`${where} heat ${heat}`));
      });
    };
    for (const map of ['ships', 'hidden'] as const) {
      callbacks.onAdd(map, (one, key) => {
        log.push(`${map} + ${key} ${one.name} ${one.x}`);
        watch(one, key);
      });
      callbacks.onRemove(map, (one, key) => log.push(`${map} - ${key} ${one.name} ${one.x}`));
      callbacks.onChange(map, (key, one) => log.push(`${map} ~ ${key} ${one?.name}`));
    }
    callbacks.onAdd('list', (one, index) => log.push(`list + ${index} ${one.name}`));
    callbacks.onRemove('list', (one, index) => log.push(`list - ${index} ${one.name}`));
    return log;
  }

  it.each([11, 12, 13])('withHeldChanges and triggerChanges make the calls that decode makes: seed %i', (seed) => {
    const random = new Random(seed);
    const [stock, held] = [reflected(encoder), reflected(encoder)];
    const logs = [listening(stock), listening(held)];
    let named = 0;
    for (let tick = 0; tick < 200; tick++) {
      for (let i = random.below(5); i > 0; i--) {
        const key = `k${random.below(4)}`;
        const there = state.ships.get(key);
        const made = ship(`${named++}`, named);
        if (random.chance(0.5)) made.gun = new Gun({ heat: named, ammo: 1 });
        if (random.chance(0.2)) state.ships.delete(key);
        else if (there === undefined || random.chance(0.2)) state.ships.set(key, made);
        else if (random.chance(0.2)) there.gun = new Gun({ heat: named, ammo: 2 });
        else if (random.chance(0.2)) state.list.push(random.chance(0.5) ? there : made);
        else if (random.chance(0.2)) state.list.shift();
        else there.name = `${named++}`;
      }
      const bytes = encoder.encode().slice();
      stock.decode(bytes);
      const before = logs[1]!.length;
      const changes = withHeldChanges(held, () => held.decode(bytes));
      holds('decode() calls listeners only by decoder.triggerChanges', logs[1]!.length === before);
      triggerChanges(held, changes);
      expect(logs[1]).toEqual(logs[0]);
      expect([...held.root.refs.keys()]).toEqual([...stock.root.refs.keys()]);
      expect(Object.keys(held.root.callbacks)).toEqual(Object.keys(stock.root.callbacks));
      encoder.discardChanges();
    }
    expect(logs[0]!.length).toBeGreaterThan(200);
  });

  it('withHeldChanges: the same for decodeResync', () => {
    for (const key of ['a', 'b', 'c']) state.ships.set(key, ship(key, 1));
    const [stock, held] = [reflected(encoder), reflected(encoder)];
    const logs = [listening(stock), listening(held)];
    for (const decoder of [stock, held]) decoder.decode(encoder.encodeAll());
    state.ships.delete('b');
    state.ships.get('a')!.name = 'd';
    const bytes = encoder.encodeAll().slice();
    stock.decodeResync(bytes);
    const changes = withHeldChanges(held, () => held.decodeResync(bytes));
    holds(
      'what was missed is a change like others',
      changes.some(({ previousValue }) => (previousValue as Ship)?.name === 'b'),
    );
    triggerChanges(held, changes);
    expect(logs[1]).toEqual(logs[0]);
    expect(logs[0]).toContain('ships - b b 1');
    expect([...held.root.refs.keys()]).toEqual([...stock.root.refs.keys()]);
  });

  it('withHeldChanges: a removed instance and its listeners are there until the changes are told', () => {
    const a = ship('a', 1);
    state.ships.set('a', a);
    const decoder = reflected(encoder);
    const log = listening(decoder);
    decoder.decode(encoder.encodeAll());
    patch();
    state.ships.delete('a');
    const changes = withHeldChanges(decoder, () => decoder.decode(encoder.encode()));
    holds('decode() releases by root.garbageCollectDeletedRefs', refOf(decoder, refIdOf(a)!) !== undefined);
    triggerChanges(decoder, changes);
    holds('and the removed are released then', refOf(decoder, refIdOf(a)!) === undefined);
    expect(log.slice(-3)).toEqual(['a gone', 'ships - a a 1', 'ships ~ a undefined']);
  });

  it('withHeldChanges: nothing stays replaced, after a failure either', () => {
    const decoder = reflected(encoder);
    listening(decoder);
    const trigger = decoder.triggerChanges;
    expect(() =>
      withHeldChanges(decoder, () => {
        throw new Error('bad bytes');
      }),
    ).toThrow('bad bytes');
    expect(decoder.triggerChanges).toBe(trigger);
    state.ships.set('a', ship('a'));
    patch(decoder);
    state.ships.delete('a');
    patch(decoder);
    holds('the state and the three collections that all see are left', decoder.root.refs.size === 4);
  });

  it('live values that follow the held changes reach the listeners that onAdd made', () => {
    const a = ship('a', 1);
    setOmission(encoder, () => true);
    const decoder = reflected(encoder);
    const log = listening(decoder);
    state.ships.set('a', a);
    const changes = withHeldChanges(decoder, () => decoder.decode(encoder.encode()));
    const arrived = refOf(decoder, refIdOf(a)!) as Ship;
    arrived.x = 5;
    const change: DataChange = {
      ref: arrived,
      refId: refIdOf(a)!,
      op: OPERATION.ADD,
      field: 'x',
      value: 5,
      previousValue: undefined,
    };
    triggerChanges(decoder, [...changes, change]);
    expect(log).toEqual(['ships + a a 5', 'ships ~ a a', 'a changed, x 5', 'a name undefined a', 'a x undefined 5']);
  });

  it('hasCallbacks: who hears of what', () => {
    state.ships.set('a', ship('a'));
    state.ships.set('b', ship('b'));
    const decoder = reflected(encoder);
    decoder.decode(encoder.encodeAll());
    const [a, b] = ['a', 'b'].map((key) => refIdOf(decoder.state.ships.get(key)!)!) as [number, number];
    holds('decoder.triggerChanges is unset until somebody listens', !hasCallbacks(decoder, a));
    Callbacks.get(decoder).listen(decoder.state.ships.get('a')!, 'x', () => {});
    holds(
      'Callbacks is "bound triggerChanges", and hears by refId',
      hasCallbacks(decoder, a) && !hasCallbacks(decoder, b),
    );
    const heard: DataChange[][] = [];
    Callbacks.getRawChanges(decoder, (changes) => heard.push(changes));
    holds('a raw listener hears all', hasCallbacks(decoder, b));
  });

  it('changes are not kept by Callbacks, so that their objects may be used again', () => {
    state.ships.set('a', ship('a', 1));
    const decoder = reflected(encoder);
    const log = listening(decoder);
    decoder.decode(encoder.encodeAll());
    const arrived = decoder.state.ships.get('a')!;
    const change: DataChange = {
      ref: arrived,
      refId: refIdOf(arrived)!,
      op: 128,
      field: 'x',
      value: 2,
      previousValue: 1,
    };
    const reused = [change];
    log.length = 0;
    for (let x = 2; x < 5; x++) {
      arrived.x = change.value = x;
      triggerChanges(decoder, reused);
      change.previousValue = x;
    }
    expect(log.filter((line) => line.startsWith('a x'))).toEqual(['a x 1 2', 'a x 2 3', 'a x 3 4']);
  });
});
