import { describe, expect, it } from '@jest/globals';
import { quantizedRange, smallestUint } from './schema-ranges.ts';
import type { Trace, TraceField } from './trace.ts';

function traceOf(values: number[], field: Partial<TraceField>): [Trace, TraceField] {
  const whole: TraceField = { name: 'x', kind: 'linear', precision: 0.01, ...field };
  const trace = { name: 'x', hz: 1, frames: 1, entities: values.length, fields: [whole] };
  return [{ ...trace, values: new Float32Array(values) }, whole];
}

function rangeOf(values: number[], field: Partial<TraceField> = {}) {
  const [trace, whole] = traceOf(values, field);
  return quantizedRange(trace, whole, 0);
}

describe('the range of a column', () => {
  it('has steps of exactly the precision', () => {
    const { min, max, bits } = rangeOf([-30, 20, NaN]);
    expect(bits).toBe(16);
    expect((max - min) / 0.01).toBeCloseTo(2 ** 16 - 2); // Schema's count for a symmetric range
    expect(min).toBe(-max);
  });

  it('is symmetric only where that takes no more bits', () => {
    expect(rangeOf([0, 1])).toMatchObject({ min: -1.27, max: 1.27, bits: 8 });
    expect(rangeOf([0, 2.55])).toMatchObject({ min: 0, max: 255 * 0.01, bits: 8 });
    expect(rangeOf([0, 2.56])).toMatchObject({ bits: 16 });
    expect(rangeOf([1000, 1002])).toMatchObject({ min: 1000, bits: 8 });
  });

  it('goes around for an angle', () => {
    expect(rangeOf([1, 2], { kind: 'angle', precision: 1, turn: 256 })).toEqual({
      min: 0,
      max: 256,
      bits: 8,
      mode: 'wrap',
    });
    expect(rangeOf([1, 2], { kind: 'angle' })).toEqual({ min: 0, max: 2 * Math.PI, bits: 16, mode: 'wrap' });
  });

  it('is what it can be where 32 bits do not reach', () => {
    expect(rangeOf([0, 1e9])).toEqual({ min: 0, max: 1e9, bits: 32, mode: 'clamp' });
  });

  it('holds 0 where there is nothing', () => {
    expect(rangeOf([NaN])).toMatchObject({ bits: 8 });
  });
});

describe('the type of a uint', () => {
  it.each([
    [0, 'uint8'],
    [255, 'uint8'],
    [256, 'uint16'],
    [65_536, 'uint32'],
    [2 ** 31, 'uint32'],
  ])('of %i is %s', (value, type) => {
    expect(smallestUint(traceOf([value, NaN], { kind: 'uint' })[0], 0)).toBe(type);
  });
});
