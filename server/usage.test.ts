import { expect, it } from '@jest/globals';
import { VARIABLE_OF } from './config.ts';
import { usage } from './usage.ts';

it('names each variable that is read, and no other', () => {
  const named = usage()
    .match(/^ {2}[A-Z_]+/gm)!
    .map((line) => line.trim());
  expect(named.sort()).toEqual(Object.values(VARIABLE_OF).sort());
});
