import { describe, expect, it } from '@jest/globals';
import { check, frameError } from './check.ts';
import type { Contender } from './contender.ts';
import type { Trace, TraceField } from './trace.ts';

const LINEAR: TraceField = { name: 'x', kind: 'linear', precision: 0.5 };
const ANGLE: TraceField = { name: 'a', kind: 'angle', precision: 0.1 };
const CLOCK: TraceField = { name: 'a', kind: 'angle', precision: 1, turn: 12 };
const SPIN: TraceField = { name: 'q', kind: 'quaternion', precision: 0.1 };

describe('the error of a frame', () => {
  it('is in precisions, and that of the worst field', () => {
    expect(frameError([LINEAR, { ...LINEAR, precision: 0.25 }], [1, 1], [2, 1.75])).toBe(3);
  });

  it('goes around the circle', () => {
    expect(frameError([ANGLE], [0.05], [2 * Math.PI - 0.05])).toBeCloseTo(1);
    expect(frameError([ANGLE], [-0.05], [8 * Math.PI + 0.05])).toBeCloseTo(1);
    expect(frameError([CLOCK], [11], [1])).toBe(2);
    expect(frameError([CLOCK], [6], [0])).toBe(6);
  });

  it('takes a quaternion and its negative for one rotation', () => {
    expect(frameError([SPIN], [0.5, 0.5, 0.5, 0.5], [-0.5, -0.5, -0.5, -0.4])).toBeCloseTo(1);
    expect(frameError([SPIN], [0, 0, 0, 1], [0, 1, 0, 0])).toBeCloseTo(10);
  });

  it('passes over who is absent on both sides, and is infinite where one side knows him', () => {
    expect(frameError([LINEAR], [NaN, 1], [NaN, 1])).toBe(0);
    expect(frameError([LINEAR], [NaN, 1], [0, 1])).toBe(Infinity);
    expect(frameError([LINEAR], [0, 1], [NaN, 1])).toBe(Infinity);
  });
});

describe('the check', () => {
  const trace: Trace = {
    name: 'one',
    hz: 1,
    frames: 3,
    entities: 1,
    fields: [LINEAR],
    values: new Float32Array([1, 2, NaN]),
  };

  /** Sends four bytes; the client hears `error` more than the server holds. */
  function contender(error: number): Contender {
    return {
      name: 'test',
      headerBytes: 0,
      sender: () => {
        let held = NaN;
        return {
          set: ([value]) => (held = value!),
          encode: () => new Uint8Array(new Float32Array([held]).buffer),
          values: (out) => out.fill(held),
        };
      },
      receiver: () => {
        let held = NaN;
        return {
          decode: (message) => (held = new DataView(message.buffer).getFloat32(0, true) + error),
          values: (out) => out.fill(held),
        };
      },
    };
  }

  it('counts all messages but the first', () => {
    expect(check(trace, contender(0))).toEqual({ bytes: 8, exact: true, maxError: 0 });
  });

  it('sees what the client has wrong', () => {
    expect(check(trace, contender(1))).toEqual({ bytes: 8, exact: false, maxError: 2 });
  });
});
