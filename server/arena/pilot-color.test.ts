import { describe, expect, it } from '@jest/globals';
import { pilotColor } from './pilot-color.ts';

describe('pilotColor', () => {
  it('is the one asked for, if nobody has it', () => expect(pilotColor(5, [1, 2])).toBe(5));
  it('is the first free one otherwise', () => {
    expect(pilotColor(1, [0, 1])).toBe(2);
    expect(pilotColor(undefined, [0, 2])).toBe(1);
    expect(pilotColor(99, [])).toBe(0);
    expect(pilotColor(-1, [])).toBe(0);
    expect(pilotColor('3', [])).toBe(0);
  });
  it('is shared when there are more ships than colours', () => {
    const all = Array.from({ length: 16 }, (_, color) => color);
    expect(pilotColor(3, [...all, 0])).toBe(1);
  });
});
