import { beforeEach, describe, expect, it } from '@jest/globals';
import { headroomOf, LoadMeter } from './load-meter.ts';

const read = { nowMs: 0, tickMs: 0, activeMs: 0, lag: { p50: 0, p99: 0, max: 0 }, rooms: 0, clients: 0 };
let meter: LoadMeter;

beforeEach(() => {
  Object.assign(read, {
    nowMs: 5_000,
    tickMs: 70,
    activeMs: 90,
    lag: { p50: 0, p99: 0, max: 0 },
    rooms: 0,
    clients: 0,
  });
  meter = new LoadMeter({
    now: () => read.nowMs,
    tickMs: () => read.tickMs,
    activeMs: () => read.activeMs,
    takeLagMs: () => read.lag,
    count: () => ({ rooms: read.rooms, clients: read.clients }),
  });
});

const pass = (ms: number, tickMs: number, activeMs: number): void => {
  read.nowMs += ms;
  read.tickMs += tickMs;
  read.activeMs += activeMs;
};

describe('load meter', () => {
  it('takes shares from one sample to the next, half of each from before', () => {
    pass(1_000, 400, 600);
    expect(meter.sample()).toEqual({ tickShare: 0.2, loopShare: 0.3, lagMs: 0, rooms: 0, clients: 0 });
    pass(2_000, 800, 1_200);
    const { tickShare, loopShare } = meter.sample();
    expect(tickShare).toBeCloseTo(0.3, 12);
    expect(loopShare).toBeCloseTo(0.45, 12);
    for (let i = 0; i < 10; i++) {
      pass(1_000, 0, 0);
      meter.sample();
    }
    expect(meter.load.tickShare).toBeLessThan(0.001);
  });

  it('counts rooms and clients as they are, and how late timers came', () => {
    Object.assign(read, { rooms: 3, clients: 20, lag: { p50: 1, p99: 8, max: 30 } });
    pass(1_000, 0, 0);
    expect(meter.sample()).toMatchObject({ rooms: 3, clients: 20, lagMs: 4 });
    expect(meter.lag).toEqual({ p50: 1, p99: 8, max: 30 });
  });

  it('changes nothing when no time has passed, and never says more than all of it', () => {
    expect(meter.sample()).toEqual(meter.load);
    pass(1_000, 5_000, 5_000);
    expect(meter.sample()).toMatchObject({ tickShare: 0.5, loopShare: 0.5 });
  });
});

describe('headroom', () => {
  it.each([
    [{ tickShare: 0, loopShare: 0, lagMs: 0 }, 1],
    [{ tickShare: 0.25, loopShare: 0.5, lagMs: 0 }, 0.5],
    [{ tickShare: 0.5, loopShare: 0.25, lagMs: 0 }, 0.5],
    [{ tickShare: 1, loopShare: 1, lagMs: 0 }, 0.02],
    [{ tickShare: 0, loopShare: 0, lagMs: 100 / 3 }, 0.5],
    [{ tickShare: 0.2, loopShare: 0, lagMs: 100 }, 0.2],
    [{ tickShare: 1, loopShare: 1, lagMs: 100 / 3 }, 0.01],
  ])('of %j is %d', (load, headroom) => {
    expect(headroomOf({ ...load, rooms: 0, clients: 0 })).toBeCloseTo(headroom, 12);
  });
});
