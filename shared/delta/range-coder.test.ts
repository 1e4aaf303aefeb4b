import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { Random } from '../../test/support/random.ts';
import { refusal, refusalCode } from '../../test/support/wire-errors.ts';
import { type BitModels, EVEN, newBitModels } from './bit-model.ts';
import { RangeCoder } from './range-coder.ts';

const MODELS = 4;

/** A decision under a model, or so many even bits. */
type Step = { model: number; bit: number } | { raw: number; count: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ model: fc.nat(MODELS - 1), bit: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ raw: fc.nat(0xffff_ffff), count: fc.nat(32) }) },
);

const lowBits = (value: number, count: number): number => (count === 32 ? value : value % 2 ** count);

function write(steps: readonly Step[], models: BitModels = newBitModels(MODELS), coder = new RangeCoder()): Uint8Array {
  coder.write();
  for (const step of steps) {
    if ('bit' in step) coder.bit(models, step.model, step.bit);
    else coder.raw(step.raw, step.count);
  }
  return coder.end().slice();
}

function read(code: Uint8Array, steps: readonly Step[], models: BitModels = newBitModels(MODELS)): Step[] {
  const coder = new RangeCoder();
  // In the middle of other bytes, none of which may be read.
  coder.read(concat(bytes('ff ff'), code, bytes('ff')), 2, 2 + code.length);
  const decided = steps.map((step) =>
    'bit' in step
      ? { model: step.model, bit: coder.bit(models, step.model, 0) }
      : { raw: coder.raw(0, step.count), count: step.count },
  );
  coder.finish();
  return decided;
}

const asRead = (steps: readonly Step[]): Step[] =>
  steps.map((step) => ('bit' in step ? step : { raw: lowBits(step.raw, step.count), count: step.count }));

interface SlowCode {
  readonly code: string;
  /** Bytes before zeros at the end are left out. */
  readonly most: number;
  /** Of each carry, how many bytes of ff it ran through. */
  readonly carries: number[];
}

/** The slow twin: the code as one integer of any length, in which carries happen by themselves. */
function slowCode(steps: readonly Step[]): SlowCode {
  let low = 0n;
  let range = 2n ** 31n - 1n;
  let bytesOut = 0n;
  const carries: number[] = [];
  const chances = new Array<bigint>(MODELS).fill(0x8000n);
  const take = (from: bigint, width: bigint) => {
    const left = low >> 31n;
    if ((low + from) >> 31n !== left) carries.push(/(ff)*$/.exec(left.toString(16))![0].length / 2);
    low += from;
    range = width;
    while (range < 2n ** 23n) {
      low <<= 8n;
      range <<= 8n;
      bytesOut++;
    }
  };
  for (const step of steps) {
    if ('bit' in step) {
      const chance = chances[step.model]!;
      const bound = (range >> 15n) * (chance >> 1n);
      if (step.bit === 0) take(0n, bound);
      else take(bound, range - bound);
      chances[step.model] = step.bit === 0 ? chance + ((65_536n - chance) >> 5n) : chance + ((31n - chance) >> 5n);
      continue;
    }
    for (let left = step.count; left > 0;) {
      const taken = Math.min(left, 16);
      left -= taken;
      const part = Math.floor(step.raw / 2 ** left) % 2 ** taken;
      const share = range >> BigInt(taken);
      take(share * BigInt(part), share);
    }
  }
  const code = (low + 2n ** 23n - 1n) >> 23n;
  const digits = code.toString(16).padStart(2 * Number(bytesOut + 1n), '0');
  return { code: hex(bytes(digits)).replace(/( ?00)+$/, ''), most: digits.length / 2, carries };
}

/** Decisions that are 0 with a probability, and what a coder without any loss would need for them, in bits. */
function skewed(random: Random, zeros: number, count: number): { steps: Step[]; idealBits: number } {
  const steps = Array.from({ length: count }, () => ({ model: 0, bit: random.chance(zeros) ? 0 : 1 }));
  const models = newBitModels(1);
  const coder = new RangeCoder();
  coder.write();
  let idealBits = 0;
  for (const { bit } of steps) {
    const chance = models[0]! / 65_536;
    idealBits -= Math.log2(bit === 0 ? chance : 1 - chance);
    coder.bit(models, 0, bit);
  }
  return { steps, idealBits };
}

