import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CUSHION_INPUTS, InputPacer, STARVE_TICKS } from './input-pacer.ts';

/** A pacer with a queue before it, as the room has. */
class Line {
  readonly pacer = new InputPacer();
  waiting = 0;
  steps = 0;
  dropped = 0;
  coasted = 0;

  tick(arriving: number): void {
    this.waiting += arriving;
    this.pacer.pace(this.waiting);
    this.waiting -= this.pacer.drop + this.pacer.steps;
    this.steps += this.pacer.steps;
    this.dropped += this.pacer.drop;
    if (this.pacer.coasts) this.coasted += 1;
  }

  run(ticks: number, arriving: (tick: number) => number): this {
    for (let tick = 0; tick < ticks; tick++) this.tick(arriving(tick));
    return this;
  }
}

describe('InputPacer', () => {
  it('simulates one input a tick, no sooner and no later', () => {
    const line = new Line().run(600, () => 1);
    expect(line).toMatchObject({ steps: 600, waiting: 0, dropped: 0, coasted: 0 });
  });

  it('loses nothing to jitter, and keeps only the cushion the jitter needs', () => {
    // Two come together every second tick: after the first empty tick one is always in hand.
    const line = new Line().run(600, (tick) => (tick % 2) * 2);
    expect(line).toMatchObject({ dropped: 0, coasted: 0 });
    expect(line.steps + line.waiting).toBe(600);
    expect(line.waiting).toBeLessThanOrEqual(1);
  });

  it('sheds a cushion that is no longer needed', () => {
    const line = new Line().run(8, () => 0).run(1, () => 5);
    expect(line.waiting).toBeGreaterThan(2);
    line.run(240, () => 1);
    expect(line).toMatchObject({ waiting: 0, dropped: 0 });
  });

  it('sheds what one short stall left within a quarter of a second and a few ticks, whenever it comes', () => {
    for (let before = 0; before < 60; before++) {
      const line = new Line().run(240 + before, () => 1).run(4, () => 0);
      line.tick(5);
      line.run(21, () => 1);
      expect(line).toMatchObject({ waiting: 0, dropped: 0, coasted: 0 });
    }
  });

  it('keeps the cushion of a line that stalls twice a second, so that it finds nothing no more', () => {
    // Each stall is of three ticks; what came meanwhile comes at once behind it.
    const stalling = (tick: number): number => (tick % 30 < 3 ? 0 : tick % 30 === 3 ? 4 : 1);
    const line = new Line().run(120, stalling);
    const { steps } = line;
    line.run(600, stalling);
    expect(line).toMatchObject({ dropped: 0, coasted: 0 });
    expect(line.steps - steps).toBe(600);
    line.run(260, () => 1); // and it is shed when the line has been steady for long
    expect(line.waiting).toBe(0);
  });

  it('catches up with a stall within a few ticks, all inputs simulated', () => {
    const line = new Line().run(60, () => 1).run(14, () => 0);
    line.tick(15);
    for (let tick = 0; tick < 3; tick++) line.tick(1);
    expect(line.waiting).toBeLessThanOrEqual(CUSHION_INPUTS);
    line.run(200, () => 1);
    expect(line).toMatchObject({ dropped: 0, coasted: 0, waiting: 0 });
  });

  it('catches up with what came while the server made no ticks, and drops nothing of it', () => {
    const line = new Line().run(60, () => 1);
    line.pacer.lose(10);
    line.tick(11);
    expect(line.dropped).toBe(0);
    line.run(12, () => 1);
    expect(line).toMatchObject({ dropped: 0, coasted: 0, waiting: 0 });
  });

  it('owes no more for that than for a pilot who stood still', () => {
    const line = new Line().run(60, () => 1);
    line.pacer.lose(1_000);
    line.tick(1_001);
    expect(line.steps + line.dropped + line.waiting).toBe(1_061);
    line.run(60, () => 1);
    expect(line.steps).toBeLessThanOrEqual(60 + 1 + 60 + STARVE_TICKS);
  });

  it('does not let a clock that is 1 % fast build up delay, nor lose its inputs', () => {
    const line = new Line().run(36_000, (tick) => (tick % 100 === 0 ? 2 : 1));
    expect(line.dropped).toBe(0);
    expect(line.waiting).toBeLessThanOrEqual(2);
  });

  it('starves rarely for a clock that is 1 % slow', () => {
    const line = new Line().run(36_000, (tick) => (tick % 100 === 0 ? 0 : 1));
    expect(line).toMatchObject({ dropped: 0, coasted: 0, waiting: 0, steps: 35_640 });
  });

  it('coasts once nothing came for long, and throws the stale inputs away when they come', () => {
    const line = new Line().run(STARVE_TICKS, () => 0);
    expect(line.coasted).toBe(0);
    line.run(100, () => 0);
    expect(line.coasted).toBe(100);
    line.tick(32);
    expect(line.dropped).toBe(32 - 1 - CUSHION_INPUTS - STARVE_TICKS);
    line.run(8, () => 1);
    expect(line.waiting).toBeLessThanOrEqual(CUSHION_INPUTS);
  });

  it('flies nobody faster than time: ten times the inputs are dropped', () => {
    const line = new Line().run(6000, () => 10);
    expect(line.steps).toBeLessThan(6000 * 1.016 + 1);
    expect(line.waiting).toBeLessThanOrEqual(CUSHION_INPUTS + 10);
  });

  it('never simulates more than was owed, whatever comes when', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 400 }), (arrivals) => {
        const line = new Line();
        return arrivals.every((arriving, index) => {
          line.tick(arriving);
          const ticks = index + 1;
          return (
            line.waiting >= 0 &&
            line.pacer.steps <= 4 &&
            line.waiting <= CUSHION_INPUTS + STARVE_TICKS &&
            line.steps + line.coasted <= ticks + ticks / 64
          );
        });
      }),
    );
  });
});
