import type { PickupBody, Point, ShipBody } from './bodies.ts';
import { snapPosition } from './quantum.ts';
import {
  HULL_FULL,
  PICKUP_INTERVAL_TICKS,
  PICKUP_KINDS,
  PICKUP_LIMIT,
  PICKUP_POINTS,
  PICKUP_RADIUS,
  PICKUP_REPAIR,
  REPAIR_HULL,
  SCORE_PICKUP,
  SHIELD_TICKS,
  WORLD_HEIGHT,
  WORLD_WIDTH,
} from './rules.ts';
import { addScore } from './score.ts';
import type { World } from './world.ts';

/** Puts a pickup of a random kind at `at`, unless there are plenty. */
export function addPickup(world: World, at: Point): void {
  if (world.tables.pickups.size >= PICKUP_LIMIT) return;
  const pickup = world.make.pickup();
  pickup.kind = world.random.below(PICKUP_KINDS);
  pickup.x = snapPosition(at.x);
  pickup.y = snapPosition(at.y);
  world.tables.pickups.set(world.newId('pickup'), pickup);
}

/** Now and then one appears by itself, out of reach of the border. */
export function replenishPickups(world: World): void {
  if (world.tick % PICKUP_INTERVAL_TICKS !== 0 || world.rockCount === 0) return;
  const margin = 4 * PICKUP_RADIUS;
  addPickup(world, {
    x: world.random.between(margin, WORLD_WIDTH - margin),
    y: world.random.between(margin, WORLD_HEIGHT - margin),
  });
}

export function takePickup(ship: ShipBody, pickup: PickupBody): void {
  if (pickup.kind === PICKUP_REPAIR) ship.hull = Math.min(ship.hull + REPAIR_HULL, HULL_FULL);
  else if (pickup.kind === PICKUP_POINTS) addScore(ship, SCORE_PICKUP);
  else ship.shield = SHIELD_TICKS;
}
