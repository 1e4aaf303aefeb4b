import { describe, expect, it } from '@jest/globals';
import { FramePair, FrameReader, FrameWriter } from '../../test/support/live-frames.ts';
import { quaternionField, quaternionUnits } from '../../test/support/live-motion.ts';
import { Random } from '../../test/support/random.ts';
import { refusalCode } from '../../test/support/wire-errors.ts';
import { DERIVED, type QuaternionUnits } from './live-units.ts';
import { STEADY_TICKS } from './predictor.ts';
import { checkQuaternion, deriveComponent } from './quaternion-values.ts';

const field = quaternionField(0.001);
const UNITS = quaternionUnits(0.001) as QuaternionUnits;
const ONE = 256_000;

function whole(x: number, y: number, z: number, w: number): Int32Array {
  const values = new Int32Array(5);
  field.toFine(x, y, z, w, values);
  return values;
}

const IDENTITY = Array.from(whole(0, 0, 0, 1));

describe('the tick of a quaternion (D11)', () => {
  it('[D11] the identity, and back to it', () => {
    expect(IDENTITY).toEqual([0, 0, 0, ONE, 3]);
    const pair = new FramePair([UNITS], [0, IDENTITY]);
    pair.ticks(STEADY_TICKS + 1);
    expect(pair.asleep()).toEqual([1]);
    pair.now(1).set(whole(1, 2, 3, 4));
    pair.tick();
    pair.now(1).set(IDENTITY);
    pair.tick();
    expect(pair.reader.values().get(1)).toEqual(IDENTITY);
    pair.ticks(2 * STEADY_TICKS);
    expect(pair.asleep()).toEqual([1]);
  });

  it('[D11] each component in the lead, on either side of zero, from each other one', () => {
    const leads = [0, 1, 2, 3].flatMap((c) =>
      [1, -1].map((sign) => {
        const components = [0.1, -0.2, 0.3, -0.1];
        components[c] = sign;
        return whole(...(components as [number, number, number, number]));
      }),
    );
    expect(new Set(leads.map((values) => values[DERIVED])).size).toBe(4);
    const pair = new FramePair([UNITS], [0, Array.from(leads[0]!)]);
    pair.tick();
    for (const from of leads) {
      for (const to of leads) {
        for (const values of [from, to]) {
          pair.now(1).set(values);
          pair.tick();
          expect(pair.reader.values().get(1)).toEqual(Array.from(values));
        }
      }
    }
  });

  it('[D11] a slow turn about any axis costs a few bits, also where another component takes the lead', () => {
    const random = new Random(1);
    for (const rate of [0.002, 0.02, 0.1]) {
      const axis = [random.next() - 0.5, random.next() - 0.5, random.next() - 0.5];
      const length = Math.hypot(...axis);
      const pair = new FramePair([UNITS], [0, IDENTITY]);
      let angle = 0;
      const turn = () => {
        const [x, y, z] = axis.map((component) => (component / length) * Math.sin(angle / 2));
        pair.now(1).set(whole(x!, y!, z!, Math.cos((angle += rate) / 2)));
      };
      pair.ticks(200, turn);
      const leads = new Set<number>();
      const bytes = pair.ticks(1_000, () => {
        turn();
        leads.add(pair.now(1)[DERIVED]!);
      });
      if (rate > 0.01) expect(leads.size).toBeGreaterThan(1);
      expect(bytes).toBeLessThan(1_000 * 1.7);
    }
  });

  it('[D11] turned to its other side at once, it is the same rotation and other values', () => {
    const pair = new FramePair([UNITS], [0, Array.from(whole(1, 2, 3, 4))]);
    pair.tick();
    for (let i = 0; i < 6; i++) {
      const [x, y, z, w] = Array.from(pair.now(1).subarray(0, 4), (fine) => -field.fromFine(fine));
      pair.now(1).set(whole(x!, y!, z!, w!));
      pair.tick();
      expect(pair.reader.values().get(1)![3]! < 0).toBe(i % 2 === 0);
    }
  });

  it.each([0.01, 0.001, 0.0003, 1e-5])('[D11] any rotation after any other, with a precision of %d', (precision) => {
    const fine = quaternionField(precision);
    const random = new Random(2);
    const next = new Int32Array(5);
    const some = () => {
      fine.toFine(random.next() - 0.5, random.next() - 0.5, random.next() - 0.5, random.next() - 0.5, next);
      return next;
    };
    const pair = new FramePair([quaternionUnits(precision)], [0, Array.from(some())]);
    for (let i = 0; i < 300; i++) {
      pair.tick();
      expect(pair.reader.values().get(1)).toEqual(Array.from(pair.now(1)));
      pair.now(1).set(some());
    }
  });

  it('[D13] what is longer than 1 is refused: when it enters, when it moves', () => {
    const coarse = quaternionUnits(0.002);
    const reader = () => new FrameReader([coarse]);
    const writer = new FrameWriter([UNITS]);
    writer.enter(0, whole(0.5, 0.5, 0.5, 0.6));
    expect(refusalCode(() => reader().delta(writer.tick()))).toBe('bad-state');
    const moving = new FrameWriter([UNITS]);
    const second = reader();
    moving.enter(0, whole(0.1, 0.1, 0.1, 1));
    second.delta(moving.tick());
    moving.now.get(1)!.set(whole(0.5, 0.5, 0.5, 0.6));
    expect(refusalCode(() => second.delta(moving.tick()))).toBe('bad-state');
  });

  it('[D13] so is a component that moves by more than 32 bits hold', () => {
    const writer = new FrameWriter([UNITS]);
    const reader = new FrameReader([UNITS]);
    writer.enter(0, IDENTITY);
    reader.delta(writer.tick());
    // What it writes is a change by 2^24 - 1 precisions, which is -1 where 24 bits of it are kept.
    writer.frame.tables[0]!.values[0] = -(2 ** 31);
    writer.now.get(1)![0] = 2 ** 31 - 256;
    expect(refusalCode(() => reader.delta(writer.tick()))).toBe('bad-state');
  });
});

