import { describe, expect, it } from '@jest/globals';
import { plainRock, plainWorld } from './plain-world.ts';
import { breakRock, driftRock, replenishRocks, rockSpin, scatterRocks } from './rock.ts';
import { HEADING_UNITS, PICKUP_LIMIT, ROCK_COUNT, ROCK_INTERVAL_TICKS, ROCK_LIMIT, ROCK_SHAPES } from './rules.ts';

describe('rocks', () => {
  it('drift for ten minutes inside the world, on exact numbers', () => {
    const { world, rocks } = plainWorld(5);
    scatterRocks(world);
    expect(rocks.size).toBe(ROCK_COUNT);
    for (let tick = 0; tick < 36_000; tick++) rocks.forEach(driftRock);
    for (const rock of rocks.values()) {
      expect(rock.x).toBeGreaterThanOrEqual(rock.radius - 3);
      expect(rock.x).toBeLessThanOrEqual(2400 - rock.radius + 3);
      expect(rock.y).toBeGreaterThanOrEqual(rock.radius - 3);
      expect(rock.y).toBeLessThanOrEqual(1600 - rock.radius + 3);
      for (const value of [rock.x, rock.y, rock.vx, rock.vy]) expect(Math.fround(value)).toBe(value);
      expect(rock.angle).toBeLessThan(HEADING_UNITS);
    }
  });

  it('all spin', () => {
    for (let shape = 0; shape < ROCK_SHAPES; shape++) expect(rockSpin(plainRock({ shape }))).not.toBe(0);
  });

  it('break into two of the next size, and the smallest into nothing', () => {
    const { world, rocks } = plainWorld();
    rocks.set('a', plainRock());
    breakRock(world, 'a', rocks.get('a')!);
    expect([...rocks.values()].map((rock) => rock.radius)).toEqual([30, 30]);
    for (const [id, rock] of [...rocks]) breakRock(world, id, rock);
    expect([...rocks.values()].map((rock) => rock.radius)).toEqual([18, 18, 18, 18]);
    for (const [id, rock] of [...rocks]) breakRock(world, id, rock);
    expect(rocks.size).toBe(0);
  });

  it('never become too many, nor do the pickups they leave', () => {
    const { world, rocks, pickups } = plainWorld(9);
    scatterRocks(world);
    for (let round = 0; round < 400; round++) {
      const [id, rock] = [...rocks][world.random.below(rocks.size)]!;
      breakRock(world, id, rock);
      world.tick = round * ROCK_INTERVAL_TICKS;
      replenishRocks(world);
      expect(rocks.size).toBeLessThanOrEqual(ROCK_LIMIT);
      expect(pickups.size).toBeLessThanOrEqual(PICKUP_LIMIT);
    }
  });
});
