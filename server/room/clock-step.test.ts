import { Room } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { InProcessServer } from '../../test/support/in-process.ts';
import { settled } from '../../test/support/virtual-timers.ts';
import { LiveRoom } from './live-room.ts';

const STEPS_A_SECOND = 60;

/** What both kinds of room count: steps, and a timer that is due half a minute after the room was made. */
interface Counting {
  steps: number;
  fired: number;
}

class StockRoom extends Room implements Counting {
  steps = 0;
  fired = 0;

  override onCreate(): void {
    this.setFixedTimestep(() => this.steps++, STEPS_A_SECOND);
    this.clock.setTimeout(() => this.fired++, 30_000);
  }
}

class OurRoom extends LiveRoom implements Counting {
  steps = 0;
  fired = 0;

  override onCreate(): void {
    this.setFixedTimestep(() => this.steps++, STEPS_A_SECOND);
    this.clock.setTimeout(() => this.fired++, 30_000);
  }
}

let server: InProcessServer;

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
  server = await InProcessServer.start({ stock: StockRoom, ours: OurRoom });
});

afterEach(async () => {
  await server.stop();
  jest.clearAllTimers();
  jest.useRealTimers();
});

async function pass(ms: number): Promise<void> {
  await settled();
  jest.advanceTimersByTime(ms);
  await settled();
}

/** The machine's clock is set; no time passes. */
const setClock = (byMs: number): void => jest.setSystemTime(Date.now() + byMs);

async function running(name: string): Promise<Counting> {
  const { room } = await server.join(name);
  await pass(1_000);
  return room as unknown as Counting;
}

describe('the machine\u2019s clock is set back by ten seconds', () => {
  it('a stock room makes no step until it has caught up', async () => {
    const room = await running('stock');
    const before = room.steps;
    setClock(-10_000);
    await pass(4_000);
    expect(room.steps - before).toBe(0);
  });

  it('a LiveRoom goes on, 60 steps a second', async () => {
    const room = await running('ours');
    const before = room.steps;
    setClock(-10_000);
    await pass(4_000);
    expect(Math.abs(room.steps - before - 240)).toBeLessThanOrEqual(1);
  });
});

describe('the machine\u2019s clock is set forward by a minute', () => {
  it('timers of a stock room fire at once that are due in half a minute', async () => {
    const room = await running('stock');
    setClock(60_000);
    await pass(1_000);
    expect(room.fired).toBe(1);
  });

  it('timers of a LiveRoom fire when they are due, and no step is made up', async () => {
    const room = await running('ours');
    const before = room.steps;
    setClock(60_000);
    await pass(1_000);
    expect(room.fired).toBe(0);
    expect(Math.abs(room.steps - before - 60)).toBeLessThanOrEqual(1);
    await pass(28_900);
    expect(room.fired).toBe(1);
  });
});
