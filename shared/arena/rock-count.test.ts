import { describe, expect, it } from '@jest/globals';
import { plainWorld } from './plain-world.ts';
import { rocksOption } from './rock-count.ts';
import { scatterRocks } from './rock.ts';
import { stepWorld } from './step.ts';

describe('rocks that there are at least', () => {
  it('are as many as asked for, if that makes sense', () => {
    expect([0, 3, 14].map(rocksOption)).toEqual([0, 3, 14]);
    expect([-1, 15, 2.5, '4', null, undefined, Number.NaN].map(rocksOption)).toEqual(Array(7).fill(14));
  });

  it.each([
    [0, 0],
    [3, 3],
  ])('%i: as many after a minute, and pickups only where there are any', (wanted, expected) => {
    const { world, rocks, pickups } = plainWorld();
    world.rockCount = wanted;
    scatterRocks(world);
    for (let tick = 0; tick < 3_600; tick++) stepWorld(world, () => {});
    expect([rocks.size, pickups.size > 0]).toEqual([expected, wanted > 0]);
  });
});
