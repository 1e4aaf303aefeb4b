import type { FieldBuilder } from '@colyseus/schema';
import { Decoder, Encoder, Reflection, schema, type Schema, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { angle, fixed, flag, int, live, type Quaternion, quaternion, uint } from './live.ts';

const Ship = live(
  {
    name: t.string(),
    x: fixed(0.01),
    y: fixed(1 / 128, { min: 0, max: 2_400 }),
    heading: angle(4096, 4096),
    hull: uint(100).default(100),
    delta: int(-50, 50),
    thrusting: flag(),
    rotation: quaternion(0.001),
    tags: t.array('string'),
    hurt(points: number): boolean {
      this.hull -= points;
      return this.hull === 0;
    },
  },
  'Ship',
);
type Ship = InstanceType<typeof Ship>;
const State = live({ ships: t.map(Ship), tick: uint(2 ** 30), phase: t.string() }, 'LiveState');
type State = InstanceType<typeof State>;

describe('live', () => {
  it('is a drop-in for schema: types, methods, defaults, constructor', () => {
    const ship: Ship = new Ship({ name: 'Ann', x: 1.234 });
    const alive: boolean = ship.hurt(30);
    const numbers: [number, number, number, number] = [ship.x, ship.heading, ship.hull, ship.rotation.w];
    const thrusting: boolean = ship.thrusting;
    expect({ alive, numbers, thrusting }).toEqual({ alive: false, numbers: [1.23, 0, 70, 1], thrusting: false });
    expect(Ship.name).toBe('Ship');
    // @ts-expect-error: not a string
    expect(() => (ship.x = 'a')).toThrow("a 'number' was expected");
  });

  it('holds what the wire carries, whatever is assigned', () => {
    const ship = new Ship();
    Object.assign(ship, { x: 3.004, y: 9_999, heading: -1, delta: -70.2, thrusting: 1 });
    ship.assign({ hull: 99.6 });
    expect(ship.toJSON()).toMatchObject({ x: 3, y: 2_400, heading: 4_095, hull: 100, delta: -50, thrusting: true });
    ship.x = NaN;
    ship.y = NaN;
    ship.heading = Infinity;
    expect(ship.toJSON()).toMatchObject({ x: 0, y: 0, heading: 0 });
    ship.x = -0.001;
    expect(Object.is(ship.x, 0)).toBe(true);
  });

  it('begins with 0, or the value nearest to it, or the default, snapped', () => {
    const Begun = live({ a: fixed(0.5, { min: 3, max: 9 }), b: fixed(0.1).default(0.26), c: flag().default(true) });
    expect(new Begun().toJSON()).toEqual({ a: 3, b: 0.3, c: true });
    expect(new Begun({ a: 4.26, b: 7, c: false }).toJSON()).toEqual({ a: 4.5, b: 7, c: false });
  });

  it('takes a factory and a quaternion for a default', () => {
    const Turned = live({ a: fixed(1).default(() => 2.4), r: quaternion(0.001) });
    const turned = new Turned();
    turned.r.set(1, 0, 0, 0);
    const Copied = live({ r: quaternion(0.001).default(turned.r) });
    expect(turned.a).toBe(2);
    expect(new Copied().r).not.toBe(turned.r);
    expect(new Copied().r.toJSON()).toEqual({ x: 1, y: 0, z: 0, w: 0 });
  });

  it('has its instances copied and restored like others', () => {
    const ship = new Ship({ name: 'Ann', x: 1.5, hull: 7 });
    ship.rotation.set(1, 2, 3, 4);
    expect(ship.clone().toJSON()).toEqual(ship.toJSON());
    expect(new Ship().restore(ship.toJSON()).toJSON()).toEqual(ship.toJSON());
  });

  it('extends, with live fields of either', () => {
    const Tank = Ship.extend({ turret: angle(8, 8), crew: t.uint8().default(3) }, 'Tank');
    const tank: InstanceType<typeof Tank> = new Tank();
    tank.turret = 9.4;
    tank.x = 0.126;
    expect(tank.hurt(100)).toBe(true);
    expect(tank.toJSON()).toMatchObject({ turret: 1, crew: 3, x: 0.13, hull: 0 });
    expect(tank).toBeInstanceOf(Ship);
  });

  it('runs initialize with live fields in place', () => {
    const Aimed = live(
      {
        heading: angle(360, 360),
        initialize(degrees: number) {
          this.heading = degrees;
        },
      },
      'Aimed',
    );
    expect(new Aimed(-90).heading).toBe(270);
  });

  it.each<[modifier: string, declare: () => FieldBuilder<unknown, boolean, boolean>]>([
    ['view', () => fixed(1).view()],
    ['view', () => quaternion(0.001).view(4)],
    ['unreliable', () => fixed(1).unreliable()],
    ['patchOnly', () => angle(8).patchOnly()],
    ['fullStateOnly', () => uint(8).fullStateOnly()],
    ['noSync', () => flag().noSync()],
    ['optional', () => int(0, 1).optional()],
    ['deprecated', () => fixed(1).deprecated()],
    ['deprecated', () => fixed(1).deprecated(false)],
    ['stream', () => fixed(1).stream()],
    ['priority', () => fixed(1).priority(() => 1)],
  ])('refuses .%s() on a live field', (modifier, declare) => {
    expect(() => live({ field: declare() }, 'Wrong')).toThrow(
      new RegExp(
        `^live\\('Wrong'\\): 'field' is \\w+\\(\\), which takes no \\.${modifier}\\(\\): it is sent every tick`,
      ),
    );
  });

  it('refuses what schema() refuses', () => {
    expect(() => live({ field: 5 as never }, 'Wrong')).toThrow("field 'field' must be a t.* builder");
    expect(() => Ship.extend({ x: fixed(1) }, 'Twice')).toThrow("Duplicate 'x'");
    expect(() => schema({ field: flag() })).toThrow('flag() is a live field');
  });
});

describe('a live class among plain Colyseus clients', () => {
  /** A state with one ship, and a client that joined it and knows no class but by reflection. */
  function joined(make: (encoder: Encoder<State>) => Decoder<State>) {
    const state = new State({ phase: 'on' });
    const encoder = new Encoder(state);
    const ship = new Ship({ name: 'Ann', x: 0.07, y: 1.5, heading: 7, delta: -3, thrusting: true });
    ship.rotation.set(1, 2, 3, 4);
    state.ships.set('a', ship);
    const decoder = make(encoder);
    decoder.decode(encoder.encodeAll());
    encoder.encode();
    encoder.discardChanges();
    return { state, encoder, ship, decoder };
  }

  const clients: [string, (encoder: Encoder<State>) => Decoder<State>][] = [
    ['that reflects', (encoder) => Reflection.decode<State>(Reflection.encode(encoder))],
    ['that has the classes', () => new Decoder<State>(new State())],
  ];

  it.each(clients)('one %s has the very same doubles, from the full state and from patches', (_, make) => {
    const { state, encoder, ship, decoder } = joined(make);
    expect(decoder.state.toJSON()).toEqual(state.toJSON());
    Object.assign(ship, { x: -12.345, y: 77.123, heading: 4_095.4, hull: 1, delta: 50, thrusting: false });
    ship.rotation.set(-4, 3, 2, 1);
    state.tick++;
    const late = new Ship({ name: 'Bob', x: 9.99 });
    state.ships.set('b', late);
    decoder.decode(encoder.encode());
    encoder.discardChanges();
    decoder.decode(encoder.encodeUnreliable());
    encoder.discardUnreliableChanges();
    expect(decoder.state.toJSON()).toEqual(state.toJSON());
    expect(decoder.state.ships.get('a')!.x).toBe(-12.34);
  });

  it('no state patch carries a live field', () => {
    const { encoder, ship } = joined(clients[0]![1]);
    Object.assign(ship, { x: 1, y: 1, heading: 1, hull: 1, delta: 1, thrusting: false });
    ship.rotation.set(0, 0, 0, 1);
    expect(encoder.hasChanges).toBe(false);
    expect(encoder.hasUnreliableChanges).toBe(true);
  });

  it('nothing is sent of an assignment that changes nothing', () => {
    const { encoder, ship } = joined(clients[0]![1]);
    Object.assign(ship, { x: 0.0749, y: 1.501, heading: 7.4, hull: 100.4, delta: -3, thrusting: 'yes' });
    ship.rotation.set(2, 4, 6, 8.001);
    expect(encoder.hasUnreliableChanges).toBe(false);
  });

  it('more than 32 fields are no matter', () => {
    const fields = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, i % 2 ? fixed(0.1) : t.uint8()]));
    const Wide = live(fields, 'Wide') as unknown as new () => Schema & Record<string, number>;
    const wide = new Wide();
    const encoder = new Encoder(wide);
    const decoder = Reflection.decode<typeof wide>(Reflection.encode(encoder));
    for (let i = 0; i < 50; i++) wide[`f${i}`] = i;
    decoder.decode(encoder.encode());
    encoder.discardChanges();
    for (let i = 1; i < 50; i += 2) wide[`f${i}`] = -i - 0.06;
    expect(encoder.hasChanges).toBe(false);
    decoder.decode(encoder.encodeUnreliable());
    expect(decoder.state.toJSON()).toEqual(wide.toJSON());
    expect(wide.f49).toBe(-49.1);
  });
});

describe('the type of a rotation', () => {
  it('is exported', () => {
    const rotation: Quaternion = new Ship().rotation;
    expect(rotation.toJSON()).toEqual({ x: 0, y: 0, z: 0, w: 1 });
  });
});
