import { describe, expect, it } from '@jest/globals';
import type { NetReading } from './net-reading.ts';
import { RateSampler } from './rate-sampler.ts';

const reading = (over: Partial<NetReading> = {}): NetReading => ({
  rttMs: 40,
  jitterMs: 2,
  bytesIn: 0,
  bytesOut: 0,
  messagesIn: 0,
  updates: 0,
  corrections: 0,
  ...over,
});

describe('RateSampler', () => {
  it('says nothing before there are two readings', () => {
    const sampler = new RateSampler();
    expect(sampler.sample(0, reading())).toBeUndefined();
    expect(sampler.sample(0, reading())).toBeUndefined();
    expect(sampler.sample(500, reading())).toBeDefined();
  });

  it('gives growth a second', () => {
    const sampler = new RateSampler();
    sampler.sample(1000, reading({ bytesIn: 100, updates: 5 }));
    const point = sampler.sample(
      1500,
      reading({ bytesIn: 2100, bytesOut: 300, messagesIn: 20, updates: 35, corrections: 1 }),
    );
    expect(point).toEqual({
      rttMs: 40,
      jitterMs: 2,
      updatesPerSecond: 60,
      messagesPerSecond: 40,
      bytesInPerSecond: 4000,
      bytesOutPerSecond: 600,
      bytesPerMessage: 100,
      correctionsPerSecond: 2,
    });
  });

  it('has no message size while no message comes', () => {
    const sampler = new RateSampler();
    sampler.sample(0, reading({ bytesIn: 10, messagesIn: 1 }));
    expect(sampler.sample(500, reading({ bytesIn: 10, messagesIn: 1 }))).toMatchObject({
      bytesInPerSecond: 0,
      bytesPerMessage: NaN,
    });
  });

  it('takes a counter that went back for one that was started anew', () => {
    const sampler = new RateSampler();
    sampler.sample(0, reading({ bytesIn: 5000 }));
    expect(sampler.sample(1000, reading({ bytesIn: 70 }))?.bytesInPerSecond).toBe(70);
  });
});