describe('the values of a quaternion (D11)', () => {
  it('[D11] the fourth component is the exact root of what the three leave, with the sign that is given', () => {
    const random = new Random(3);
    for (let run = 0; run < 500; run++) {
      const values = whole(random.next() - 0.5, random.next() - 0.5, random.next() - 0.5, random.next() - 0.5);
      const derived = values[DERIVED]!;
      const copy = Int32Array.from([9, ...values]);
      copy[1 + derived] = values[derived]! < 0 ? -1 : 1;
      deriveComponent(copy, 1, UNITS.squares);
      expect(Array.from(copy)).toEqual([9, ...values]);
      // With whole numbers and no floating point.
      const rest = values.subarray(0, 4).reduce((sum, fine, c) => sum + (c === derived ? 0n : BigInt(fine) ** 2n), 0n);
      const left = BigInt(UNITS.squares) * 65_536n - rest;
      const root = BigInt(Math.abs(values[derived]!));
      expect(root * root <= left && (root + 1n) * (root + 1n) > left).toBe(true);
      expect(() => checkQuaternion(UNITS, copy, 1)).not.toThrow();
    }
  });

  it.each([
    ['no lead', [0, 0, 0, ONE, 4]],
    ['a lead before the first', [0, 0, 0, ONE, -1]],
    ['a root that is too small', [0, 0, 0, ONE - 1, 3]],
    ['a root that is too large', [0, 0, 0, ONE + 1, 3]],
    ['a length over 1', [256 * 800, 256 * 800, 0, 0, 3]],
    ['a component that is no whole count', [257, 0, 0, 255_999, 3]],
    ['values beyond all', [2 ** 31 - 1, 0, 0, 0, 3]],
  ])('[D13] %s is refused', (_, values) => {
    expect(refusalCode(() => checkQuaternion(UNITS, Int32Array.from(values), 0))).toBe('bad-state');
  });
});
