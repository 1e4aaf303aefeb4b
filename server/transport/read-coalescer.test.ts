import { describe, expect, it } from '@jest/globals';
import { Tally } from '../metrics/tally.ts';
import { processLoad } from '../node/load-sources.ts';
import { processPause, ReadCoalescer } from './read-coalescer.ts';

/** A process that is sent messages, on a clock of its own. */
class Process {
  nowMs = 0;
  readonly sleeps: number[] = [];
  #immediate: (() => void) | undefined;
  readonly coalescer = new ReadCoalescer(
    2,
    {
      now: () => this.nowMs,
      setImmediate: (callback) => (this.#immediate = callback),
      sleep: (ms) => {
        this.sleeps.push(ms);
        this.nowMs += ms;
      },
    },
    (ms) => (this.restedMs += ms),
  );
  restedMs = 0;

  /** Reads so many messages, which takes so long; then whatever was put behind that. */
  read(messages: number, workMs: number): void {
    for (let i = 0; i < messages; i++) this.coalescer.count();
    this.nowMs += workMs;
    const immediate = this.#immediate;
    this.#immediate = undefined;
    immediate?.();
  }

  /** For half a second, the time over which it counts. */
  play(messages: number, everyMs: number): void {
    for (const until = this.nowMs + 510; this.nowMs < until; this.nowMs += everyMs) this.read(messages, 0);
    this.sleeps.length = this.restedMs = 0;
  }
}

describe('a process that is sent', () => {
  it('a lot sleeps behind what it read for what is left of the interval', () => {
    const process = new Process();
    process.play(4, 1);
    process.nowMs += 10;
    process.read(1, 0); // the first in a while
    expect(process.sleeps).toEqual([]);
    process.read(3, 0.5);
    process.read(5, 1.25);
    process.read(5, 2);
    process.read(5, 1.95);
    expect(process.sleeps).toEqual([1.5, 0.75]);
    expect(process.restedMs).toBe(2.25);
  });

  it('little does not', () => {
    const process = new Process();
    process.play(1, 1);
    for (let i = 0; i < 100; i++) process.read(1, 0.5);
    expect(process.sleeps).toEqual([]);
  });

  it('less than before sleeps no more', () => {
    const process = new Process();
    process.play(4, 1);
    process.read(4, 0);
    expect(process.sleeps).toHaveLength(1);
    process.play(1, 10);
    for (let i = 0; i < 10; i++) process.read(1, 0);
    expect(process.sleeps).toEqual([]);
  });
});

it('a rest of this very process is one: its thread does nothing, and is not taken for busy', () => {
  const tally = new Tally();
  const sources = processLoad(tally, () => ({ rooms: 0, clients: 0 }));
  const [cpu, active] = [process.cpuUsage(), sources.activeMs()];
  const begunMs = performance.now();
  processPause.sleep(200);
  tally.restedMs += performance.now() - begunMs;
  const used = process.cpuUsage(cpu);
  expect((used.user + used.system) / 1_000).toBeLessThan(tally.restedMs);
  expect(sources.activeMs() - active).toBeLessThan(tally.restedMs);
  sources.stop();
});
