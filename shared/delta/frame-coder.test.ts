import { describe, expect, it } from '@jest/globals';
import { difference, FramePair, FrameReader, FrameWriter } from '../../test/support/live-frames.ts';
import { quaternionField, quaternionUnits, scalarUnits } from '../../test/support/live-motion.ts';
import { Random } from '../../test/support/random.ts';
import { refusalCode } from '../../test/support/wire-errors.ts';
import { STEADY_TICKS } from './predictor.ts';

const POINT = scalarUnits([-1_000, 1_000], [0, 359, 360]);

const points = (count: number) => Array.from({ length: count }, (_, i): [number, number[]] => [0, [i % 999, 7]]);

describe('a frame (D4)', () => {
  it('[D4] of an empty stream is empty', () => {
    expect(new FramePair([]).ticks(50)).toBe(0);
    expect(new FramePair([POINT, quaternionUnits(0.001)]).ticks(50)).toBe(0);
  });

  it('[D4] entities enter awake, in the order that is told, across classes', () => {
    const pair = new FramePair([POINT, POINT], [1, [1, 1]], [0, [2, 2]], [1, [3, 3]]);
    pair.tick();
    expect([pair.awake(0), pair.awake(1)]).toEqual([[2], [1, 3]]);
    expect(pair.reader.heard).toEqual(['entered 1', 'entered 2', 'entered 3']);
  });

  it('[D4] who does not change falls asleep, by itself and on both sides in the same tick: new ones soon', () => {
    const pair = new FramePair([POINT], [0, [1, 1]], [0, [2, 2]]);
    const restless = () => {
      let count = 0;
      for (; pair.awake().length > 0; count++) pair.tick();
      return count;
    };
    pair.tick();
    expect(restless()).toBe(4);
    expect(pair.asleep()).toEqual([1, 2]);
    pair.now(1)[0]!++;
    pair.tick();
    expect(restless()).toBe(STEADY_TICKS);
    expect(pair.asleep()).toEqual([2, 1]);
    expect(pair.ticks(10)).toBe(0);
  });

  it('[D4] those asleep lie in the order in which they fell asleep, those awake in that in which they woke', () => {
    const pair = new FramePair([POINT], ...points(4));
    pair.tick();
    pair.now(2)[0]!++;
    pair.ticks(STEADY_TICKS - 1);
    expect([pair.awake(), pair.asleep()]).toEqual([[2], [1, 3, 4]]);
    pair.ticks(STEADY_TICKS);
    expect(pair.asleep()).toEqual([1, 3, 4, 2]);
    pair.now(4)[1]!++;
    pair.now(3)[1]!++;
    pair.tick();
    expect([pair.awake(), pair.asleep()]).toEqual([
      [3, 4],
      [1, 2],
    ]);
    pair.writer.leave(1);
    pair.writer.leave(3);
    pair.tick();
    expect([pair.awake(), pair.asleep()]).toEqual([[4], [2]]);
  });

  it('[D4] nothing is written for those asleep: a thousand of them cost what one costs', () => {
    const moving = (others: number): number[] => {
      const pair = new FramePair([POINT], ...points(others + 1));
      pair.ticks(STEADY_TICKS + 1);
      const random = new Random(1);
      const last = pair.now(others + 1);
      return Array.from({ length: 30 }, () => {
        last[0] = random.below(1_000);
        return pair.tick().length;
      });
    };
    // The first tick says who wakes.
    expect(moving(1_000).slice(1)).toEqual(moving(1).slice(1));
    expect(moving(1_000)[0]! - moving(1)[0]!).toBeLessThan(4);
  });

  it('[D4] a thousand entities at rest cost no byte, asleep or not yet', () => {
    const pair = new FramePair([POINT], ...points(1_000));
    pair.tick();
    // Until they sleep, the models must learn that nothing moves.
    expect(pair.ticks(STEADY_TICKS)).toBeLessThan(100);
    for (let i = 0; i < 100; i++) expect(pair.tick()).toHaveLength(0);
  });

  it('[D4] one that leaves while it sleeps, one that leaves awake, one that came and went unseen', () => {
    const pair = new FramePair([POINT], ...points(2));
    const { writer, reader } = pair;
    pair.ticks(STEADY_TICKS + 1);
    writer.enter(0, [3, 3]);
    pair.tick();
    const unseen = writer.enter(0, [4, 4]);
    writer.leave(unseen);
    writer.leave(1);
    writer.leave(3);
    pair.tick();
    expect(reader.heard.toSorted()).toEqual(['left 1', 'left 3']);
    expect([...reader.values().keys()]).toEqual([2]);
  });

  it('[D4] ids that are lower than one that was told before, and far higher', () => {
    const pair = new FramePair([POINT]);
    for (const refId of [5, 2 ** 31 - 2, 1, 2 ** 30]) {
      pair.writer.enter(0, [refId % 1_000, 1], refId);
      pair.tick();
    }
    expect([...pair.reader.values().keys()]).toEqual([5, 2 ** 31 - 2, 1, 2 ** 30]);
  });

  it('[D4] slots are used again, and grow', () => {
    const pair = new FramePair([POINT, quaternionUnits(0.001)]);
    const random = new Random(2);
    const field = quaternionField(0.001);
    const alive: number[] = [];
    for (let i = 0; i < 60; i++) {
      for (let j = random.below(12); j > 0; j--) {
        const values = new Int32Array(5);
        field.toFine(random.next(), random.next(), random.next(), random.next(), values);
        alive.push(random.chance(0.5) ? pair.writer.enter(0, [random.below(1_000), 5]) : pair.writer.enter(1, values));
      }
      for (let j = random.below(10); j > 0 && alive.length > 0; j--) {
        pair.writer.leave(alive.splice(random.below(alive.length), 1)[0]!);
      }
      pair.tick();
    }
    expect(alive.length).toBeGreaterThan(32);
    expect([...pair.reader.values().keys()].toSorted()).toEqual(alive.toSorted());
  });

  it('[D4] entities without values rest at once', () => {
    const pair = new FramePair([scalarUnits()], [0, []], [0, []]);
    pair.ticks(2);
    expect(pair.asleep()).toEqual([1, 2]);
    expect(pair.reader.values().get(1)).toEqual([]);
  });

  it('[D3] structure travels in front, and a frame that has some is never empty', () => {
    const { writer, reader } = new FramePair([POINT], ...points(3));
    for (const structure of [[255, 1, 2], [], [0], [0, 0, 0], new Array<number>(5_000).fill(7), []]) {
      const bytes = writer.tick(Uint8Array.from(structure));
      expect(Array.from(reader.delta(bytes))).toEqual(structure);
      expect(difference(writer.frame, reader.frame)).toBeUndefined();
      if (structure.length > 0) expect(bytes.length).toBeGreaterThan(0);
    }
  });
});

