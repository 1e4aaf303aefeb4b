import { describe, expect, it } from '@jest/globals';
import { CloseReason, isCloseReason, isDrop } from './close-reason.ts';

describe('close codes (K6)', () => {
  it('[K6] every one of ours is final', () => {
    for (const code of Object.values(CloseReason)) expect([isCloseReason(code), isDrop(code)]).toEqual([true, false]);
  });

  it.each([1_001, 1_005, 1_006, 4_010])('[K6] %i is a drop', (code) => {
    expect([isCloseReason(code), isDrop(code)]).toEqual([false, true]);
  });

  it.each([1_000, 1_009, 4_000, 4_002, 4_099, 4_106])('[K6] %i is neither', (code) => {
    expect([isCloseReason(code), isDrop(code)]).toEqual([false, false]);
  });
});
