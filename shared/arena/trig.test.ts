import { describe, expect, it } from '@jest/globals';
import { HEADING_UNITS } from './rules.ts';
import { cosine, sine } from './trig.ts';

const QUANTUM = 1 / 65_536;

describe('sine and cosine of a heading', () => {
  it('are within half a quantum of the true value, and multiples of the quantum', () => {
    for (let heading = 0; heading < HEADING_UNITS; heading++) {
      const radians = (heading * 2 * Math.PI) / HEADING_UNITS;
      expect(Math.abs(sine(heading) - Math.sin(radians))).toBeLessThanOrEqual(QUANTUM / 2 + 1e-12);
      expect(Math.abs(cosine(heading) - Math.cos(radians))).toBeLessThanOrEqual(QUANTUM / 2 + 1e-12);
      expect(Number.isInteger(sine(heading) / QUANTUM)).toBe(true);
    }
  });

  it('are exact on the axes, without a negative zero', () => {
    expect([0, 1024, 2048, 3072].map(sine)).toEqual([0, 1, 0, -1]);
    expect([0, 1024, 2048, 3072].map(cosine)).toEqual([1, 0, -1, 0]);
    for (let heading = 0; heading < HEADING_UNITS; heading++) expect(Object.is(sine(heading), -0)).toBe(false);
  });

  it('mirror: opposite headings cancel to the last bit', () => {
    for (let heading = 0; heading < HEADING_UNITS; heading++) {
      expect(sine(heading) + sine(heading + HEADING_UNITS / 2)).toBe(0);
      expect(sine(heading)).toBe(sine(HEADING_UNITS / 2 - heading));
    }
  });

  it('go round the circle', () => {
    expect(sine(HEADING_UNITS + 5)).toBe(sine(5));
    expect(cosine(-5)).toBe(cosine(5));
  });

  it('are these numbers, in every engine', () => {
    let sum = 0;
    for (let heading = 0; heading < HEADING_UNITS / 2; heading++) sum += (sine(heading) / QUANTUM) * (heading + 1);
    expect([sine(1), sine(300), sine(1000), sum]).toEqual([
      101 * QUANTUM,
      29_106 * QUANTUM,
      65_492 * QUANTUM,
      87_581_791_250,
    ]);
  });
});
