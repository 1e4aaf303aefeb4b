import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { until } from '../../test/support/until.ts';
import { VirtualTimers } from '../../test/support/virtual-timers.ts';
import { MAX_CATCHUP_STEPS, type TickClock, TickLoop } from './tick-loop.ts';

const clear = (handle: unknown): void => {
  clearTimeout(handle as NodeJS.Timeout);
  clearImmediate(handle as NodeJS.Immediate);
};

const HZ = 60;
const STEP_MS = 1_000 / HZ;
const HOUR_MS = 3_600_000;
/** What an hour of sums of a step may lose to rounding. */
const ROUNDING_MS = 1e-3;

/** A clock whose timers, as those of a busy process, come late by what `lateMs` says, each time anew. */
class LateClock implements TickClock {
  nowMs: number;
  #lateMs: () => number;
  #next: { callback: () => void; atMs: number } | undefined;
  #immediate: (() => void) | undefined;

  constructor(startMs: number, lateMs: () => number) {
    this.nowMs = startMs;
    this.#lateMs = lateMs;
  }

  now(): number {
    return this.nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    if (this.#next !== undefined) throw new Error('a second timer beside the first');
    // Node's timers are whole milliseconds, and one of less than 1 is one of 1.
    this.#next = { callback, atMs: this.nowMs + Math.max(1, Math.trunc(delayMs)) + this.#lateMs() };
    return this.#next;
  }

  clearTimeout(handle: unknown): void {
    if (this.#next === handle) this.#next = undefined;
  }

  setImmediate(callback: () => void): unknown {
    if (this.#next !== undefined) throw new Error('a timer beside what runs at once');
    return (this.#immediate = callback);
  }

  clearImmediate(handle: unknown): void {
    if (this.#immediate === handle) this.#immediate = undefined;
  }

  /** Runs the next wake-up, and what it left for right behind it. */
  wake(): void {
    const { callback, atMs } = this.#next!;
    this.#next = undefined;
    this.nowMs = atMs;
    callback();
    const immediate = this.#immediate;
    this.#immediate = undefined;
    immediate?.();
  }
}

describe('tick loop', () => {
  it('stays on the grid for an hour with timers that come late at random, and drops only what it must', () => {
    const lateness = fc.oneof(
      { weight: 20, arbitrary: fc.double({ min: 0, max: 2, noNaN: true }) },
      { weight: 3, arbitrary: fc.double({ min: 0, max: 60, noNaN: true }) },
      { weight: 1, arbitrary: fc.double({ min: 0, max: 700, noNaN: true }) },
    );
    const property = fc.property(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.array(lateness, { minLength: 1, maxLength: 500 }),
      (startMs, late) => {
        let wakeUps = 0;
        const clock = new LateClock(startMs, () => late[wakeUps++ % late.length]!);
        let made = 0;
        let inWakeUp = 0;
        let flushed = 0;
        let dropped = 0;
        // Half a million checks: told apart by words, and expected once.
        const wrong = new Set<string>();
        const loop: TickLoop = new TickLoop(
          clock,
          HZ,
          (stepTimeMs) => {
            made++;
            inWakeUp++;
            if (flushed > 0) wrong.add('a step behind the flush');
            if (stepTimeMs > clock.nowMs) wrong.add('a step before its time');
            const offGridMs = Math.abs(stepTimeMs - (startMs + (made + dropped) * STEP_MS));
            if (offGridMs > ROUNDING_MS) wrong.add(`a step ${offGridMs} ms off the grid`);
          },
          () => flushed++,
        );
        while (clock.nowMs < startMs + HOUR_MS) {
          inWakeUp = flushed = 0;
          dropped = loop.droppedSteps;
          clock.wake();
          if (inWakeUp > MAX_CATCHUP_STEPS) wrong.add(`${inWakeUp} steps in one wake-up`);
          if (flushed !== (inWakeUp > 0 ? 1 : 0)) wrong.add(`${flushed} flushes for ${inWakeUp} steps`);
          // All points of the grid up to now are made or counted as dropped: none is left, none came early.
          const nextMs = startMs + (made + loop.droppedSteps + 1) * STEP_MS - clock.nowMs;
          if (nextMs < -ROUNDING_MS || nextMs > STEP_MS + ROUNDING_MS)
            wrong.add(`the next step is due in ${nextMs} ms`);
          if (inWakeUp < MAX_CATCHUP_STEPS && loop.droppedSteps !== dropped) wrong.add('dropped without need');
        }
        expect([...wrong]).toEqual([]);
        loop.stop();
      },
    );
    fc.assert(property, { numRuns: 5 });
  });

  it('makes 60 steps a second with timers of whole milliseconds', () => {
    const timers = new VirtualTimers();
    let steps = 0;
    const loop = new TickLoop(
      timers,
      HZ,
      () => steps++,
      () => {},
    );
    timers.advance(10_000);
    expect(steps).toBeGreaterThanOrEqual(599);
    expect(steps).toBeLessThanOrEqual(600);
    loop.stop();
    expect(timers.count).toBe(0);
  });

  it('makes up at most five steps, counts the rest, flushes once, and is on the grid again', () => {
    const timers = new VirtualTimers();
    const calls: (number | 'flush')[] = [];
    const loop = new TickLoop(
      timers,
      100,
      (stepTimeMs) => calls.push(stepTimeMs),
      () => calls.push('flush'),
    );
    timers.sleep(123);
    timers.advance(0);
    expect(calls).toEqual([10, 20, 30, 40, 50, 'flush']);
    expect(loop.droppedSteps).toBe(7);
    timers.advance(7);
    expect(calls.slice(6)).toEqual([130, 'flush']);
    loop.stop();
  });

  it('has what came read before steps that are late, and not before others', () => {
    const timers = new VirtualTimers();
    const calls: string[] = [];
    const loop = new TickLoop(
      timers,
      100,
      (stepTimeMs) => calls.push(`step ${stepTimeMs}`),
      () => {},
    );
    const read = (): unknown => calls.push('read');
    timers.sleep(14);
    timers.setTimeout(read, 0); // behind the loop's own timer
    timers.advance(0);
    timers.sleep(21);
    timers.setTimeout(read, 0);
    timers.advance(0);
    expect(calls).toEqual(['step 10', 'read', 'read', 'step 20', 'step 30']);
    loop.stop();
  });

  it('makes no step when it is stopped while what came is read, and one loop of steps when it goes on', () => {
    const timers = new VirtualTimers();
    const steps: number[] = [];
    const loop = new TickLoop(
      timers,
      100,
      (stepTimeMs) => steps.push(stepTimeMs),
      () => {},
    );
    timers.sleep(30);
    timers.setTimeout(() => loop.pause(), 0);
    timers.advance(0);
    expect([steps, timers.count]).toEqual([[], 0]);
    loop.resume();
    timers.advance(20);
    expect([steps, timers.count]).toEqual([[40, 50], 1]);
    loop.stop();
  });

  it('of a process that was held up has inputs before the steps they belong to', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [served] = (await once(server, 'connection')) as [Socket];
    const calls: string[] = [];
    served.on('data', () => calls.push('input'));
    const loop = new TickLoop(
      { now: () => performance.now(), setTimeout, clearTimeout: clear, setImmediate, clearImmediate: clear },
      HZ,
      () => calls.push('step'),
      () => {},
    );
    try {
      await until('it runs', () => calls.includes('step'));
      calls.length = 0;
      await new Promise<void>((written) => client.write('input', () => written()));
      const heldUpTo = performance.now() + 3 * STEP_MS;
      while (performance.now() < heldUpTo);
      await until('it was read', () => calls.includes('input') && calls.includes('step'));
      expect(calls[0]).toBe('input');
    } finally {
      loop.stop();
      for (const socket of [client, served]) socket.destroy();
      server.close();
    }
  });

  it('stops inside a step: no further step, no timer', () => {
    const timers = new VirtualTimers();
    let steps = 0;
    const loop = new TickLoop(
      timers,
      HZ,
      () => {
        if (++steps === 2) loop.stop();
      },
      () => {},
    );
    timers.sleep(1_000);
    timers.advance(1_000);
    expect(steps).toBe(2);
    expect(timers.count).toBe(0);
  });

  it('stops inside the flush', () => {
    const timers = new VirtualTimers();
    const loop = new TickLoop(
      timers,
      HZ,
      () => {},
      () => loop.stop(),
    );
    timers.advance(1_000);
    expect(timers.count).toBe(0);
  });

  it('loses one step to an error, not the loop', () => {
    const timers = new VirtualTimers();
    const steps: number[] = [];
    const loop = new TickLoop(
      timers,
      100,
      (stepTimeMs) => {
        steps.push(stepTimeMs);
        if (steps.length === 2) throw new Error('a step failed');
      },
      () => {},
    );
    timers.advance(10);
    expect(() => timers.advance(10)).toThrow('a step failed');
    timers.advance(20);
    expect(steps).toEqual([10, 20, 30, 40]);
    loop.stop();
  });
});
