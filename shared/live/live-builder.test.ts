import { schema, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { angle, declaredBy, fixed, flag, int, NESTED, quaternion, uint } from './live-builder.ts';

const wrong = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    return String(error);
  }
  return 'nothing';
};

describe('what the makers declare', () => {
  it.each([
    [fixed(0.01), { kind: 'fixed', precision: 0.01, min: -(2 ** 29), max: 2 ** 29 }],
    [fixed(0.01, { min: 0, max: 24 }), { kind: 'fixed', precision: 0.01, min: 0, max: 2_400 }],
    [fixed(0.1, { min: -0.3, max: 0.3 }), { kind: 'fixed', precision: 0.1, min: -3, max: 3 }],
    [fixed(1, { min: -0.5, max: 1.9 }), { kind: 'fixed', precision: 1, min: 0, max: 1 }],
    [fixed(0.001, { min: 0 }), { kind: 'fixed', precision: 0.001, min: 0, max: 2 ** 29 }],
    [angle(4096), { kind: 'angle', steps: 4096, turn: 2 * Math.PI }],
    [angle(360, 360), { kind: 'angle', steps: 360, turn: 360 }],
    [int(-50, 50), { kind: 'int', min: -50, max: 50 }],
    [uint(2 ** 30), { kind: 'int', min: 0, max: 2 ** 30 }],
    [flag(), { kind: 'flag' }],
    [quaternion(0.001), NESTED],
  ])('%#', (builder, declaration) => {
    expect(declaredBy(builder)!.declaration).toEqual(declaration);
  });

  it('has no -0 for a limit', () => {
    expect(declaredBy(fixed(1, { min: -0.5, max: 1 }))!.declaration).toHaveProperty('min', 0);
  });

  it('knows nothing of other fields', () => {
    expect(declaredBy(t.float32())).toBeUndefined();
    expect(declaredBy(undefined)).toBeUndefined();
  });
});

describe('what the makers refuse', () => {
  it.each<[() => unknown, string]>([
    [() => fixed(0), 'RangeError: fixed(): precision must be from 1e-15 to 1000000000000000, not 0'],
    [() => fixed(-0.01), 'RangeError: fixed(): precision must be from 1e-15 to 1000000000000000, not -0.01'],
    [() => fixed(NaN), 'RangeError: fixed(): precision must be finite, not NaN'],
    [() => fixed('0.01' as never), 'TypeError: fixed(): precision must be a number, not 0.01'],
    [
      () => fixed(1, { min: 5, max: 5 }),
      'RangeError: fixed(): min must be below max, the range is from 5 to 5 in precisions of 1',
    ],
    [() => fixed(1, { max: Infinity }), 'RangeError: fixed(): max must be finite, not Infinity'],
    [
      () => fixed(0.001, { max: 2_000_000 }),
      'RangeError: fixed(): limits and what lies between them must stay within 2^30, the range is from -536870912 to 2000000000 in precisions of 0.001',
    ],
    [
      () => fixed(1, { min: -(2 ** 30), max: 2 ** 30 }),
      'RangeError: fixed(): limits and what lies between them must stay within 2^30, the range is from -1073741824 to 1073741824 in precisions of 1',
    ],
    [() => angle(1), 'RangeError: angle(): steps must be an integer from 2 to 1073741824, not 1'],
    [() => angle(2.5), 'RangeError: angle(): steps must be an integer from 2 to 1073741824, not 2.5'],
    [() => angle(8, 0), 'RangeError: angle(): turn must be from 1e-15 to 1000000000000000, not 0'],
    [() => uint(0), 'RangeError: uint(): max must be an integer from 1 to 1073741824, not 0'],
    [() => uint(2 ** 31), 'RangeError: uint(): max must be an integer from 1 to 1073741824, not 2147483648'],
    [() => uint(undefined as never), 'TypeError: uint(): max must be a number, not undefined'],
    [() => int(1, 0), 'RangeError: int(): min must be below max, the range is from 1 to 0'],
    [() => int(0.5, 3), 'RangeError: int(): min must be an integer from -1073741824 to 1073741824, not 0.5'],
    [
      () => int(-(2 ** 30), 1),
      'RangeError: int(): limits and what lies between them must stay within 2^30, the range is from -1073741824 to 1',
    ],
    [() => quaternion(1e-6), 'RangeError: quaternion(): precision must be from 0.00001 to 0.01, not 0.000001'],
    [() => quaternion(0.1), 'RangeError: quaternion(): precision must be from 0.00001 to 0.01, not 0.1'],
  ])('%s', (make, message) => {
    expect(wrong(make)).toBe(message);
  });

  it.each([fixed(1), angle(8), int(0, 1), uint(1), flag(), quaternion(0.01)])('a place in schema(): %#', (builder) => {
    const { maker } = declaredBy(builder)!;
    expect(wrong(() => schema({ field: builder }))).toBe(
      `TypeError: ${maker}() is a live field: declare the class with live(), not schema()`,
    );
  });
});
