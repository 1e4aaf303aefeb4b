import { describe, expect, it } from '@jest/globals';
import { FramePair, FrameReader, FrameWriter } from '../../test/support/live-frames.ts';
import { scalarUnits } from '../../test/support/live-motion.ts';
import { Random } from '../../test/support/random.ts';
import { refusalCode } from '../../test/support/wire-errors.ts';
import { STEADY_TICKS } from './predictor.ts';

const around = (value: number, circle: number): number => ((value % circle) + circle) % circle;

/** Long enough for the models to know what there is to know. */
const SETTLED = 3 * STEADY_TICKS;

describe('the tick of scalars (D9)', () => {
  it('[D9] steady motion costs next to nothing: a thousand that fly on', () => {
    const units = scalarUnits([-(2 ** 29), 2 ** 29], [0, 4_095, 4_096]);
    const entities = Array.from({ length: 1_000 }, (_, i): [number, number[]] => [0, [i, i]]);
    const pair = new FramePair([units], ...entities);
    const fly = () => {
      for (const [refId, values] of pair.writer.now) {
        values[0]! += (refId % 17) - 8;
        values[1] = (values[1]! + (refId % 5)) & 4_095;
      }
    };
    pair.ticks(SETTLED, fly);
    // A decision that is nearly sure for each: 1/1,460 of a bit.
    expect(pair.ticks(100, fly)).toBeLessThan(200);
  });

  it('[D9] steady ones are told by one decision, until one of them is so no longer', () => {
    const units = scalarUnits(...Array.from({ length: 10 }, () => [-(2 ** 29), 2 ** 29] as const));
    const pair = new FramePair([units], [0, new Array<number>(10).fill(0)]);
    const random = new Random(1);
    const act = () => {
      const values = pair.now(1);
      for (let i = 0; i < 9; i++) values[i]! += i;
      values[9] = random.below(2);
    };
    pair.ticks(SETTLED, act);
    // The one that is not costs a bit or little more.
    expect(pair.ticks(400, act) * 8).toBeLessThan(400 * 12);
    pair.now(1)[4] = 77;
    pair.tick();
    expect(pair.reader.values().get(1)!.slice(0, 6)).toEqual(Array.from(pair.now(1).subarray(0, 6)));
  });

  it('[D9] at the end of its range a number that moved on stops, and costs nothing there', () => {
    for (const [min, max, speed] of [
      [0, 1_000, 7],
      [-1_000, 0, -7],
      [0, 1_003, 3],
      [-(2 ** 30), 0, -50_000],
    ] as const) {
      // prettier-ignore
      const pair = new FramePair([scalarUnits([min, max])], [0, [speed > 0 ? min : max]]);
      const act = () => (pair.now(1)[0] = Math.min(Math.max(pair.now(1)[0]! + speed, min), max));
      const ticks = Math.ceil((max - min) / Math.abs(speed));
      pair.ticks(Math.min(ticks, 60), act);
      pair.now(1)[0] = speed > 0 ? max - 3 * speed - 1 : min - 3 * speed + 1;
      pair.ticks(60, act);
      expect(pair.now(1)[0]).toBe(speed > 0 ? max : min);
      expect(pair.asleep()).toEqual([1]);
      pair.now(1)[0] = Math.round((min + max) / 2);
      pair.ticks(60);
      expect(pair.reader.values().get(1)).toEqual([Math.round((min + max) / 2)]);
    }
  });

  it('[D9] a steady number is foreseen to the end of its range and not beyond: no byte', () => {
    const pair = new FramePair([scalarUnits([0, 1_000])], [0, [0]]);
    const act = () => (pair.now(1)[0] = Math.min(pair.now(1)[0]! + 7, 1_000));
    pair.ticks(100, act);
    expect(pair.now(1)[0]).toBe(700);
    expect(pair.ticks(80, act)).toBeLessThan(4);
    expect([pair.now(1)[0], pair.asleep()]).toEqual([1_000, [1]]);
  });

  it.each([2, 3, 7, 360, 4_096, 2 ** 30])('[D9] around a circle of %i at any speed, either way', (circle) => {
    for (const speed of [1, -1, 2, Math.floor(circle / 2), -Math.floor(circle / 2), circle - 1]) {
      const pair = new FramePair([scalarUnits([0, circle - 1, circle])], [0, [circle - 1]]);
      const act = () => (pair.now(1)[0] = around(pair.now(1)[0]! + speed, circle));
      pair.ticks(SETTLED, act);
      // Half of a large circle is too far to be followed.
      const isFollowed = Math.min(Math.abs(speed), circle - Math.abs(speed)) <= 2 ** 21;
      if (isFollowed) expect(pair.ticks(200, act)).toBeLessThan(4);
      else pair.ticks(20, act);
    }
  });

  it('[D9] from one end of the widest ranges to the other', () => {
    const units = scalarUnits([-(2 ** 29), 2 ** 29], [0, 2 ** 30], [-(2 ** 30), 0], [0, 2 ** 30 - 1, 2 ** 30]);
    const { min, max } = units;
    const pair = new FramePair([units], [0, Array.from(min)]);
    const random = new Random(2);
    for (const next of [max, min, max, max, min, min]) {
      pair.now(1).set(next);
      pair.ticks(1 + random.below(3));
      expect(pair.reader.values().get(1)).toEqual(Array.from(next));
    }
    pair.ticks(60, () => pair.now(1).forEach((_, i, all) => (all[i] = random.chance(0.5) ? min[i]! : max[i]!)));
  });

  it('[D9] over the seam of a circle, with speeds near half a turn and more, and with leaps there', () => {
    const random = new Random(3);
    for (const circle of [2, 3, 4, 7, 360, 361, 4_096, 2 ** 22, 2 ** 23 + 1, 2 ** 30]) {
      const half = Math.floor(circle / 2);
      for (const jitter of [0, 1, 2, Math.ceil(circle / 50)]) {
        const pair = new FramePair([scalarUnits([0, circle - 1, circle])], [0, [random.below(circle)]]);
        const turn = (by: number) => {
          pair.now(1)[0] = around(pair.now(1)[0]! + by, circle);
          pair.tick();
          expect(pair.reader.values().get(1)).toEqual(Array.from(pair.now(1)));
        };
        // The shorter way is now one, now the other.
        for (let i = 0; i < 60; i++) turn(half + random.below(2 * jitter + 1) - jitter);
        for (let i = 0; i < 30; i++) turn(1);
        for (const by of [half, -half, half + 1, circle - 1, 1, half - 1, half - 1, half, half + 1]) turn(by);
        for (let i = 0; i < 20; i++) turn(random.below(circle));
      }
    }
  });

  it('[D9] a turn by a little under half a circle is steady, and over the seam it costs nothing', () => {
    for (const [circle, speed] of [
      [360, 179],
      [360, -180],
      [361, 180],
      [4_096, -2_047],
    ] as const) {
      const pair = new FramePair([scalarUnits([0, circle - 1, circle])], [0, [circle - 1]]);
      const act = () => (pair.now(1)[0] = around(pair.now(1)[0]! + speed, circle));
      pair.ticks(SETTLED, act);
      expect(pair.ticks(200, act)).toBeLessThan(4);
    }
  });

  it('[D9] thousands of numbers that leap at once and then stay: raw bits and next to nothing else', () => {
    const units = scalarUnits(...Array.from({ length: 60 }, () => [-(2 ** 29), 2 ** 29] as const));
    const entities = Array.from({ length: 500 }, (): [number, number[]] => [0, new Array<number>(60).fill(0)]);
    const pair = new FramePair([units], ...entities);
    pair.ticks(10);
    for (const values of pair.writer.now.values()) values.fill(2 ** 28);
    pair.tick();
    // Nobody expects them to stay where they are, to 25 bits each: 28 of 2^30 / 8, less three.
    const most = Math.ceil((500 * 60 * 25) / 8);
    const { length } = pair.tick();
    expect(length).toBeGreaterThan(most - 10);
    expect(length).toBeLessThan(most * 1.01);
  });

  it('[D5] a frame with more zeros at its end than may be left out', () => {
    const units = [scalarUnits([0, 9])];
    const writer = new FrameWriter(units);
    const reader = new FrameReader(units);
    for (const [zeros, most] of [
      [60_000, 10],
      [100_000, 100_000 - 65_536 + 10],
    ] as const) {
      const bytes = writer.tick(new Uint8Array(zeros));
      expect(bytes.length).toBeGreaterThan(most - 10);
      expect(bytes.length).toBeLessThan(most);
      expect(Buffer.compare(reader.delta(bytes), new Uint8Array(zeros))).toBe(0);
    }
  });

  it('[D4] one that enters like the one before costs few bits', () => {
    const units = scalarUnits(...Array.from({ length: 6 }, () => [-(2 ** 29), 2 ** 29] as const));
    const pair = new FramePair([units], [0, [5, 100_000, -3, 0, 70, 9]]);
    pair.tick();
    pair.ticks(40, () => void pair.writer.enter(0, [5, 100_000, -3, 0, 70, 9]));
    pair.writer.enter(0, [5, 100_000, -3, 0, 70, 9]);
    expect(pair.tick().length).toBeLessThan(5);
  });

  it('[D13] a value out of its range is refused: when it enters, when it moves', () => {
    const wide = scalarUnits([-1_000, 1_000], [0, 1_023, 1_024]);
    const narrow = scalarUnits([-10, 10], [0, 359, 360]);
    for (const [enters, moves] of [
      [[11, 0], []],
      [[0, 360], []],
      [
        [0, 0],
        [11, 0],
      ],
      [
        [0, 0],
        [-700, 0],
      ],
      [
        [0, 0],
        [0, 512],
      ],
      [
        [0, 0],
        [0, 600],
      ],
      [
        [0, 300],
        [0, 300 + 421],
      ],
    ]) {
      // prettier-ignore
      const writer = new FrameWriter([wide]);
      const reader = new FrameReader([narrow]);
      const refId = writer.enter(0, enters!);
      const first = refusalCode(() => reader.delta(writer.tick()));
      expect(first).toBe(moves!.length === 0 ? 'bad-state' : 'accepted');
      if (moves!.length === 0) continue;
      writer.now.get(refId)!.set(moves!);
      expect(refusalCode(() => reader.delta(writer.tick()))).toBe('bad-state');
    }
  });
});
