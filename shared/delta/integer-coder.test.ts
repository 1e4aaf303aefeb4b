import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hex } from '../../test/support/bytes.ts';
import { newBitModels } from './bit-model.ts';
import { codeSigned, codeUnsigned, INTEGER_MODELS } from './integer-coder.ts';
import { RangeCoder } from './range-coder.ts';

/** Not 0, so that models beside an integer's own show. */
const FIRST = 3;

const newModels = () => newBitModels(FIRST + INTEGER_MODELS + 2);

function write(code: typeof codeSigned, values: readonly number[], models = newModels()): Uint8Array {
  const coder = new RangeCoder();
  coder.write();
  const written = values.map((value) => code(coder, models, FIRST, value));
  expect(written).toEqual(values);
  return coder.end().slice();
}

function read(code: typeof codeSigned, bytes: Uint8Array, count: number, models = newModels()): number[] {
  const coder = new RangeCoder();
  coder.read(bytes, 0, bytes.length);
  const values = Array.from({ length: count }, () => code(coder, models, FIRST, 0));
  coder.finish();
  return values;
}

const EDGES = Array.from({ length: 33 }, (_, i) => [2 ** i - 1, 2 ** i, 2 ** i + 1]).flat();
const unsigned = fc.oneof(fc.nat(20), fc.nat(0xffff_ffff), fc.constantFrom(...EDGES.filter((edge) => edge < 2 ** 32)));
const signed = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(...EDGES.filter((edge) => edge < 2 ** 31).flatMap((edge) => [edge, 0 - edge]), -(2 ** 31)),
);

describe('integers (D6)', () => {
  it.each<[typeof codeSigned, number[], string]>([
    [codeUnsigned, [0], ''],
    [codeUnsigned, [1], '80'],
    [codeUnsigned, [300], 'a0 b0'],
    [codeUnsigned, [0xffff_ffff], 'ff ff 7f ff f8'],
    [codeSigned, [0, 0, 0], ''],
    [codeSigned, [-1], '80'],
    [codeSigned, [1, -1, 2], '84 fc 1f'],
  ])('[D6] %# is exactly these bytes', (code, values, bytes) => {
    expect(hex(write(code, values))).toBe(bytes);
  });

  it.each([
    ['unsigned', codeUnsigned, unsigned],
    ['signed', codeSigned, signed],
  ] as const)('[D6] any %s integers come back, and both ends learn the same of them', (_, code, integer) => {
    fc.assert(
      fc.property(fc.array(integer, { maxLength: 60 }), (values) => {
        const written = newModels();
        const models = newModels();
        expect(read(code, write(code, values, written), values.length, models)).toEqual(values);
        expect(models).toEqual(written);
        // The models around it are others'.
        const [even] = newBitModels(1);
        for (const i of [0, FIRST - 1, FIRST + INTEGER_MODELS, FIRST + INTEGER_MODELS + 1])
          expect(models[i]).toBe(even);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it('[D6] what is mostly 0 costs next to nothing, what is mostly alike its low bits', () => {
    const values = (value: (i: number) => number) => Array.from({ length: 1_000 }, (_, i) => value(i));
    expect(
      write(
        codeSigned,
        values(() => 0),
      ),
    ).toHaveLength(0);
    expect(
      write(
        codeUnsigned,
        values((i) => (i === 500 ? 7 : 0)),
      ).length,
    ).toBeLessThan(8);
    // 8 bits below the leading one.
    expect(
      write(
        codeUnsigned,
        values((i) => 256 + ((i * 37) & 255)),
      ).length,
    ).toBeLessThan(1_000 + 30);
  });
});
