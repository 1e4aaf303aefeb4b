import { spawnShip } from '../../shared/arena/spawn.ts';
import { type ArenaState, Ship } from '../../shared/arena/state.ts';
import type { World } from '../../shared/arena/world.ts';
import { pilotColor } from './pilot-color.ts';

export interface Pilot {
  bot: boolean;
  name: string;
  /** As the client asked for it. */
  color?: unknown;
}

/** Puts a new ship with no points into the arena, away from the others. */
export function addShip(world: World, state: ArenaState, id: string, pilot: Pilot): Ship {
  const ship = new Ship();
  ship.name = pilot.name;
  ship.bot = pilot.bot;
  ship.color = pilotColor(
    pilot.color,
    [...state.ships.values()].map((other) => other.color),
  );
  ship.score = 0;
  spawnShip(world, ship);
  state.ships.set(id, ship);
  return ship;
}
