import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '../../test/support/random.ts';
import {
  slowBeginMoving,
  slowBegun,
  slowFollow,
  slowIsSteady,
  slowLearn,
  slowPredict,
  slowSettled,
  slowWords,
  TOO_LARGE,
} from '../../test/support/slow-predictor.ts';
import { refusalCode } from '../../test/support/wire-errors.ts';
import { newBitModels } from './bit-model.ts';
import { codeNumber } from './number-coder.ts';
import {
  beginMoving,
  beginTrack,
  checkTrack,
  FINE,
  followChange,
  isAtRest,
  isSteady,
  learnOddChange,
  restTrack,
  STEADY_TICKS,
  steadyStep,
  Track as Words,
  TRACK_WORDS,
} from './predictor.ts';
import { RangeCoder } from './range-coder.ts';
import { Residual } from './residual-coder.ts';

/** No number gets there. */
const ANY = 2 ** 31 - 1;

/** One number, between words that are others'. It learns as it does when it is written. */
class Track {
  readonly words = new Int32Array(3 * TRACK_WORDS).fill(-77);
  readonly base = TRACK_WORDS;
  readonly #coder = new RangeCoder();
  readonly #models = newBitModels(Residual.Models);

  constructor() {
    beginTrack(this.words, this.base);
    this.#coder.write();
  }

  get own(): Int32Array {
    return this.words.subarray(this.base, this.base + TRACK_WORDS);
  }

  /** What it is going to change by, fine. */
  get predicted(): number {
    const { own } = this;
    return (own[Words.PLACE]! + own[Words.SPEED]! + (own[Words.BEND]! >> 1)) | 0;
  }

  get noise(): number {
    return this.own[Words.NOISE]!;
  }

  get isSteady(): boolean {
    return isSteady(this.words, this.base);
  }

  get isAtRest(): boolean {
    return isAtRest(this.words, this.base);
  }

  /** @returns how far off the prediction was, fine */
  learn(quanta: number): number {
    return this.learnFine(quanta * FINE);
  }

