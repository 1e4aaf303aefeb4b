import { describe, expect, it } from '@jest/globals';
import { sameSecret } from './same-secret.ts';

describe('comparing secrets', () => {
  it.each([
    ['abc', 'abc', true],
    ['', '', true],
    ['abc', 'abd', false],
    ['abc', 'abcd', false],
    ['abc', '', false],
    ['\u00e9', 'e\u0301', false],
  ])('%j and %j: %j', (a, b, same) => {
    expect(sameSecret(a, b)).toBe(same);
  });
});
