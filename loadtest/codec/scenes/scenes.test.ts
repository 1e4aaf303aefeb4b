import { describe, expect, it } from '@jest/globals';
import { HEADING_UNITS, POSITION_QUANTUM } from '../../../shared/arena/rules.ts';
import { readTrace, writeTrace } from '../trace-file.ts';
import { columnsOf, type Trace } from '../trace.ts';
import { SCENES } from './all-scenes.ts';
import { arena } from './arena.ts';
import { jumps } from './jumps.ts';
import { sleepers } from './sleepers.ts';
import { walkers } from './walkers.ts';

/** All values of one field's first column, frame by frame; NaN where absent. */
function column({ values, frames, entities, fields }: Trace, name: string): number[][] {
  const columns = columnsOf(fields);
  const offset = columns.findIndex(({ field }) => field.name === name);
  return Array.from({ length: frames }, (_, frame) =>
    Array.from({ length: entities }, (_, entity) => values[(frame * entities + entity) * columns.length + offset]!),
  );
}

describe.each([...SCENES])('%s', (name, scene) => {
  it('is a trace of its name, the same each time', async () => {
    const bytes = writeTrace(await scene(6));
    expect(readTrace(bytes)).toMatchObject({ name, frames: 6 });
    expect(writeTrace(await scene(6)).equals(bytes)).toBe(true);
  });

  it('is another with another seed', async () => {
    const [one, two] = [await scene(6), await scene(6, 2)];
    expect(writeTrace(one).equals(writeTrace(two))).toBe(false);
  });

  it('is longer, not another, with more frames', async () => {
    // Slots depend on the whole of a game: only scenes of a fixed cast can be compared byte by byte.
    const [short, long] = [await scene(6), await scene(9)];
    if (short.entities !== long.entities) return;
    expect(long.values.subarray(0, short.values.length)).toEqual(short.values);
  });
});

describe('sleepers', () => {
  it('move 30 at a time, not always the same', () => {
    const x = column(sleepers(100), 'x');
    const y = column(sleepers(100), 'y');
    const moved = new Set<number>();
    for (let frame = 1; frame < x.length; frame++) {
      const movers = x[frame]!.flatMap((at, i) =>
        at !== x[frame - 1]![i] || y[frame]![i] !== y[frame - 1]![i] ? i : [],
      );
      expect(movers).toHaveLength(30);
      for (const mover of movers) moved.add(mover);
    }
    expect(moved.size).toBeGreaterThan(35);
    expect(moved.size).toBeLessThan(90);
  });
});

describe('walkers', () => {
  it('stand, go, are hit and appear elsewhere', () => {
    const trace = walkers(1_200);
    const x = column(trace, 'x');
    const hp = column(trace, 'hp');
    const seen = { stood: 0, went: 0, jumped: 0, hit: 0, appeared: 0 };
    for (let frame = 1; frame < x.length; frame++) {
      x[frame]!.forEach((at, i) => {
        const step = Math.abs(at - x[frame - 1]![i]!);
        if (step === 0) seen.stood += 1;
        else if (step < 0.2) seen.went += 1;
        const hurt = hp[frame]![i]! - hp[frame - 1]![i]!;
        if (hurt < 0) seen.hit += 1;
        if (hurt > 0) seen.appeared += 1;
        else if (step >= 0.2) seen.jumped += 1;
      });
    }
    expect(seen.jumped).toBe(0); // but for those who appear
    expect(seen.stood).toBeGreaterThan(5_000);
    expect(seen.went).toBeGreaterThan(20_000);
    expect(seen.hit).toBeGreaterThan(200);
    expect(seen.appeared).toBeGreaterThan(30);
  });
});

describe('jumps', () => {
  it('go anywhere', () => {
    const x = column(jumps(50), 'x').flat();
    expect(Math.min(...x)).toBeLessThan(-95);
    expect(Math.max(...x)).toBeGreaterThan(95);
  });
});

describe('the arena', () => {
  const trace = arena(600);
  const x = column(trace, 'x');
  const size = column(trace, 'size');

  it('has eight ships that turn, move and are hit', () => {
    const ships = [0, 1, 2, 3, 4, 5, 6, 7]; // they were there first, and stay
    expect(ships.flatMap((slot) => size.map((frame) => frame[slot]!)).every((hull) => hull <= 100)).toBe(true);
    expect(new Set(column(trace, 'heading').flat()).size).toBeGreaterThan(500);
    expect(new Set(ships.flatMap((slot) => size.map((frame) => frame[slot]!))).size).toBeGreaterThan(2);
  });

  it('has numbers that are exact multiples of their precision', () => {
    expect(x.flat().filter((at) => !Number.isNaN(at) && !Number.isInteger(at / POSITION_QUANTUM))).toEqual([]);
    const headings = column(trace, 'heading').flat();
    expect(
      headings.filter((at) => !Number.isNaN(at) && !(Number.isInteger(at) && at >= 0 && at < HEADING_UNITS)),
    ).toEqual([]);
  });

  it('has shots that come, fly straight and go', () => {
    const vx = column(trace, 'vx');
    let comings = 0;
    let flights = 0;
    let straight = 0;
    for (let frame = 1; frame < x.length; frame++) {
      x[frame]!.forEach((at, slot) => {
        const before = x[frame - 1]![slot]!;
        if (size[frame]![slot] !== 0 || vx[frame]![slot] === 0) return; // no shot, or a wreck
        if (Number.isNaN(before) && !Number.isNaN(at)) comings += 1;
        if (Number.isNaN(before) || Math.abs(vx[frame]![slot]!) < 450) return;
        if (at === before + vx[frame]![slot]! / 60) straight += 1;
        flights += 1;
      });
    }
    expect(comings).toBeGreaterThan(40);
    expect(flights).toBeGreaterThan(500);
    expect(straight).toBe(flights);
  });

  it('has rocks that break', () => {
    const radii = new Set(size.flat());
    expect([18, 30, 48].filter((radius) => radii.has(radius))).toEqual([18, 30, 48]);
  });
});