describe('range code (D5)', () => {
  it.each<[string, Step[], string]>([
    ['nothing', [], ''],
    ['decisions that are 0', [{ model: 0, bit: 0 }, { model: 1, bit: 0 }], ''], // prettier-ignore
    ['one that is 1', [{ model: 0, bit: 1 }], '80'],
    ['a byte', [{ raw: 0x5a, count: 8 }], '5a'],
    ['a word', [{ raw: 0x1234_5678, count: 32 }], '12 34 32 0f 54'],
    ['bits and decisions', [{ raw: 5, count: 3 }, { model: 0, bit: 1 }, { model: 0, bit: 1 }, { raw: 1, count: 1 }], 'bc'], // prettier-ignore
  ])('[D5] %s is exactly these bytes', (_, steps, code) => {
    expect(hex(write(steps))).toBe(code);
    expect(read(bytes(code), steps)).toEqual(steps);
  });

  it('[D5] any decisions and bits come back, and both ends learn the same', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 300 }), (steps) => {
        const written = newBitModels(MODELS);
        const code = write(steps, written);
        const models = newBitModels(MODELS);
        expect(read(code, steps, models)).toEqual(asRead(steps));
        expect(models).toEqual(written);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it('[D5] is what exact arithmetic says, carries and all', () => {
    const random = new Random(2);
    let carries = 0;
    for (let run = 0; run < 2_000; run++) {
      const zeros = random.pick([0.001, 0.1, 0.5, 0.99]);
      const steps = Array.from({ length: random.below(80) }, (): Step => {
        if (random.chance(0.9)) return { model: random.below(MODELS), bit: random.chance(zeros) ? 0 : 1 };
        // Ones at the top of the code are what a carry runs through.
        return { raw: random.pick([0xffff_ffff, 0, random.below(2 ** 32)]), count: random.below(33) };
      });
      const slow = slowCode(steps);
      carries += slow.carries.length;
      expect(hex(write(steps))).toBe(slow.code);
    }
    expect(carries).toBeGreaterThan(1_000);
  });

  it('[D5] a carry runs through a row of bytes that have left', () => {
    // The decisions whose code is just above a whole byte: the range spans it for long, with low below.
    const target = bytes(`80 ${'00 '.repeat(7)} 01`);
    const models = newBitModels(MODELS);
    const coder = new RangeCoder();
    coder.read(target, 0, target.length);
    const steps = Array.from({ length: 200 }, (_, i) => ({ model: i % MODELS, bit: coder.bit(models, i % MODELS, 0) }));
    const { code, carries } = slowCode(steps);
    expect(Math.max(...carries)).toBeGreaterThan(4);
    expect(hex(write(steps))).toBe(code);
    expect(read(bytes(code), steps)).toEqual(steps);
  });

  it.each([0.5, 0.8, 0.9, 0.99, 0.999, 0.0001, 0.1])(
    '[D5] costs little more than its decisions are worth, of which %d are 0',
    (zeros) => {
      const { steps, idealBits } = skewed(new Random(3), zeros, 50_000);
      const bits = write(steps).length * 8;
      expect(bits).toBeLessThanOrEqual(idealBits * 1.005 + 24);
      // And the models find the probability: what they take for it costs some of what is left.
      const entropy = -zeros * Math.log2(zeros) - (1 - zeros) * Math.log2(1 - zeros);
      expect(idealBits).toBeLessThanOrEqual(50_000 * (entropy * 1.2 + 0.003));
    },
  );

  it('[D5] even bits cost one each', () => {
    const random = new Random(4);
    const steps = Array.from({ length: 1_000 }, () => ({ raw: random.below(2 ** 17), count: 17 }));
    expect(write(steps).length).toBeLessThanOrEqual(Math.ceil((17 * 1_000) / 8) + 2);
  });

  it('[D5] what is sure costs nothing: a hundred thousand decisions that are 0', () => {
    expect(write(Array.from({ length: 100_000 }, () => ({ model: 0, bit: 0 })))).toHaveLength(0);
  });

  it('[D5] no model gets to certainty, and none leaves the range that a keyframe allows', () => {
    const models = newBitModels(2);
    write([...Array.from({ length: 2_000 }, (_, i) => ({ model: i & 1, bit: i & 1 }))], models);
    expect(Array.from(models)).toEqual([65_505, 31]);
    expect(EVEN).toBe(32_768);
    // Nothing below or above, from wherever a keyframe may let it begin.
    for (let chance = 31; chance <= 65_505; chance++) {
      const from = Uint16Array.of(chance, chance);
      write(
        [
          { model: 0, bit: 0 },
          { model: 1, bit: 1 },
        ],
        from,
      );
      if (from[0]! < chance || from[0]! > 65_505 || from[1]! > chance || from[1]! < 31)
        throw new Error(`from ${chance}`);
    }
  });

  it.each([1, 5, 4_096])(
    '[D5] leaves %i bytes in front of a code to the caller, and nothing else changes',
    (reserved) => {
      const random = new Random(9);
      const coder = new RangeCoder();
      for (const length of [0, 1, 50, 5_000]) {
        // Ones at the top of the code, so that carries come as near to its beginning as they can.
        const steps = Array.from({ length }, (_, i) => ({ raw: i < 20 ? 255 : random.below(256), count: 8 }));
        coder.write(reserved);
        for (const { raw, count } of steps) coder.raw(raw, count);
        const all = coder.end();
        expect(hex(all.subarray(reserved))).toBe(slowCode(steps).code);
        coder.read(all, reserved, all.length);
        for (const { raw } of steps) expect(coder.raw(0, 8)).toBe(raw);
        coder.finish();
      }
    },
  );

  it('[D5] one coder is used again and again, either way, and grows', () => {
    const coder = new RangeCoder();
    const random = new Random(5);
    for (const length of [10, 6_000, 3, 4_100, 0]) {
      const steps = Array.from({ length }, () => ({ raw: random.below(256), count: 8 }));
      const code = write(steps, newBitModels(MODELS), coder);
      expect(hex(code)).toBe(slowCode(steps).code);
      coder.read(code, 0, code.length);
      expect(coder.writes).toBe(false);
      for (const { raw } of steps) expect(coder.raw(0, 8)).toBe(raw);
      coder.finish();
    }
  });

  it('[D5] bytes that no writer wrote behind a code are refused', () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 60 }),
        fc.uint8Array({ minLength: 1, maxLength: 4 }),
        (steps, more) => {
          const code = write(steps);
          // Where zeros were left out, something else may stand.
          fc.pre(code.length + more.length > slowCode(steps).most || more.at(-1) === 0);
          // More bytes may also lead out of what the decisions span, to others that take more.
          let others: Step[] | undefined;
          const outcome = refusalCode(() => (others = read(concat(code, more), steps)));
          if (outcome === 'accepted') expect(others).not.toEqual(asRead(steps));
          else expect(outcome).toBe('trailing-bytes');
        },
      ),
      { seed: 6, numRuns: 1_000 },
    );
    const steps = [{ raw: 0x5a, count: 8 }];
    expect(refusal(() => read(bytes('5a 00 00 01'), steps))).toBe('trailing-bytes@4');
    expect(refusal(() => read(bytes('5a 00'), steps))).toBe('trailing-bytes@3');
  });

  it('[D5] whatever the bytes, reading ends, within the values that were asked for', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 200 }), fc.uint8Array({ maxLength: 60 }), (steps, junk) => {
        const models = newBitModels(MODELS);
        const coder = new RangeCoder();
        coder.read(junk, 0, junk.length);
        for (const step of steps) {
          const value = 'bit' in step ? coder.bit(models, step.model, 0) : coder.raw(0, step.count);
          const end = 'bit' in step ? 2 : 2 ** step.count;
          expect(Number.isInteger(value) && value >= 0 && value < end).toBe(true);
        }
        expect(['accepted', 'trailing-bytes']).toContain(refusalCode(() => coder.finish()));
      }),
      { seed: 7, numRuns: 1_000 },
    );
  });

  it('[D5] at most 65,536 zeros are left out of a code, so that its length bounds the work', () => {
    const lengths = [1_000, 65_000, 66_000, 100_000].map((zeros) => {
      const steps = new Array<Step>(zeros).fill({ raw: 0, count: 8 });
      const code = write(steps);
      expect(code.every((byte) => byte === 0)).toBe(true);
      expect(read(code, steps)).toEqual(steps);
      expect(refusalCode(() => read(concat(code, bytes('00')), steps))).toBe('trailing-bytes');
      if (code.length > 0) expect(refusalCode(() => read(code.subarray(1), steps))).toBe('truncated');
      return code.length;
    });
    expect(lengths).toEqual([0, 0, 66_000 + 1 - 65_536, 100_000 + 1 - 65_536]);
  });

  it('[D13] a code that goes on for ever behind its end is refused', () => {
    const coder = new RangeCoder();
    coder.read(bytes('ff 5a ff'), 1, 2);
    const forEver = () => {
      for (;;) coder.raw(0, 32);
    };
    expect(refusal(forEver)).toBe('truncated@2');
  });

  it('[D5] every cut of a code is read to an end', () => {
    const random = new Random(8);
    const steps = Array.from({ length: 400 }, (_, i) =>
      i % 5 === 0 ? { raw: random.below(2 ** 11), count: 11 } : { model: i % MODELS, bit: random.below(2) },
    );
    const code = write(steps);
    for (let length = 0; length < code.length; length++) {
      expect(['accepted', 'trailing-bytes']).toContain(refusalCode(() => read(code.subarray(0, length), steps)));
    }
  });
});
