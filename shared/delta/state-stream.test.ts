import { Callbacks, schema, StateView, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { type LiveClient, LiveServer } from '../../test/support/live-session.ts';
import { refusal, refusalCode } from '../../test/support/wire-errors.ts';
import { fixed, flag, live, quaternion, uint } from '../live/live.ts';
import { refIdOf } from '../schema/tracked.ts';
import { checkByte } from './check-byte.ts';
import { MOST_ENTITIES } from './frame-coder.ts';

const Gun = live({ heat: fixed(0.1), name: t.string().default('') }, 'FlowGun');
const Ship = live(
  {
    name: t.string().default(''),
    x: fixed(0.01),
    boost: flag(),
    rotation: quaternion(0.001),
    gun: t.ref(Gun).optional(),
  },
  'FlowShip',
);
const Boat = Ship.extend({ wind: fixed(0.5), sail: t.uint8() }, 'FlowBoat');
const State = live(
  { tick: uint(1_000), ships: t.map(Ship), spare: t.map(Ship), list: t.array(Ship), note: t.string() },
  'FlowState',
);
const Secret = schema({ ships: t.map(Ship).view(), open: t.map(Ship) }, 'FlowSecret');
type Ship = InstanceType<typeof Ship>;
type State = InstanceType<typeof State>;

/** Longer than anything takes to fall asleep. */
const LONG = 60;

function begun() {
  const state = new State();
  const server = new LiveServer<State>(state);
  const client = server.join();
  const rest = () => {
    for (let tick = 0; tick < LONG; tick++) server.tick();
  };
  return { state, server, client, rest };
}

const shipOf = ({ state }: LiveClient<State>, key = 'a'): Ship => state.ships.get(key)!;
const rotationOf = ({ rotation }: Ship): number[] => [rotation.x, rotation.y, rotation.z, rotation.w];

describe('a stream (D12)', () => {
  it('[D1] a tick in which nothing happens has no bytes', () => {
    const { state, server, rest } = begun();
    for (let i = 0; i < 1_000; i++) state.ships.set(`s${i}`, new Ship({ x: i }));
    rest();
    for (let tick = 0; tick < 600; tick++) expect(server.tick()).toHaveLength(0);
  });

  it('[D12] the numbers of frames go around after 256, those without bytes too', () => {
    const { state, server, client, rest } = begun();
    state.ships.set('a', new Ship());
    for (let i = 0; i < 6; i++) {
      rest();
      shipOf(client);
      state.ships.get('a')!.x = i;
      server.tick();
      expect(shipOf(client).x).toBe(i);
    }
  });

  it('[D12] live fields of the state itself', () => {
    const { state, server, client } = begun();
    state.tick = 7;
    server.tick();
    expect(client.state.tick).toBe(7);
  });

  it('[D12] a nested instance that comes later, is replaced, and goes', () => {
    const { state, server, client } = begun();
    const ship = new Ship();
    state.ships.set('a', ship);
    server.tick();
    for (const heat of [1.5, 2.5]) {
      ship.gun = new Gun({ heat, name: `gun ${heat}` });
      server.tick();
      expect(shipOf(client).gun!.toJSON()).toEqual({ heat, name: `gun ${heat}` });
      ship.gun.heat = heat + 1;
      server.tick();
      expect(shipOf(client).gun!.heat).toBe(heat + 1);
    }
    ship.gun = undefined;
    server.tick();
    expect(shipOf(client).gun).toBeUndefined();
  });

  it('[D12] one that moves from one map to another in one tick, and changes while it does', () => {
    const { state, server, client, rest } = begun();
    const ship = new Ship({ name: 'a', x: 1 });
    state.ships.set('a', ship);
    rest();
    state.ships.delete('a');
    state.spare.set('b', ship);
    ship.x = 2;
    server.tick();
    expect(client.state.toJSON()).toEqual(state.toJSON());
    state.spare.delete('b');
    server.tick();
    expect(client.state.spare.size).toBe(0);
    ship.x = 3;
    state.ships.set('c', ship);
    server.tick();
    expect(client.state.toJSON()).toEqual(state.toJSON());
  });

  it('[D12] two that go and come back in one tick, the other way around, and one more in between', () => {
    const { state, server, client, rest } = begun();
    const [a, b] = [new Ship({ name: 'a', x: 1 }), new Ship({ name: 'b', x: 2 })];
    state.ships.set('a', a);
    state.ships.set('b', b);
    rest();
    state.ships.delete('a');
    state.ships.delete('b');
    state.ships.set('b', b);
    state.ships.set('c', new Ship({ name: 'c', x: 3 }));
    state.ships.set('a', a);
    for (let i = 0; i < 5; i++) {
      server.tick();
      expect(client.state.toJSON()).toEqual(state.toJSON());
      [a.x, b.x] = [b.x, a.x + i];
    }
  });

  it('[D12] one that goes, comes back and goes again in one tick', () => {
    const { state, server, client } = begun();
    const ship = new Ship({ name: 'a' });
    state.ships.set('a', ship);
    server.tick();
    state.ships.delete('a');
    state.ships.set('a', ship);
    state.ships.delete('a');
    server.tick();
    expect(client.state.ships.size).toBe(0);
    state.ships.set('b', new Ship({ x: 1 }));
    server.tick();
    expect(client.state.toJSON()).toEqual(state.toJSON());
  });

  it('[D12] the same instance in two places is told once, until the last is gone', () => {
    const { state, server, client } = begun();
    const ship = new Ship({ x: 1 });
    state.ships.set('a', ship);
    state.list.push(ship);
    server.tick();
    ship.x = 2;
    server.tick();
    expect(client.state.list[0]).toBe(shipOf(client));
    expect(shipOf(client).x).toBe(2);
    state.ships.delete('a');
    ship.x = 3;
    server.tick();
    expect(client.state.list[0]!.x).toBe(3);
    state.list.shift();
    server.tick();
    expect(client.decoder.root.refs.has(refIdOf(ship)!)).toBe(false);
  });

  it('[D12] components of a rotation that were assigned one by one, awake and asleep', () => {
    const { state, server, client, rest } = begun();
    const ship = new Ship();
    state.ships.set('a', ship);
    Object.assign(ship.rotation, { x: 0.5, w: 0.5 });
    server.tick();
    expect(rotationOf(shipOf(client))).toEqual(rotationOf(ship));
    expect(ship.rotation.x).toBeCloseTo(Math.SQRT1_2, 2);
    rest();
    ship.rotation.y = 1;
    server.tick();
    expect(rotationOf(shipOf(client))).toEqual(rotationOf(ship));
    expect(ship.rotation.y).toBeCloseTo(Math.SQRT1_2, 2);
    rest();
    // What makes no other rotation wakes nobody, and is put right.
    const before = rotationOf(ship);
    ship.rotation.x += 0.0001;
    expect(server.tick()).toHaveLength(0);
    expect(rotationOf(ship)).toEqual(before);
  });

  it('[D12] one asleep that was assigned what it is, or another value and back, stays asleep', () => {
    const { state, server, rest } = begun();
    const ship = new Ship({ x: 5 });
    state.ships.set('a', ship);
    rest();
    ship.x = 6;
    ship.x = 5;
    expect(server.tick()).toHaveLength(0);
  });

  it('[D12] who joins in the middle of a tick has the last one, and the rest with the next delta', () => {
    const { state, server } = begun();
    const ship = new Ship({ name: 'a', x: 1 });
    state.ships.set('a', ship);
    state.ships.set('gone', new Ship({ x: 9 }));
    server.tick();
    ship.x = 2;
    state.ships.set('new', new Ship({ x: 3, name: 'n' }));
    state.ships.delete('gone');
    const late = server.join();
    expect(shipOf(late).x).toBe(1);
    expect([...late.state.ships.keys()]).toEqual(['a', 'new']);
    server.tick();
    expect(late.state.toJSON()).toEqual(state.toJSON());
  });

  it('[D12] a class is told by its own fields, also where the client has it by reflection only', () => {
    const { state, server, client } = begun();
    const own = server.join({ own: new State() });
    const boat = new Boat({ name: 'b', x: 1, wind: 2.5, sail: 3 });
    state.ships.set('a', boat);
    server.tick();
    boat.wind = 7;
    server.tick();
    for (const one of [client, own]) expect(shipOf(one).toJSON()).toEqual(boat.toJSON());
    expect(shipOf(own)).toBeInstanceOf(Boat);
  });

  it('[D12] who sees an entity no longer is told no more of it, and is told anew of one that comes into view', () => {
    const state = new Secret();
    const server = new LiveServer(state);
    const view = new StateView();
    const seeing = server.join({ view });
    const blind = server.join();
    const ship = new Ship({ x: 1 });
    state.ships.set('a', ship);
    view.add(ship);
    server.tick();
    const refId = refIdOf(ship)!;
    expect([server.stream(view).has(refId), server.stream().has(refId)]).toEqual([true, false]);
    expect(seeing.state.ships.get('a')!.x).toBe(1);
    expect(blind.state.ships?.get('a')).toBeUndefined();
    view.remove(ship);
    ship.x = 2;
    server.tick();
    expect([server.stream(view).has(refId), seeing.state.ships.size]).toEqual([false, 0]);
    view.add(ship);
    ship.x = 3;
    server.tick();
    expect(seeing.state.ships.get('a')!.x).toBe(3);
  });

  it('[D13] a state with more live instances than a stream holds is the game’s error', () => {
    const Rock = live({ on: flag() }, 'FlowRock');
    const Rocks = schema({ rocks: t.array(Rock) }, 'FlowRocks');
    const state = new Rocks();
    const server = new LiveServer(state);
    for (let i = 0; i < MOST_ENTITIES; i++) state.rocks.push(new Rock());
    const stream = server.stream();
    expect(stream.delta(new Uint8Array(0)).length).toBeLessThan(100);
    server.entities.endTick();
    state.rocks.push(new Rock());
    expect(() => stream.delta(new Uint8Array(0))).toThrow(RangeError);
    server.entities.endTick();
    expect(() => new LiveServer(state).join()).toThrow(RangeError);
  });
});

describe('what a client takes (D12)', () => {
  it('[D12] a delta before any keyframe, or behind one that was refused, is refused', () => {
    const { state, server } = begun();
    const other = server.join();
    state.ships.set('a', new Ship());
    const delta = server.tick();
    const damaged = server.keyframe();
    damaged[damaged.length >> 1]! ^= 1;
    expect(refusal(() => other.live.keyframe(damaged))).toBe('bad-check@4');
    expect(other.live.follows).toBe(false);
    expect(refusalCode(() => other.live.delta(delta))).toBe('bad-state');
    other.live.keyframe(server.keyframe());
    expect(other.live.follows).toBe(true);
    server.tick();
    expect(other.state.toJSON()).toEqual(state.toJSON());
  });

  it('[D12] a delta that is lost shows in the next, and a keyframe mends it', () => {
    const { state, server, client } = begun();
    const stream = server.stream();
    state.ships.set('a', new Ship({ x: 1 }));
    server.tick();
    state.ships.get('a')!.x = 2;
    // Nobody gets this one.
    stream.delta(new Uint8Array(0));
    state.ships.get('a')!.x = 7;
    const before = client.state.toJSON();
    const next = stream.delta(new Uint8Array(0));
    expect(refusalCode(() => client.live.delta(next))).toBe('bad-check');
    expect(client.state.toJSON()).toEqual(before);
    expect(client.live.follows).toBe(false);
    client.live.keyframe(server.keyframe());
    expect(shipOf(client).x).toBe(7);
  });

  it('[D12] what is refused changes nothing: every cut, and every byte that is damaged', () => {
    const { state, server, client } = begun();
    for (let i = 0; i < 5; i++) state.ships.set(`s${i}`, new Ship({ x: i, name: 'n' }));
    server.tick();
    for (const ship of state.ships.values()) ship.x += 1.7;
    state.ships.set('a', new Ship({ x: 5 }));
    const keyframe = server.keyframe();
    client.live.keyframe(keyframe);
    const before = JSON.stringify(client.state.toJSON());
    const delta = server.stream().delta(server.encoder.encode().slice());
    const damaged = (bytes: Uint8Array) =>
      Array.from(bytes, (byte, at) => [
        bytes.slice(0, at),
        Uint8Array.from(bytes, (b, i) => (i === at ? byte ^ 16 : b)),
      ])
        .flat()
        // One cut in 256 has the right check byte by chance, and tells another story.
        .filter((broken) => broken.length === 0 || checkByte(broken, 1, bytes === delta ? 1 : 0) !== broken[0]);
    let refused = 0;
    for (const broken of damaged(keyframe)) {
      expect(refusalCode(() => client.live.keyframe(broken))).toMatch(/bad-check|truncated/);
      expect(JSON.stringify(client.state.toJSON())).toBe(before);
      refused++;
    }
    for (const broken of damaged(delta).filter(({ length }) => length > 0)) {
      client.live.keyframe(keyframe);
      expect(refusalCode(() => client.live.delta(broken))).toBe('bad-check');
      expect(JSON.stringify(client.state.toJSON())).toBe(before);
      refused++;
    }
    expect(refused).toBeGreaterThan(100);
    client.live.keyframe(keyframe);
    client.live.delta(delta);
    expect(client.state.toJSON()).toEqual(state.toJSON());
  });

  it('[D12] a keyframe of which nothing is there yet is waited for, however much it is', () => {
    const Rock = live({ on: flag() }, 'FlowWaitedRock');
    const Rocks = schema({ rocks: t.array(Rock) }, 'FlowWaitedRocks');
    const state = new Rocks();
    const server = new LiveServer(state);
    const client = server.join();
    for (let i = 0; i < MOST_ENTITIES; i++) state.rocks.push(new Rock({ on: true }));
    const stream = server.stream();
    const nothing = new Uint8Array(0);
    // Schema's part never comes.
    client.live.delta(stream.delta(nothing));
    server.entities.endTick();
    for (let tick = 0; tick < 5; tick++) {
      state.rocks[tick]!.on = false;
      client.live.delta(stream.delta(nothing));
    }
    expect(client.live.follows).toBe(true);
  });
});

describe('what listeners hear (D12)', () => {
  it('[D12] all of a tick is there before the first of them', () => {
    const { state, server, client } = begun();
    const heard: unknown[] = [];
    const callbacks = Callbacks.get(client.decoder);
    callbacks.onAdd('ships', (ship, key) => {
      heard.push([key, (ship as Ship).x, client.state.tick]);
      callbacks.listen(
        ship as Ship,
        'x',
        (now, before) => heard.push([now, before, client.state.tick]),
        false as never,
      );
    });
    state.ships.set('a', new Ship({ x: 1.5 }));
    state.tick = 1;
    server.tick();
    state.ships.get('a')!.x = 2;
    state.tick = 2;
    server.tick();
    server.tick();
    expect(heard).toEqual([
      ['a', 1.5, 1],
      [2, 1.5, 2],
    ]);
  });

  it('[D12] what a listener throws is the game’s, and the stream goes on', () => {
    const { state, server, client } = begun();
    const { decoder } = client;
    decoder.triggerChanges = () => {
      throw new Error('of the game');
    };
    state.ships.set('a', new Ship({ x: 1 }));
    expect(() => server.tick()).toThrow('of the game');
    server.encoder.discardChanges();
    server.encoder.discardUnreliableChanges();
    server.entities.endTick();
    expect(client.live.follows).toBe(true);
    expect(shipOf(client).x).toBe(1);
    delete decoder.triggerChanges;
    state.ships.get('a')!.x = 2;
    server.tick();
    expect(shipOf(client).x).toBe(2);
  });
});
