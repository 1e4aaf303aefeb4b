import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_RATE_LIMITS, RateLimiter } from './rate-limiter.ts';

const LIMITS = { messagesPerSecond: 10, bytesPerSecond: 1_000, burstSeconds: 2 };

describe('rate limiter', () => {
  it('has the documented defaults', () => {
    expect(DEFAULT_RATE_LIMITS).toEqual({ messagesPerSecond: 240, bytesPerSecond: 131_072, burstSeconds: 4 });
  });

  it.each([
    ['messages', 1, 0, 20],
    ['bytes', 0, 100, 20],
  ])('lets a burst of %s through, and no more', (_what, messages, bytes, allowed) => {
    const limiter = new RateLimiter(LIMITS, 5_000);
    for (let i = 0; i < allowed; i++) expect(limiter.take(messages, bytes, 5_000)).toBe(true);
    expect(limiter.take(messages, bytes, 5_000)).toBe(false);
  });

  it('fills up again with time, to the burst and not beyond', () => {
    const limiter = new RateLimiter(LIMITS, 0);
    expect(limiter.take(20, 0, 0)).toBe(true);
    expect(limiter.take(5, 0, 500)).toBe(true);
    expect(limiter.take(20, 0, 1_000_000)).toBe(true);
    expect(limiter.take(1, 0, 1_000_000)).toBe(false);
  });

  it('remembers what went over: a session that goes on sending stays refused', () => {
    const limiter = new RateLimiter(LIMITS, 0);
    expect(limiter.take(40, 0, 0)).toBe(false);
    expect(limiter.take(1, 0, 1_000)).toBe(false);
  });

  it('takes a clock that steps back for one that stands', () => {
    const limiter = new RateLimiter(LIMITS, 1_000);
    limiter.take(20, 0, 1_000);
    expect(limiter.take(1, 0, 0)).toBe(false);
  });

  it('never lets more through in any time than the burst and what that time is worth', () => {
    const calls = fc.array(fc.record({ afterMs: fc.nat(500), messages: fc.nat(4), bytes: fc.nat(300) }));
    fc.assert(
      fc.property(calls, (takes) => {
        const limiter = new RateLimiter(LIMITS, 0);
        let nowMs = 0;
        let messages = 0;
        let bytes = 0;
        for (const take of takes) {
          nowMs += take.afterMs;
          if (!limiter.take(take.messages, take.bytes, nowMs)) break;
          messages += take.messages;
          bytes += take.bytes;
        }
        expect(messages).toBeLessThanOrEqual(20 + nowMs / 100);
        expect(bytes).toBeLessThanOrEqual(2_000 + nowMs);
      }),
    );
  });
});
