import type { Point, RockBody } from './bodies.ts';
import { snapPosition, snapVelocity } from './quantum.ts';
import {
  HEADING_UNITS,
  PICKUP_IN_ROCKS,
  ROCK_INTERVAL_TICKS,
  ROCK_LIMIT,
  ROCK_RADII,
  ROCK_SHAPES,
  ROCK_SPEED_MAX_QUANTA,
  ROCK_SPEED_MIN_QUANTA,
  TICK_RATE_HZ,
  VELOCITY_QUANTUM,
  WORLD_HEIGHT,
  WORLD_WIDTH,
} from './rules.ts';
import { addPickup } from './pickup.ts';
import { cosine, sine } from './trig.ts';
import type { World } from './world.ts';

/** 1/4096 turns a tick, never 0; told from the shape, so it need not be sent. */
export function rockSpin(rock: RockBody): number {
  const speed = 3 + ((rock.shape * 5) % 7);
  return rock.shape % 2 === 0 ? speed : -speed;
}

/** One tick of drift: rocks bounce off the border and pass through one another. */
export function driftRock(rock: RockBody): void {
  const { radius } = rock;
  let x = rock.x + rock.vx / TICK_RATE_HZ;
  let y = rock.y + rock.vy / TICK_RATE_HZ;
  if ((x < radius && rock.vx < 0) || (x > WORLD_WIDTH - radius && rock.vx > 0)) {
    rock.vx = 0 - rock.vx;
    x = x < radius ? radius : WORLD_WIDTH - radius;
  }
  if ((y < radius && rock.vy < 0) || (y > WORLD_HEIGHT - radius && rock.vy > 0)) {
    rock.vy = 0 - rock.vy;
    y = y < radius ? radius : WORLD_HEIGHT - radius;
  }
  rock.x = x;
  rock.y = y;
  rock.angle = (rock.angle + rockSpin(rock) + HEADING_UNITS) % HEADING_UNITS;
}

function addRock(world: World, size: number, at: Point, speedFactor: number): void {
  const { random } = world;
  const rock = world.make.rock();
  const radius = ROCK_RADII[size]!;
  const course = random.below(HEADING_UNITS);
  const speed = random.between(ROCK_SPEED_MIN_QUANTA, ROCK_SPEED_MAX_QUANTA) * VELOCITY_QUANTUM * speedFactor;
  rock.x = Math.min(Math.max(snapPosition(at.x), radius), WORLD_WIDTH - radius);
  rock.y = Math.min(Math.max(snapPosition(at.y), radius), WORLD_HEIGHT - radius);
  rock.vx = snapVelocity(cosine(course) * speed);
  rock.vy = snapVelocity(sine(course) * speed);
  rock.angle = random.below(HEADING_UNITS);
  rock.radius = radius;
  rock.shape = random.below(ROCK_SHAPES);
  world.tables.rocks.set(world.newId('rock'), rock);
}

/** Removes a rock; unless it was of the smallest, two smaller ones fly apart. */
export function breakRock(world: World, id: string, rock: RockBody): void {
  const { rocks } = world.tables;
  rocks.delete(id);
  const size = ROCK_RADII.indexOf(rock.radius);
  if (size < ROCK_RADII.length - 1) {
    for (let piece = 0; piece < 2 && rocks.size < ROCK_LIMIT; piece++)
      addRock(world, size + 1, rock, 1 + (size + 1) / 2);
  } else if (world.random.below(PICKUP_IN_ROCKS) === 0) {
    addPickup(world, rock);
  }
}

/** The rocks of a new arena. */
export function scatterRocks(world: World): void {
  while (world.tables.rocks.size < world.rockCount) {
    const size = world.random.below(2);
    addRock(world, size, { x: world.random.below(WORLD_WIDTH), y: world.random.below(WORLD_HEIGHT) }, 1 + size / 2);
  }
}

/** Lets a large rock drift in from a corner or side when they have become few. */
export function replenishRocks(world: World): void {
  if (world.tick % ROCK_INTERVAL_TICKS !== 0 || world.tables.rocks.size >= world.rockCount) return;
  const alongTop = world.random.below(2) === 0;
  const far = world.random.below(2);
  addRock(
    world,
    0,
    alongTop
      ? { x: world.random.below(WORLD_WIDTH), y: far * WORLD_HEIGHT }
      : { x: far * WORLD_WIDTH, y: world.random.below(WORLD_HEIGHT) },
    1,
  );
}
