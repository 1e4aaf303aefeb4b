import { describe, expect, it } from '@jest/globals';
import { CloseReason, isFinalClose } from './close-reason.ts';

describe('close codes (K6)', () => {
  it('[K6] every one of ours is final', () => {
    for (const code of Object.values(CloseReason)) expect(isFinalClose(code)).toBe(true);
  });

  it.each([undefined, 1_000, 1_001, 1_005, 1_006, 4_000, 4_010, 4_099, 4_200])('[K6] %s is not ours', (code) => {
    expect(isFinalClose(code)).toBe(false);
  });
});
