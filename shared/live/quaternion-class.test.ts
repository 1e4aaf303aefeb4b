import { Encoder } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { live, quaternion } from './live.ts';
import { canonicalize, type Quaternion, quaternionClass } from './quaternion-class.ts';

const four = ({ x, y, z, w }: Quaternion): number[] => [x, y, z, w];
const rotation = (precision = 0.001): Quaternion => new (quaternionClass(precision))();
const component = fc.double({ min: -1, max: 1, noNaN: true });

describe('a rotation', () => {
  it('is of one class for each precision', () => {
    expect(quaternionClass(0.001)).toBe(quaternionClass(0.001));
    expect(quaternionClass(0.001)).not.toBe(quaternionClass(0.002));
  });

  it('begins as the identity, in its canonical form', () => {
    expect(four(rotation())).toEqual([0, 0, 0, 1]);
    const odd = rotation(0.003);
    expect(odd.w).toBeCloseTo(1, 5);
    canonicalize(odd);
    expect(four(odd)).toEqual(four(rotation(0.003)));
  });

  it('is of an instance’s own', () => {
    const Body = live({ spin: quaternion(0.001) }, 'Body');
    const [a, b] = [new Body(), new Body()];
    a.spin.set(1, 0, 0, 0);
    expect([four(a.spin), four(b.spin)]).toEqual([
      [1, 0, 0, 0],
      [0, 0, 0, 1],
    ]);
  });

  it('takes on the canonical form of what is set', () => {
    const turned = rotation();
    turned.set(1, 2, 3, 4);
    expect(four(turned)).toEqual([0.183, 0.365, 0.548, 0.7300546875]);
    turned.set(0, 0, 0, 0);
    expect(four(turned)).toEqual([0, 0, 0, 1]);
  });

  it('never turns its sign from one step to the next', () => {
    const turning = rotation();
    let before = four(turning);
    for (let step = 1; step <= 400; step++) {
      const angle = step / 20;
      const sign = step % 3 === 0 ? -1 : 1;
      turning.set(sign * Math.sin(angle), 0, 0, sign * Math.cos(angle));
      const now = four(turning);
      expect(Math.max(...now.map((c, i) => Math.abs(c - before[i]!)))).toBeLessThan(0.06);
      before = now;
    }
  });

  it('is settled by canonicalize where single components were assigned, once', () => {
    fc.assert(
      fc.property(fc.tuple(component, component, component, component), ([x, y, z, w]) => {
        const assigned = rotation();
        Object.assign(assigned, { x, y, z, w });
        expect(four(assigned)).toEqual([x + 0, y + 0, z + 0, w + 0]);
        canonicalize(assigned);
        const settled = four(assigned);
        canonicalize(assigned);
        expect(four(assigned)).toEqual(settled);
        assigned.set(...(settled as [number, number, number, number]));
        expect(four(assigned)).toEqual(settled);
      }),
    );
  });

  it('leaves nothing to send when it was canonical, and takes no other instances', () => {
    const Body = live({ spin: quaternion(0.001) }, 'QuietBody');
    const body = new Body();
    const encoder = new Encoder(body);
    body.spin.set(1, -2, 3, -4);
    encoder.encode();
    encoder.discardChanges();
    canonicalize(body.spin);
    canonicalize(body);
    expect(encoder.hasUnreliableChanges).toBe(false);
  });
});
