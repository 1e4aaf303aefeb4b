import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ResidualModels, slowChange } from '../../test/support/slow-classes.ts';
import { SlowCode } from '../../test/support/slow-code.ts';
import { slowBegun, type SlowTrack, slowWords } from '../../test/support/slow-predictor.ts';
import { newBitModels } from './bit-model.ts';
import { codeNumber } from './number-coder.ts';
import { beginTrack, FINE, STEADY_TICKS, TRACK_WORDS } from './predictor.ts';
import { RangeCoder } from './range-coder.ts';
import { Residual } from './residual-coder.ts';

/** Not 0, so that models and words beside a number's own show. */
const FIRST = 3;
const BASE = TRACK_WORDS;

/** What a number is asked to do in a tick. */
interface Step {
  wanted: number;
  offset: number;
  least: number;
  most: number;
}

/** One end: a number with its models. */
class End {
  readonly coder = new RangeCoder();
  readonly models = newBitModels(FIRST + Residual.Models + 2);
  readonly words = new Int32Array(3 * TRACK_WORDS).fill(-77);

  constructor(words?: readonly number[]) {
    beginTrack(this.words, BASE);
    if (words !== undefined) this.words.set(words, BASE);
  }

  code({ wanted, offset, least, most }: Step): number {
    const { coder, models, words } = this;
    return codeNumber(coder, models, FIRST, words, BASE, wanted, offset, least, most);
  }

  get own(): number[] {
    return Array.from(this.words.subarray(BASE, BASE + TRACK_WORDS));
  }
}

/** As `expect(...).toEqual`, which is too slow to be asked for every number. */
function expectWords(words: readonly number[], expected: readonly number[]): void {
  if (words.length !== expected.length || words.some((word, i) => word !== expected[i]))
    expect(words).toEqual(expected);
}

/** Writes and reads, with our reader and the slow one, and compares all that each remembers after every number. */
function go(steps: readonly Step[], begin = slowBegun()): Uint8Array {
  const writer = new End(slowWords(begin));
  const wordsAfter: number[][] = [];
  writer.coder.write();
  for (const step of steps) {
    if (writer.code(step) !== step.wanted) throw new Error(`${JSON.stringify(step)} is not what was written`);
    wordsAfter.push(writer.own);
  }
  const bytes = writer.coder.end().slice();

  const reader = new End(slowWords(begin));
  reader.coder.read(bytes, 0, bytes.length);
  const code = new SlowCode(bytes);
  const slow = new ResidualModels();
  const track = { ...begin };
  for (const [i, step] of steps.entries()) {
    expect(reader.code({ ...step, wanted: -12_345 })).toBe(step.wanted);
    expectWords(reader.own, wordsAfter[i]!);
    expect(slowChange(code, slow, track, step.offset, step.least, step.most)).toBe(step.wanted);
    expectWords(slowWords(track), wordsAfter[i]!);
  }
  reader.coder.finish();
  code.end();
  expectWords([...reader.models], [...writer.models]);
  const even = newBitModels(FIRST);
  const slowChances = slow.all.map(({ chance }) => chance);
  expectWords(Array.from(writer.models), [...even, ...slowChances, ...even.subarray(0, 2)]);
  for (const { words } of [writer, reader]) {
    expect(words.filter((_, i) => i < BASE || i >= BASE + TRACK_WORDS).every((word) => word === -77)).toBe(true);
  }
  return bytes;
}

const WIDEST = 2 ** 30;
const powers = Array.from({ length: 31 }, (_, i) => 2 ** i);
const size = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -60, max: 60 }),
  fc.integer({ min: -5_000, max: 5_000 }),
  fc.integer({ min: -WIDEST, max: WIDEST }),
  fc.constantFrom(...powers.flatMap((power) => [power, -power, power - 1, 1 - power])),
);
/** A change, and how far its number is from the ends of its range: between 0 and the widest there is, both included. */
const bounded = fc.tuple(size, fc.nat(WIDEST), fc.nat(WIDEST), fc.boolean()).map(([wanted, below, above, isTight]) => {
  const room = WIDEST - Math.abs(wanted);
  const least = Math.min(wanted, 0) - (isTight ? 0 : Math.min(below, room));
  const most = Math.max(wanted, 0) + (isTight ? 0 : Math.min(above, WIDEST + least));
  return { wanted, offset: 0, least, most: Math.max(most, wanted) };
});
/** As a component of a quaternion has it, which may lie between two quanta. */
const offsetFrom = fc
  .tuple(fc.integer({ min: -(2 ** 18), max: 2 ** 18 }), fc.nat(FINE - 1))
  .map(([wanted, offset]) => ({ wanted, offset, least: -(2 ** 22), most: 2 ** 22 }));
/** Repeated, since much depends on what does not change. */
const runsOf = (step: fc.Arbitrary<Step>) =>
  fc
    .array(fc.tuple(step, fc.nat(30)), { maxLength: 20 })
    .map((runs) => runs.flatMap(([each, times]) => new Array<Step>(1 + (times > 12 ? times : 0)).fill(each)));

