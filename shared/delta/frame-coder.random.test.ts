import { describe, expect, it } from '@jest/globals';
import { difference, FrameReader, FrameWriter } from '../../test/support/live-frames.ts';
import { RandomLife } from '../../test/support/live-motion.ts';
import { Random } from '../../test/support/random.ts';

const TICKS = 250;

/** A life, a writer of it, and a reader that was there from the beginning. */
function begun(seed: number) {
  const random = new Random(seed);
  const life = new RandomLife(random, 1 + random.below(4));
  const writer = new FrameWriter(life.units);
  const reader = new FrameReader(life.units);
  reader.keyframe(writer.keyframe());
  return { random, life, writer, reader };
}

const entries = (map: ReadonlyMap<number, ArrayLike<number>>) =>
  [...map].map(([refId, values]) => [refId, ...Array.from(values)]).sort(([a], [b]) => a! - b!);

describe('frames of a random life (D4)', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed))(
    '[D4] a reader has the same values and remembers the same after each: seed %i',
    (seed) => {
      const { life, writer, reader } = begun(seed);
      for (let tick = 0; tick < TICKS; tick++) {
        life.act(writer);
        reader.delta(writer.tick());
        expect(difference(writer.frame, reader.frame)).toBeUndefined();
        const [read, written] = [entries(reader.values()), entries(writer.now)];
        if (JSON.stringify(read) !== JSON.stringify(written)) expect(read).toEqual(written); // which by itself would be slow
      }
    },
  );

  it.each(Array.from({ length: 12 }, (_, i) => 100 + i))(
    '[D7] a keyframe at any time is all that a reader needs, and changes nothing for the others: seed %i',
    (seed) => {
      const { random, life, writer, reader } = begun(seed);
      const readers = [reader];
      for (let tick = 0; tick < TICKS; tick++) {
        life.act(writer);
        if (random.chance(0.06)) {
          const late = new FrameReader(life.units);
          late.keyframe(writer.keyframe());
          readers.splice(1 + random.below(4), 1, late);
        }
        const bytes = writer.tick();
        for (const one of readers) {
          one.delta(bytes);
          expect(difference(writer.frame, one.frame)).toBeUndefined();
        }
      }
      expect(readers.length).toBeGreaterThan(3);
    },
  );

  it('[D4] hears of each entity that came, changed or went, once and in order', () => {
    const { life, writer, reader } = begun(200);
    let known = new Map<number, string>();
    for (let tick = 0; tick < TICKS; tick++) {
      life.act(writer);
      reader.delta(writer.tick());
      const now = new Map(Array.from(reader.values(), ([refId, values]) => [refId, values.join(' ')]));
      const heard = (what: string) =>
        reader.heard.filter((one) => one.startsWith(what)).map((one) => Number(one.slice(what.length)));
      expect(new Set(reader.heard).size).toBe(reader.heard.length);
      expect(heard('entered').toSorted()).toEqual([...now.keys()].filter((refId) => !known.has(refId)).toSorted());
      expect(heard('left').toSorted()).toEqual([...known.keys()].filter((refId) => !now.has(refId)).toSorted());
      const changed = new Set(heard('changed'));
      for (const [refId, values] of now) {
        if (known.has(refId) && known.get(refId) !== values) expect(changed).toContain(refId);
      }
      known = now;
    }
  });
});
