import type { PickupBody, RockBody, ShipBody, ShotBody } from './bodies.ts';
import { World } from './world.ts';

/** A ship of plain numbers, at rest in the middle, nose along +x. */
export function plainShip(over: Partial<ShipBody> = {}): ShipBody {
  return {
    x: 1200,
    y: 800,
    vx: 0,
    vy: 0,
    heading: 0,
    thrusting: false,
    cooldown: 0,
    respawnIn: 0,
    hull: 100,
    shield: 0,
    score: 0,
    ...over,
  };
}

export function plainRock(over: Partial<RockBody> = {}): RockBody {
  return { x: 300, y: 300, vx: 0, vy: 0, angle: 0, radius: 48, shape: 0, ...over };
}

/** An empty world without Schema, for tests and for looking at the rules: Maps of plain objects. */
export function plainWorld(seed = 1) {
  const tables = {
    ships: new Map<string, ShipBody>(),
    shots: new Map<string, ShotBody>(),
    rocks: new Map<string, RockBody>(),
    pickups: new Map<string, PickupBody>(),
  };
  const makers = {
    shot: () => ({ x: 0, y: 0, vx: 0, vy: 0 }),
    rock: () => plainRock(),
    pickup: () => ({ kind: 0, x: 0, y: 0 }),
  };
  return { world: new World(tables, makers, seed), ...tables };
}
