import { beforeAll, describe, expect, it } from '@jest/globals';
import { frameOf, type Trace } from '../trace.ts';
import { asteroids } from './asteroids.ts';

const HZ = 30;
const FRAMES = 150;
const COLUMNS = 7;

describe('asteroids', () => {
  let trace: Trace;
  beforeAll(async () => {
    trace = await asteroids(FRAMES);
  });

  /** Visits every body of every frame that has one before and one after it. */
  function visit(look: (before: Float32Array, now: Float32Array, after: Float32Array, entity: number) => void): void {
    for (let frame = 1; frame < FRAMES - 1; frame++) {
      const [before, now, after] = [frame - 1, frame, frame + 1].map((at) => frameOf(trace, at));
      for (let entity = 0; entity < trace.entities; entity++) {
        const [from, to] = [entity * COLUMNS, (entity + 1) * COLUMNS];
        look(before!.subarray(from, to), now!.subarray(from, to), after!.subarray(from, to), entity);
      }
    }
  }

  it('are 250 bodies at 30 Hz with place and rotation', () => {
    expect(trace).toMatchObject({ hz: HZ, frames: FRAMES, entities: 250 });
    expect(trace.fields.map(({ name, precision }) => [name, precision])).toEqual([
      ['x', 0.01],
      ['y', 0.01],
      ['z', 0.01],
      ['rotation', 0.001],
    ]);
  });

  it('stay in their sphere, mostly, and out of the planetoid', () => {
    let outside = 0;
    let nearest = Infinity;
    let farthest = 0;
    visit((_, now) => {
      const out = Math.hypot(now[0]!, now[1]!, now[2]!);
      if (out > 31.5) outside += 1;
      nearest = Math.min(nearest, out);
      farthest = Math.max(farthest, out);
    });
    expect(nearest).toBeGreaterThan(4);
    expect(farthest).toBeLessThan(34);
    expect(outside / FRAMES / 250).toBeLessThan(0.06);
  });

  it('fly at 1 to 4 units a second, when nothing has just hit or pulled them', () => {
    const speeds: number[] = [];
    visit((_, now, after) => speeds.push(distance(now, after) * HZ));
    speeds.sort((a, b) => a - b);
    expect(speeds[Math.floor(speeds.length * 0.02)]).toBeGreaterThan(0.8);
    expect(speeds[Math.floor(speeds.length * 0.98)]).toBeLessThan(4.1);
  });

  it('spin, at 45 degrees a second at most', () => {
    let fastest = 0;
    visit((_, now, after) => (fastest = Math.max(fastest, turn(now, after) * HZ)));
    expect(fastest).toBeGreaterThan(40);
    expect(fastest).toBeLessThan(45.1);
  });

  it('collide: some change their course more in a frame than thrust or pull could', () => {
    const hit = new Set<number>();
    visit((before, now, after, entity) => {
      const bend = Math.hypot(...[0, 1, 2].map((i) => (after[i]! - 2 * now[i]! + before[i]!) * HZ));
      if (bend > 1) hit.add(entity);
    });
    expect(hit.size).toBeGreaterThan(5);
  });
});

function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);
}

/** Degrees. */
function turn(a: Float32Array, b: Float32Array): number {
  const chord = Math.hypot(...[3, 4, 5, 6].map((i) => a[i]! - b[i]!));
  return (4 * Math.asin(chord / 2) * 180) / Math.PI;
}
