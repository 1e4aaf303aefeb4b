import { schema, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { angle, fixed, flag, int, live, quaternion, quaternionClass, uint } from './live.ts';
import { layoutFrom, layoutSpecs, liveLayoutOf, setLiveLayout } from './live-layout.ts';

const Ship = live(
  { name: t.string(), x: fixed(0.01), color: t.uint8(), heading: angle(8), rotation: quaternion(0.001), boost: flag() },
  'LayoutShip',
);

describe('liveLayoutOf', () => {
  it('lists the live fields by their Schema index', () => {
    expect(layoutSpecs(liveLayoutOf(Ship)!)).toEqual([
      { kind: 'fixed', name: 'x', index: 1, precision: 0.01, min: -(2 ** 29), max: 2 ** 29 },
      { kind: 'angle', name: 'heading', index: 3, steps: 8, turn: 2 * Math.PI },
      { kind: 'flag', name: 'boost', index: 5 },
    ]);
  });

  it('is the same for the class and its instances', () => {
    const layout = liveLayoutOf(Ship)!;
    expect(liveLayoutOf(new Ship())).toBe(layout);
    expect(liveLayoutOf(Ship)).toBe(layout);
    const [x, heading, boost] = layout.fields;
    expect(layout.byIndex).toEqual([undefined, x, undefined, heading, undefined, boost]);
  });

  it('has one unit for the four fields of a quaternion', () => {
    const layout = liveLayoutOf(new Ship().rotation)!;
    expect(layoutSpecs(layout)).toEqual([{ kind: 'quaternion', name: 'quaternion', index: 0, precision: 0.001 }]);
    const [unit] = layout.fields;
    expect(layout.byIndex).toEqual([unit, unit, unit, unit]);
    expect(liveLayoutOf(quaternionClass(0.001))).toBe(layout);
  });

  it('has the fields of parents first', () => {
    const Tank = Ship.extend({ armour: t.uint8(), turret: int(-8, 8) }, 'LayoutTank');
    const Heavy = Tank.extend({ crew: uint(5) }, 'LayoutHeavy');
    const indexed = (klass: object) => liveLayoutOf(klass)!.fields.map(({ index, name }) => `${index} ${name}`);
    expect(indexed(Tank)).toEqual(['1 x', '3 heading', '5 boost', '7 turret']);
    expect(indexed(Heavy)).toEqual(['1 x', '3 heading', '5 boost', '7 turret', '8 crew']);
    expect(indexed(Ship)).toEqual(['1 x', '3 heading', '5 boost']);
  });

  it('is the parent’s for classes that are derived by other means', () => {
    class Derived extends Ship {}
    const ByThird = schema({ more: t.uint8() }, 'LayoutByThird', Ship as never);
    expect(liveLayoutOf(Derived)).toBe(liveLayoutOf(Ship));
    expect(liveLayoutOf(ByThird)).toBe(liveLayoutOf(Ship));
  });

  it('is undefined for other classes and for collections', () => {
    const Plain = schema({ x: t.number(), list: t.array('uint8') }, 'LayoutPlain');
    expect(liveLayoutOf(Plain)).toBeUndefined();
    expect(liveLayoutOf(new Plain())).toBeUndefined();
    expect(liveLayoutOf(new Plain().list)).toBeUndefined();
    expect(liveLayoutOf(live({ x: t.number() }, 'LayoutNone'))).toBeUndefined();
  });

  it('is what a peer without the class was told', () => {
    const Reflected = class {};
    const sent = JSON.stringify(layoutSpecs(liveLayoutOf(Ship)!));
    expect(liveLayoutOf(Reflected)).toBeUndefined();
    setLiveLayout(Reflected, layoutFrom(JSON.parse(sent)));
    expect(liveLayoutOf(new Reflected())).toEqual(liveLayoutOf(Ship));
    expect(layoutSpecs(liveLayoutOf(Reflected)!)).toEqual(JSON.parse(sent));
  });
});