describe('frames that were damaged (D13)', () => {
  const units = [POINT, quaternionUnits(0.001), scalarUnits([-(2 ** 30), 0], [0, 1], [0, 2 ** 30 - 1, 2 ** 30])];

  /** A life until a tick, its keyframe, and the frame that follows. */
  function recorded(): { keyframe: Uint8Array; delta: Uint8Array }[] {
    const random = new Random(3);
    const writer = new FrameWriter(units);
    const field = quaternionField(0.001);
    return Array.from({ length: 40 }, (_, tick) => {
      if (tick % 4 === 0) {
        writer.enter(0, [random.below(1_000), random.below(360)]);
        writer.enter(2, [-random.below(2 ** 30), random.below(2), random.below(2 ** 30)]);
        writer.enter(1, [0, 0, 0, 256_000, 3]);
      }
      if (tick % 7 === 6) writer.leave([...writer.now.keys()][random.below(5)]!);
      for (const [refId, values] of writer.now) {
        if (refId % 3 !== 0 && tick < 25) continue;
        if (writer.classOf.get(refId) === 0) values[0] = random.below(1_000);
        else if (values.length === 5) field.toFine(random.next(), random.next(), random.next(), random.next(), values);
        else values[1] = random.below(2);
      }
      const keyframe = writer.keyframe();
      return { keyframe, delta: writer.tick() };
    }).filter((_, tick) => tick % 3 === 0);
  }

  const outcomes = (keyframe: Uint8Array, deltas: Iterable<Uint8Array>): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const delta of deltas) {
      const reader = new FrameReader(units);
      reader.keyframe(keyframe);
      const code = refusalCode(() => reader.delta(delta));
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    return counts;
  };

  it('[D13] cut anywhere they do no harm', () => {
    for (const { keyframe, delta } of recorded()) {
      const counts = outcomes(
        keyframe,
        Array.from(delta, (_, length) => delta.subarray(0, length)),
      );
      expect(['accepted', 'bad-state', 'trailing-bytes', 'truncated']).toEqual(
        expect.arrayContaining([...counts.keys()]),
      );
    }
  });

  it('[D13] changed anywhere, or made up, they do no harm', () => {
    const random = new Random(4);
    const all = new Map<string, number>();
    for (const { keyframe, delta } of recorded()) {
      const broken = Array.from({ length: 60 }, () => {
        if (random.chance(0.3)) return random.bytes(random.below(80));
        const other = delta.slice();
        for (let i = 1 + random.below(3); i > 0 && other.length > 0; i--)
          other[random.below(other.length)] = random.below(256);
        return other;
      });
      for (const [code, count] of outcomes(keyframe, broken)) all.set(code, (all.get(code) ?? 0) + count);
    }
    expect([...all.keys()].toSorted()).toEqual(['accepted', 'bad-state', 'trailing-bytes', 'truncated']);
    expect(all.get('bad-state')).toBeGreaterThan(100);
  });
});
