import { describe, expect, it } from '@jest/globals';
import { replenishPickups, takePickup } from './pickup.ts';
import { plainShip, plainWorld } from './plain-world.ts';
import {
  PICKUP_INTERVAL_TICKS,
  PICKUP_LIMIT,
  PICKUP_POINTS,
  PICKUP_REPAIR,
  PICKUP_SHIELD,
  SCORE_MAX,
  SCORE_PICKUP,
  SHIELD_TICKS,
} from './rules.ts';

describe('pickups', () => {
  it('repair, but not beyond a whole hull', () => {
    const ship = plainShip({ hull: 30 });
    takePickup(ship, { kind: PICKUP_REPAIR, x: 0, y: 0 });
    expect(ship.hull).toBe(70);
    takePickup(ship, { kind: PICKUP_REPAIR, x: 0, y: 0 });
    expect(ship.hull).toBe(100);
  });

  it('give points, up to what the wire holds', () => {
    const ship = plainShip();
    takePickup(ship, { kind: PICKUP_POINTS, x: 0, y: 0 });
    expect(ship.score).toBe(SCORE_PICKUP);
    ship.score = SCORE_MAX - 1;
    takePickup(ship, { kind: PICKUP_POINTS, x: 0, y: 0 });
    expect(ship.score).toBe(SCORE_MAX);
  });

  it('load a shield that fits its uint8', () => {
    const ship = plainShip();
    takePickup(ship, { kind: PICKUP_SHIELD, x: 0, y: 0 });
    expect(ship.shield).toBe(SHIELD_TICKS);
    expect(SHIELD_TICKS).toBeLessThan(256);
  });

  it('appear by themselves, up to a few', () => {
    const { world, pickups } = plainWorld();
    for (let round = 1; round < 20; round++) {
      world.tick = round * PICKUP_INTERVAL_TICKS;
      replenishPickups(world);
      expect(pickups.size).toBe(Math.min(round, PICKUP_LIMIT));
    }
  });
});
