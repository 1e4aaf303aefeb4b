import type { Controls } from '../../shared/arena/bodies.ts';
import { Random } from '../../shared/arena/random.ts';
import type { ArenaState } from '../../shared/arena/state.ts';
import { flyShip } from '../../shared/arena/step.ts';
import type { World } from '../../shared/arena/world.ts';
import { botsBeside } from './bot-count.ts';
import { type BotMind, flyBot, newBotMind } from './bots.ts';
import { addShip } from './new-ship.ts';

const NAMES = ['Vega', 'Rigel', 'Altair', 'Deneb', 'Mira', 'Sirius', 'Castor', 'Antares'];

/** The bots of one arena: how many there are, and who flies them. */
export class BotSquad {
  /** Bots so far; ids are not used twice. */
  joined = 0;

  #world: World;
  #random: Random;
  #minds = new Map<string, BotMind>();
  #controls: Controls = { turn: 0, thrust: false, fire: false };
  #size = 0;
  /** Whether there may be any: most arenas that are full have none, and need not be looked through for them. */
  #mayFly = true;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#random = new Random(seed);
  }

  /** What a lone visitor meets; see `botsBeside`. */
  get size(): number {
    return this.#size;
  }

  set size(size: number) {
    this.#size = size;
    this.#mayFly = true; // also where an arena was taken over, with bots in it that were not seated here
  }

  /** Makes the bots as many as there should be beside the people; those with the fewest points give way. */
  seat(state: ArenaState): void {
    this.#mayFly = true;
    const bots = [...state.ships].filter(([, ship]) => ship.bot);
    const wanted = botsBeside(state.ships.size - bots.length, this.size);
    bots.sort(([, a], [, b]) => b.score - a.score);
    for (const [id] of bots.splice(wanted)) {
      state.ships.delete(id);
      this.#minds.delete(id);
    }
    for (let count = bots.length; count < wanted; count++) {
      const number = this.joined++;
      addShip(this.#world, state, `bot-${number}`, { bot: true, name: NAMES[number % NAMES.length]! });
    }
  }

  /** One ship step for each bot. They go by what the last tick left, and shoot at the present: they saw no other. */
  fly(state: ArenaState): void {
    if (!this.#mayFly) return;
    this.#mayFly = false;
    const world = this.#world;
    world.ships.fill(state.ships);
    world.rocks.fill(state.rocks);
    world.pickups.fill(state.pickups);
    for (const [id, ship] of state.ships) {
      if (!ship.bot) continue;
      this.#mayFly = true;
      let mind = this.#minds.get(id);
      if (mind === undefined) this.#minds.set(id, (mind = newBotMind()));
      flyBot(id, world, mind, this.#random, this.#controls);
      flyShip(world, id, ship, this.#controls, world.tick, 0);
    }
  }
}
