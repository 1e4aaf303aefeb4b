import type { ShipBody } from './bodies.ts';
import { HEADING_UNITS, HULL_FULL, SPAWN_SHIELD_TICKS, WORLD_HEIGHT, WORLD_WIDTH } from './rules.ts';
import type { World } from './world.ts';

const CANDIDATES = 12;
const MARGIN = 150;

/**
 * A whole, shielded ship at rest, far from the others: of a dozen random places the one whose nearest ship or rock is
 * the farthest. Leaves score, name and colour alone.
 */
export function spawnShip(world: World, ship: ShipBody): void {
  let bestX = 0;
  let bestY = 0;
  let bestRoom = -1;
  for (let i = 0; i < CANDIDATES; i++) {
    const x = world.random.between(MARGIN, WORLD_WIDTH - MARGIN);
    const y = world.random.between(MARGIN, WORLD_HEIGHT - MARGIN);
    const room = roomAt(world, ship, x, y);
    if (room > bestRoom) {
      bestX = x;
      bestY = y;
      bestRoom = room;
    }
  }
  ship.x = bestX;
  ship.y = bestY;
  ship.vx = 0;
  ship.vy = 0;
  ship.heading = world.random.below(HEADING_UNITS);
  ship.thrusting = false;
  ship.hull = HULL_FULL;
  ship.cooldown = 0;
  ship.shield = SPAWN_SHIELD_TICKS;
  ship.respawnIn = 0;
}

/** Square of the distance to the nearest living ship, or rock (which counts as half as near). */
function roomAt(world: World, self: ShipBody, x: number, y: number): number {
  let room = Infinity;
  world.tables.ships.forEach((other) => {
    if (other === self || other.respawnIn > 0) return;
    room = Math.min(room, (other.x - x) ** 2 + (other.y - y) ** 2);
  });
  world.tables.rocks.forEach((rock) => {
    room = Math.min(room, 4 * ((rock.x - x) ** 2 + (rock.y - y) ** 2));
  });
  return room;
}
