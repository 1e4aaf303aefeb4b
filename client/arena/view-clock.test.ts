import { describe, expect, it } from '@jest/globals';
import type { RoomClock } from 'colyseus.js';
import { ViewClock } from './view-clock.ts';

const clock = { serverNow: () => 0, smoothedRtt: () => 0 } as RoomClock;

/** Plays `seconds` of 60 Hz updates, each `lateMs(tick)` on its way, and a frame every 16 ms. Server time is local + 5000. */
function play(
  seconds: number,
  lateMs: (tick: number) => number,
): { view: ViewClock; behindMs: number[]; steps: number[] } {
  const view = new ViewClock(clock);
  const behindMs: number[] = [];
  const steps: number[] = [];
  const arrivals = Array.from({ length: seconds * 60 }, (_, tick) => ({
    atMs: (tick * 1000) / 60 + lateMs(tick),
    serverMs: 5000 + (tick * 1000) / 60,
  }));
  let next = 0;
  for (let now = 0; now < seconds * 1000; now += 16) {
    while (next < arrivals.length && arrivals[next]!.atMs <= now) {
      view.arrived(arrivals[next]!.atMs, arrivals[next]!.serverMs);
      next++;
    }
    const before = view.drawnMs;
    view.frame(now);
    if (before > 0) steps.push(view.drawnMs - before);
    behindMs.push(now + 5000 - view.drawnMs);
  }
  return { view, behindMs, steps };
}

describe('ViewClock', () => {
  it('says nothing before the first update', () => {
    const view = new ViewClock(clock);
    view.frame(100);
    expect(view.drawnMs).toBe(0);
  });

  it('draws two ticks behind a steady line, and evenly', () => {
    const { behindMs, steps } = play(5, () => 40);
    expect(behindMs.at(-1)).toBeCloseTo(40 + 34, 0);
    for (const step of steps.slice(60)) expect(step).toBeCloseTo(16, 1);
  });

  it('waits for the latest updates of a jittery line, and still runs evenly', () => {
    const late = (tick: number): number => 40 + ((tick * 7919) % 30);
    const { behindMs, steps } = play(5, late);
    expect(behindMs.at(-1)!).toBeGreaterThan(40 + 29 + 30);
    expect(behindMs.at(-1)!).toBeLessThan(40 + 30 + 40);
    for (const step of steps.slice(120)) expect(Math.abs(step - 16)).toBeLessThan(1);
  });

  it('forgets a hiccup', () => {
    const { behindMs } = play(8, (tick) => (tick > 60 && tick < 90 ? 100 : 20));
    expect(behindMs.at(-1)).toBeCloseTo(20 + 34, 0);
  });

  it('never runs backwards, and does not wait for ever', () => {
    const { behindMs, steps } = play(6, (tick) => (tick % 60 === 30 ? 280 : 20));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...behindMs.slice(200))).toBeLessThan(20 + 120 + 40);
  });

  it('follows a server whose time begins anew', () => {
    const { view } = play(2, () => 20);
    for (let now = 2000; now < 6000; now += 16) {
      view.arrived(now, now - 1900);
      view.frame(now);
    }
    expect(view.drawnMs).toBeCloseTo(5984 - 1900 - 34, -1);
  });
});