const int32 = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.integer({ min: -2_000, max: 2_000 }),
  fc.constantFrom(0, -(2 ** 31), 2 ** 31 - 1),
);
/** Words that a keyframe may have: of noise, place, speed and bend it refuses none. */
const anyTrack: fc.Arbitrary<SlowTrack> = fc
  .tuple(int32, int32, fc.integer({ min: 1, max: 12 }), fc.nat(STEADY_TICKS), fc.boolean(), int32, int32, int32)
  .map(([change, noise, memory, steady, jumped, place, speed, bend]) => ({
    change: BigInt(change),
    noise: BigInt(noise),
    memory: BigInt(memory),
    steady: BigInt(steady),
    jumped,
    place: BigInt(place),
    speed: BigInt(speed),
    bend: BigInt(bend),
  }));
/** A track that may be anything, most of all noisy to some degree. */
const noisyTrack = fc
  .tuple(anyTrack, fc.constantFrom(...powers, ...powers.map((power) => power - 1)), fc.nat(2_000), fc.nat(2_000))
  .map(([track, noise, place, speed]) => ({
    ...track,
    noise: BigInt(noise),
    place: BigInt(place - 1_000),
    speed: BigInt(speed - 1_000),
    bend: 0n,
  }));

const within = (least: number, most: number, ...changes: readonly number[]): Step[] =>
  changes.map((wanted) => ({ wanted, offset: 0, least, most }));

describe('the tick of a number (D8, D9, D10)', () => {
  it('[D9] what is written is read, by a slow reader too, and all remember the same after every number', () => {
    fc.assert(
      fc.property(runsOf(bounded), (steps) => void go(steps)),
      { seed: 1, numRuns: 400 },
    );
  });

  it('[D11] so it is of one that lies between two quanta', () => {
    fc.assert(
      fc.property(runsOf(offsetFrom), (steps) => void go(steps)),
      { seed: 2, numRuns: 300 },
    );
  });

  it('[D8] so it is at any noise, from any prediction', () => {
    const steps = fc.array(fc.oneof(bounded, offsetFrom), { maxLength: 6 });
    fc.assert(
      fc.property(steps, noisyTrack, (all, begin) => void go(all, begin)),
      { seed: 3, numRuns: 1_500 },
    );
  });

  it('[D10] so it is from words that only a hostile keyframe has', () => {
    const steps = fc.array(fc.oneof(bounded, offsetFrom), { maxLength: 6 });
    fc.assert(
      fc.property(steps, anyTrack, (all, begin) => void go(all, begin)),
      { seed: 4, numRuns: 1_500 },
    );
  });

  it.each([2 ** 30, -(2 ** 30), 2 ** 30 - 1, 1 - 2 ** 30])('[D8] from end to end of the widest range: %i', (width) => {
    const [least, most] = width > 0 ? [0, width] : [width, 0];
    const there = { wanted: width, offset: 0, least, most };
    const back = { wanted: -width, offset: 0, least: -most, most: -least };
    go([there, back, there, back, there]);
    // So far that a prediction leans to the other side of it.
    for (const place of [-100n, 100n]) go([there], { ...slowBegun(), noise: 2n ** 30n, place });
  });

  it.each([2 ** 24, -(2 ** 24), 2 ** 25, 2 ** 30, 2 ** 24 + 5])(
    '[D10] %i is too far to be followed, whatever is left of it in 32 bits',
    (leap) => {
      const still = new Array<number>(STEADY_TICKS).fill(0);
      const walk = new Array<number>(STEADY_TICKS).fill(5);
      for (let ticks = 0; ticks <= STEADY_TICKS; ticks++) {
        for (const before of [still.slice(0, ticks), walk.slice(0, ticks)]) {
          go(within(-WIDEST, WIDEST, ...before, leap, 0, 0, leap, leap, 1));
        }
      }
    },
  );

  it('[D9] nothing is foreseen beyond the ends of a range: what stops there costs next to nothing', () => {
    // Fast towards its end, which it reaches in the middle of a step.
    const towards = [9, 9, 9, 9, 9, 9, 9, 4];
    const place = towards.map((_, i) => towards.slice(0, i).reduce((sum, step) => sum + step, 0));
    const steps = towards.map((wanted, i) => ({ wanted, offset: 0, least: -place[i]!, most: 67 - place[i]! }));
    const bitsOfAll = (all: readonly Step[]) => go(all).length * 8;
    expect(bitsOfAll(steps) - bitsOfAll(steps.slice(0, -1))).toBeLessThanOrEqual(8);
    const open = steps.map((step) => ({ ...step, least: -1_000, most: 1_000 }));
    expect(bitsOfAll(steps)).toBeLessThan(bitsOfAll(open));
  });

  it('[D13] whatever the bytes, what is read is an int32, after bounded work', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(bounded, { maxLength: 10 }),
        anyTrack,
        (junk, all, words) => {
          const reader = new End(slowWords(words));
          reader.coder.read(junk, 0, junk.length);
          for (const step of all) {
            const change = reader.code(step);
            expect(change).toBe(change | 0);
          }
        },
      ),
      { seed: 5, numRuns: 2_000 },
    );
  });
});