  /** The same of a change that begins between two quanta. */
  learnFine(fine: number): number {
    const { predicted } = this;
    const offset = -fine & (FINE - 1);
    codeNumber(this.#coder, this.#models, 0, this.words, this.base, (fine + offset) / FINE, offset, -ANY, ANY);
    checkTrack(this.words, this.base);
    return fine - predicted;
  }

  /** Goes through values, in quanta. @returns how far off the prediction of each was, in quanta */
  walk(values: readonly number[]): number[] {
    return values.slice(1).map((value, i) => this.learn(value - values[i]!) / FINE);
  }
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const worst = (errors: readonly number[]): number => Math.max(...errors.map(Math.abs));

/** A change in 1/256, as the slow twin learns it. */
const toFine = (quanta: number): bigint => (Math.abs(quanta) > 2 ** 21 ? TOO_LARGE : BigInt(quanta * FINE));

/** Extrapolates the parabola, or the line through two, that lies nearest to the values: exact but for rounding. */
function leastSquares(values: readonly number[]): number {
  const degree = values.length > 2 ? 2 : 1;
  const power = (t: number, p: number) => (p === 0 ? 1 : t ** p);
  // Normal equations, with time counted from the last value.
  const rows = range(degree + 1).map((i) => [
    ...range(degree + 1).map((j) => values.reduce((sum, _, k) => sum + power(k - values.length + 1, i + j), 0)),
    values.reduce((sum, value, k) => sum + value * power(k - values.length + 1, i), 0),
  ]);
  for (let i = 0; i <= degree; i++) {
    for (let j = 0; j <= degree; j++) {
      if (j === i) continue;
      const factor = rows[j]![i]! / rows[i]![i]!;
      rows[j] = rows[j]!.map((cell, k) => cell - factor * rows[i]![k]!);
    }
  }
  // At one tick later, powers of time are all 1.
  return rows.reduce((sum, row, i) => sum + row[degree + 1]! / row[i]!, 0);
}

const change = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.integer({ min: -300, max: 300 }),
  fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
  fc.constantFrom(0, 0, 0, 1, 2 ** 21, -(2 ** 21), 2 ** 21 + 1, -(2 ** 21) - 1, 2 ** 30, -(2 ** 30)),
);
/** Repeated, since much depends on what does not change. */
const changes = fc
  .array(fc.tuple(change, fc.nat(30)), { maxLength: 30 })
  .map((runs) => runs.flatMap(([each, times]) => new Array<number>(1 + (times > 12 ? times : 0)).fill(each)));

describe('prediction (D10)', () => {
  it('[D10] is what the slow twin says, word by word, whatever the number does', () => {
    fc.assert(
      fc.property(changes, fc.boolean(), (all, rests) => {
        const track = new Track();
        const twin = rests ? slowSettled(0n) : slowBegun();
        if (rests) restTrack(track.words, track.base);
        for (const quanta of all) {
          expect(BigInt(track.predicted)).toBe(slowPredict(twin));
          slowLearn(twin, toFine(quanta), slowPredict(twin));
          track.learn(quanta);
          expect(Array.from(track.own)).toEqual(slowWords(twin));
          expect(track.isSteady).toBe(slowIsSteady(twin));
        }
        expect(new Set([...track.words.subarray(0, TRACK_WORDS), ...track.words.subarray(2 * TRACK_WORDS)])).toEqual(
          new Set([-77]),
        );
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it('[D10] is the parabola that lies nearest to the last values, up to thirteen of them', () => {
    let compared = 0;
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(seed);
      const [speed, bend] = [random.below(300) - 150, random.below(40) - 20];
      const track = new Track();
      const values = [0];
      let last = 0;
      for (let t = 1; t <= 12; t++) {
        const value = Math.round(speed * t + (bend * t * t) / 2 + (random.next() - 0.5) * 60);
        const left = t < 3 ? 0 : last; // what two values leave of an error is nothing
        const error = track.learnFine(value - values.at(-1)!);
        // From here on it goes through fewer.
        if (error * left > 8_192) break;
        last = error;
        values.push(value);
        const expected = leastSquares(values) - value;
        if (Math.abs(track.predicted - expected) > 25)
          throw new Error(`seed ${seed}, ${t}: ${track.predicted}, ${expected}`);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(2_500);
  });

  it('[D10] a number that does not change rests: a new one soon, another after so many ticks', () => {
    const track = new Track();
    let ticks = 0;
    for (; !track.isAtRest; ticks++) expect(track.learn(0)).toBe(0);
    expect(ticks).toBe(4);
    track.learn(1);
    for (ticks = 0; !track.isAtRest; ticks++) track.learn(0);
    expect(ticks).toBe(STEADY_TICKS);
  });

  it('[D10] a constant speed is foreseen from its second tick on, and steady after so many', () => {
    for (const speed of [1, -3, 200, -70_000, 2 ** 21]) {
      const track = new Track();
      const errors = track.walk(range(STEADY_TICKS + 2).map((t) => t * speed));
      expect(errors.slice(1)).toEqual(new Array(STEADY_TICKS).fill(0));
      expect(track.isSteady).toBe(true);
      expect(track.isAtRest).toBe(false);
      expect(steadyStep(track.words, track.base)).toBe(speed);
      expect(track.noise).toBe(0);
    }
  });

  it('[D10] all that are steady at one speed are alike, however they came to it', () => {
    const histories = [[], [5, -90, 3_000, 7], range(40).map((t) => t * t), [2 ** 30, -(2 ** 30)]];
    for (const speed of [0, 4, -1_000]) {
      const tracks = histories.map((history) => {
        const track = new Track();
        for (const quanta of [...history, ...new Array<number>(STEADY_TICKS + 2).fill(speed)]) track.learn(quanta);
        return Array.from(track.own);
      });
      for (const words of tracks) expect(words).toEqual(tracks[0]);
    }
    const rest = new Track();
    restTrack(rest.words, rest.base);
    const other = new Track();
    for (let i = 0; i < STEADY_TICKS; i++) other.learn(0);
    expect(rest.own).toEqual(other.own);
  });

  it('[D10] what was at rest and jumps once is not expected to go on', () => {
    for (const jump of [1, -40, 1_000, 2 ** 21, -(2 ** 30)]) {
      const track = new Track();
      restTrack(track.words, track.base);
      track.learn(jump);
      expect(track.predicted).toBe(0);
      expect(track.noise).toBe(Math.abs(jump) > 2 ** 21 ? 2 ** 30 : Math.abs(jump) * FINE);
      track.learn(jump);
      // Twice is a motion, unless it is farther than anything goes.
      expect(track.predicted).toBe(Math.abs(jump) > 2 ** 21 ? 0 : jump * FINE);
    }
  });

  it('[D10] a teleport keeps the speed, two in a row are another one', () => {
    for (const speed of [2.6, -7.25, 0.4]) {
      const place = (t: number) => Math.round(speed * t);
      const track = new Track();
      track.walk(range(40).map(place));
      track.learn(5_000);
      expect(Math.abs(track.predicted / FINE - speed)).toBeLessThan(0.6);
      const errors = track.walk(range(20).map((t) => place(40 + t)));
      expect(worst(errors)).toBeLessThan(2.5);
    }
    const track = new Track();
    track.walk(range(40).map((t) => t * 3));
    track.learn(5_000);
    track.learn(5_000);
    expect(track.predicted).toBe(5_000 * FINE);
  });

  it('[D10] a curve is followed to a quantum or little more', () => {
    const paths: [curve: (t: number) => number, most: number][] = [
      [(t) => 0.4 * t * t + 3 * t, 2.5],
      [(t) => 500 - 9 * t * t, 2.5],
      [(t) => 100 * Math.sin(t / 10), 2.5],
      [(t) => 2_000 * Math.sin(t / 40), 2.5],
      [(t) => 10_000 * Math.cos(t / 30), 3],
    ];
    for (const [curve, most] of paths) {
      const errors = new Track().walk(range(300).map((t) => Math.round(curve(t))));
      expect(worst(errors.slice(20))).toBeLessThan(most);
    }
  });

  it('[D10] a turn is taken within a few ticks', () => {
    const track = new Track();
    track.walk(range(60).map((t) => Math.round(2.3 * t)));
    const errors = track.walk(range(30).map((t) => Math.round(-1.6 * t)));
    expect(worst(errors.slice(8))).toBeLessThan(1.5);
  });

  it('[D10] noise is how far off predictions were: for white noise of so many quanta about its size', () => {
    const random = new Random(4);
    for (const size of [4, 40, 200]) {
      const track = new Track();
      const noises = range(500).map(() => {
        track.learn(Math.round((random.next() - 0.5) * 2 * size));
        return track.noise / FINE;
      });
      const mean = noises.reduce((sum, noise) => sum + noise) / noises.length;
      expect(mean).toBeGreaterThan(size / 4);
      expect(mean).toBeLessThan(size * 2);
    }
  });

  it('[D10] a number that is derived from others is only followed, and can be taken up', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 60 }), (all) => {
        const track = new Track();
        const twin = slowBegun();
        for (const fine of [...all, ...new Array<number>(STEADY_TICKS).fill(all.at(-1) ?? 0)]) {
          followChange(track.words, track.base, fine);
          slowFollow(twin, BigInt(fine));
          expect(Array.from(track.own)).toEqual(slowWords(twin));
          checkTrack(track.words, track.base);
        }
        expect(track.isSteady).toBe(true);
        expect(track.isAtRest).toBe((all.at(-1) ?? 0) === 0);
        beginMoving(track.words, track.base);
        slowBeginMoving(twin);
        expect(Array.from(track.own)).toEqual(slowWords(twin));
        expect(track.predicted).toBe(all.at(-1) ?? 0);
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  it.each([
    [2 ** 21, 2 ** 29],
    [-(2 ** 21), -(2 ** 29)],
    [2 ** 21 + 1, undefined],
    [-(2 ** 21) - 1, undefined],
    [2 ** 24, undefined],
    [2 ** 30, undefined],
    [-(2 ** 30), undefined],
  ])('[D10] a change of %i quanta is %p, or too large', (quanta, fine) => {
    const track = new Track();
    track.learn(quanta);
    expect(track.own[Words.CHANGE]).toBe(fine ?? 0);
    expect(track.noise === 2 ** 30).toBe(fine === undefined);
  });

  it('[D10] noise fades by half where a prediction is much better than those before, else by a quarter', () => {
    for (const [off, shift] of [
      [0, 1],
      [99, 1],
      [100, 2],
      [128, 2],
    ] as const) {
      const track = new Track();
      // Foreseen is so much less than the change of 1 that comes; 1,600 / 16 is 100.
      track.own.set([0, 1_600, 3, 0, FINE - off, 0]);
      track.learn(1);
      expect(track.noise).toBe(1_600 + ((off - 1_600) >> shift));
    }
  });

  it('[D9] a steady number that is stopped by the end of its range learns it with 0 for its prediction', () => {
    for (const [speed, left] of [
      [7, 3],
      [-900, -1],
      [7, 0],
      [2 ** 21, 2 ** 20],
    ] as const) {
      const track = new Track();
      for (let i = 0; i < STEADY_TICKS + 2; i++) track.learn(speed);
      const twin = slowSettled(BigInt(speed * FINE));
      expect(Array.from(track.own)).toEqual(slowWords(twin));
      learnOddChange(track.words, track.base, left * FINE, left * FINE, 0);
      slowLearn(twin, BigInt(left * FINE), 0n);
      expect(Array.from(track.own)).toEqual(slowWords(twin));
    }
  });

  it.each([0, 13, 15, -1, 1 | (25 << 4), 1 | (31 << 4), 1 | (1 << 10), 1 | (1 << 31)])(
    '[D13] the phase %i is none',
    (phase) => {
      const track = new Track();
      track.own[2] = phase;
      expect(refusalCode(() => checkTrack(track.words, track.base))).toBe('bad-state');
    },
  );
});
