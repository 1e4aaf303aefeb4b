import { Encoder, schema, StateView, t } from '@colyseus/schema';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { fixed, live, quaternion } from '../live/live.ts';
import { isVisible } from '../schema/sight.ts';
import { refIdOf, treeOf } from '../schema/tracked.ts';
import { awaitChange } from '../live/watched.ts';
import { LiveEntities } from './live-entities.ts';

const Gun = live({ heat: fixed(0.1) }, 'EntitiesGun');
const Ship = live({ x: fixed(0.01), rotation: quaternion(0.001), gun: t.ref(Gun).optional() }, 'EntitiesShip');
const Plain = schema({ name: t.string() }, 'EntitiesPlain');
const State = schema({ ships: t.map(Ship), spare: t.map(Ship), plain: t.map(Plain) }, 'EntitiesState');
type State = InstanceType<typeof State>;

let state: State;
let encoder: Encoder<State>;
let entities: LiveEntities;

beforeEach(() => {
  state = new State();
  encoder = new Encoder(state);
  entities = new LiveEntities(encoder);
});

const names = (list: Iterable<{ instance: object }>) => Array.from(list, ({ instance }) => instance.constructor.name);

describe('the live instances of a state', () => {
  it('[D2] it has a layout for each class that the state can hold, and none for the others', () => {
    const fields = entities.layouts.map((layout) => layout.fields.map(({ name }) => name));
    expect(fields.toSorted()).toEqual([['heat'], ['quaternion'], ['x']]);
  });

  it('[D4] those that are there before it, and those that come with others', () => {
    state.ships.set('a', new Ship({ gun: new Gun() }));
    expect(names(entities.came).toSorted()).toEqual(['EntitiesGun', 'EntitiesShip', 'Quaternion']);
    const later = new LiveEntities(encoder);
    expect(names(later.all.values()).toSorted()).toEqual(['EntitiesGun', 'EntitiesShip', 'Quaternion']);
    for (const { refId, instance, classIndex } of later.all.values()) {
      expect(refId).toBe(refIdOf(instance));
      expect(classIndex).toBe(entities.all.get(refId)!.classIndex);
    }
  });

  it('[D4] those that go with others, once the last place is gone', () => {
    const ship = new Ship({ gun: new Gun() });
    state.ships.set('a', ship);
    state.spare.set('a', ship);
    entities.endTick();
    state.ships.delete('a');
    expect([entities.went.length, entities.all.size]).toEqual([0, 3]);
    state.spare.delete('a');
    expect([names(entities.went).toSorted(), entities.all.size]).toEqual([
      ['EntitiesGun', 'EntitiesShip', 'Quaternion'],
      0,
    ]);
  });

  it('[D4] one that is moved in a tick is there all the same, and one that came and went is not', () => {
    const ship = new Ship();
    state.ships.set('a', ship);
    entities.endTick();
    const refId = refIdOf(ship)!;
    state.ships.delete('a');
    expect(entities.all.has(refId)).toBe(false);
    state.spare.set('b', ship);
    expect(entities.all.get(refId)!.instance).toBe(ship);
    state.spare.delete('b');
    expect(entities.all.has(refId)).toBe(false);
    entities.endTick();
    expect([entities.came, entities.went]).toEqual([[], []]);
  });

  it('[D4] of instances without live fields, and of collections, it knows nothing', () => {
    state.plain.set('a', new Plain({ name: 'a' }));
    expect([entities.all.size, entities.came.length]).toEqual([0, 0]);
    state.plain.delete('a');
    expect(entities.went).toEqual([]);
    const plain = new LiveEntities(new Encoder(new (schema({ n: t.number() }, 'EntitiesNone'))()));
    expect(plain.layouts).toEqual([]);
  });

  it('[D4] tells which instances were awaited and changed, to the end of the tick', () => {
    const ship = new Ship();
    state.ships.set('a', ship);
    entities.endTick();
    ship.x = 4;
    expect([entities.watch.hasChanged, entities.watch.woken]).toEqual([true, []]);
    entities.endTick();
    awaitChange(ship);
    ship.x = 4;
    expect([entities.watch.hasChanged, entities.watch.woken]).toEqual([false, []]);
    ship.x = 5;
    ship.x = 6;
    expect(entities.watch.woken).toEqual([ship]);
    entities.endTick();
    state.ships.delete('a');
    awaitChange(ship);
    ship.x = 7;
    expect([entities.watch.hasChanged, entities.watch.woken]).toEqual([false, []]);
    // It may have changed while it was away.
    state.ships.set('b', ship);
    expect(entities.watch.woken).toEqual([ship, ship.rotation]);
  });

  it('[D4] what a view sees, and no more, is told to the end of the tick', () => {
    const Hidden = schema({ ships: t.map(Ship).view(), open: t.map(Ship) }, 'EntitiesHidden');
    const hidden = new Hidden();
    const entities = new LiveEntities(new Encoder(hidden));
    const [view, other] = [new StateView(), new StateView()];
    const sight = entities.sightOf(view);
    expect(entities.sightOf(view)).toBe(sight);
    const ship = new Ship();
    hidden.ships.set('a', ship);
    view.add(ship);
    expect(sight.trees.has(treeOf(ship))).toBe(true);
    expect(entities.sightOf(other).trees.size).toBe(0);
    entities.endTick();
    const { count } = sight;
    expect([sight.trees.size, count > 0]).toEqual([0, true]);
    view.remove(ship);
    expect([sight.trees.has(treeOf(ship)), sight.isUnknown]).toEqual([true, false]);
    view.dispose();
    expect([sight.isUnknown, isVisible(view, treeOf(hidden.ships))]).toEqual([true, false]);
    entities.endTick();
    expect([sight.trees.size, sight.isUnknown]).toEqual([0, false]);
  });

  it('[D4] what lies in a place more is told until Schema has settled who sees it', () => {
    const Hidden = schema({ ships: t.map(Ship).view(), open: t.map(Ship) }, 'EntitiesMoved');
    const hidden = new Hidden();
    const encoder = new Encoder(hidden);
    const entities = new LiveEntities(encoder);
    const ship = new Ship();
    hidden.ships.set('a', ship);
    const entity = entities.all.get(refIdOf(ship)!)!;
    expect([entities.moved.size, entities.wanderers.size]).toEqual([0, 0]);
    hidden.open.set('a', ship);
    entities.endTick();
    expect([...entities.moved]).toEqual([treeOf(ship)]);
    encoder.encode();
    entities.endTick();
    expect([entities.moved.size, [...entities.wanderers]]).toEqual([0, [entity]]);
    hidden.ships.delete('a');
    hidden.open.delete('a');
    expect(entities.wanderers.size).toBe(0);
  });
});
