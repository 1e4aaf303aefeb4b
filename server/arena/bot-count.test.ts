import { describe, expect, it } from '@jest/globals';
import { botsBeside, botsOption, DEFAULT_BOTS } from './bot-count.ts';

describe('bots', () => {
  it.each([
    [0, 6, 6],
    [1, 6, 6],
    [2, 6, 5],
    [7, 6, 0],
    [16, 6, 0],
    [1, 15, 15],
    [2, 15, 14],
    [1, 0, 0],
  ])('beside %i people in a room for %i: %i', (people, bots, expected) => {
    expect(botsBeside(people, bots)).toBe(expected);
  });

  it('are never so many that there are more than 16 ships', () => {
    for (let people = 0; people <= 16; people++) {
      for (let bots = 0; bots <= 15; bots++) expect(people + botsBeside(people, bots)).toBeLessThanOrEqual(16);
    }
  });

  it('are as many as asked for, if that makes sense', () => {
    expect([0, 6, 15].map(botsOption)).toEqual([0, 6, 15]);
    expect([-1, 16, 2.5, '4', null, undefined, Number.NaN].map(botsOption)).toEqual(Array(7).fill(DEFAULT_BOTS));
  });
});
