import { decode, encode } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scalarField } from './live-field.ts';
import type { ScalarDeclaration } from './live-field-spec.ts';
import { schemaTypeOf } from './schema-type.ts';

const fixed = (precision: number, min = -(2 ** 29), max = 2 ** 29): ScalarDeclaration => ({
  kind: 'fixed',
  precision,
  min,
  max,
});
const int = (min: number, max: number): ScalarDeclaration => ({ kind: 'int', min, max });
const angle = (steps: number, turn: number): ScalarDeclaration => ({ kind: 'angle', steps, turn });

const GOLDEN: [declaration: ScalarDeclaration, type: ReturnType<typeof schemaTypeOf>][] = [
  [{ kind: 'flag' }, 'boolean'],
  [int(0, 1), 'uint8'],
  [int(0, 255), 'uint8'],
  [int(0, 256), 'uint16'],
  [int(0, 65_535), 'uint16'],
  [int(0, 65_536), 'uint32'],
  [int(0, 2 ** 30), 'uint32'],
  [int(-1, 127), 'int8'],
  [int(-128, -1), 'int8'],
  [int(-129, 0), 'int16'],
  [int(-1, 128), 'int16'],
  [int(-1, 32_768), 'int32'],
  [int(-(2 ** 30), 0), 'int32'],
  [fixed(0.01, 0, 1), 'float64'],
  [fixed(1 / 128, -(2 ** 24), 2 ** 24), 'float32'],
  [fixed(1 / 128, 0, 2 ** 24 + 1), 'float64'],
  [fixed(2 ** 40, -(2 ** 24), 0), 'float32'],
  [fixed(2 ** -49, 0, 2 ** 24), 'float32'],
  [fixed(3, 0, 9), 'float64'],
  [angle(4096, 4096), 'uint16'],
  [angle(4, 360), 'uint16'],
  [angle(256, 256), 'uint8'],
  [angle(4, 2 ** 33), 'float32'],
  [angle(4, 3 * 2 ** 33), 'float64'],
  [angle(4096, 2 * Math.PI), 'float64'],
  [angle(4096, 1), 'float32'],
  [angle(3_600, 360), 'float64'],
];

describe('schemaTypeOf', () => {
  it.each(GOLDEN)('%j is carried by %s', (declaration, type) => {
    expect(schemaTypeOf(declaration)).toBe(type);
  });

  it.each(GOLDEN)('every value of %j arrives as the same double', (declaration, type) => {
    const field = scalarField({ ...declaration, name: 'f', index: 0 });
    const bytes = new Uint8Array(16);
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(field.min, field.max), fc.integer({ min: field.min, max: field.max })),
        (count) => {
          const value = field.fromQuanta(count);
          encode[type](bytes, value as never, { offset: 0 });
          const arrived: unknown = decode[type](bytes, { offset: 0 });
          expect(field.toQuanta(arrived)).toBe(count + 0);
          expect(arrived).toBe(value);
        },
      ),
      { numRuns: 500 },
    );
  });
});
