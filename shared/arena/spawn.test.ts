import { describe, expect, it } from '@jest/globals';
import { plainRock, plainShip, plainWorld } from './plain-world.ts';
import { SPAWN_SHIELD_TICKS } from './rules.ts';
import { spawnShip } from './spawn.ts';

describe('spawnShip', () => {
  it('finds a place away from ships and rocks', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { world, ships, rocks } = plainWorld(seed);
      for (let i = 0; i < 6; i++) ships.set(`${i}`, plainShip({ x: 300 + i * 150, y: 800 }));
      rocks.set('r', plainRock({ x: 1800, y: 400 }));
      const ship = plainShip();
      spawnShip(world, ship);
      for (const other of ships.values()) expect(Math.hypot(other.x - ship.x, other.y - ship.y)).toBeGreaterThan(250);
      expect(Math.hypot(1800 - ship.x, 400 - ship.y)).toBeGreaterThan(120);
    }
  });

  it('makes the ship whole and shielded, and keeps its score', () => {
    const { world } = plainWorld();
    const ship = plainShip({ hull: 0, respawnIn: 1, vx: 50, cooldown: 7, score: 12 });
    spawnShip(world, ship);
    expect(ship).toMatchObject({
      hull: 100,
      respawnIn: 0,
      vx: 0,
      vy: 0,
      cooldown: 0,
      score: 12,
      shield: SPAWN_SHIELD_TICKS,
    });
  });
});
