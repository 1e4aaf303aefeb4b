import type { InputAPI } from '@colyseus/core';
import type { Controls, Table } from '../../shared/arena/bodies.ts';
import type { ArenaInput } from '../../shared/arena/input.ts';
import type { Ship } from '../../shared/arena/state.ts';
import { flyShip } from '../../shared/arena/step.ts';
import type { World } from '../../shared/arena/world.ts';
import { InputPacer, STARVE_TICKS } from './input-pacer.ts';
import type { LagCompensation } from './lag-compensation.ts';

const IDLE: Controls = { turn: 0, thrust: false, fire: false };

/**
 * The people who fly: one ship step for each input that the pacer lets through; the person's own page has made the same steps.
 *
 * An object of its own and no part of the room: Colyseus's rooms are looked up like dictionaries by V8, since they get accessors
 * in the place of properties, and this is done once a tick and person.
 */
export class Pilots {
  readonly #world: World;
  readonly #lag: LagCompensation;
  readonly #inputs: InputAPI<ArenaInput>;
  readonly #pacers = new Map<string, InputPacer>();

  constructor(world: World, lag: LagCompensation, inputs: InputAPI<ArenaInput>) {
    this.#world = world;
    this.#lag = lag;
    this.#inputs = inputs;
  }

  /** Hot: once a tick. Nothing is allocated. */
  fly(ships: Table<Ship>): void {
    ships.forEach(this.#fly);
  }

  /** The server made no step for so many ticks, in which they did. */
  lose(ticks: number): void {
    for (const pacer of this.#pacers.values()) pacer.lose(ticks);
  }

  /** The room stood still, nobody knows for how long. They flew on. */
  stoodStill(ships: Table<Ship>): void {
    ships.forEach((ship, id) => {
      if (!ship.bot) this.#pacerOf(id).lose(STARVE_TICKS);
    });
  }

  leave(id: string): void {
    this.#pacers.delete(id);
  }

  #fly = (ship: Ship, id: string): void => {
    if (ship.bot) return;
    const inputs = this.#inputs.get(id);
    const pacer = this.#pacerOf(id);
    pacer.pace(inputs.size);
    if (pacer.drop > 0) inputs.take(pacer.drop);
    if (pacer.coasts) flyShip(this.#world, id, ship, IDLE, 0, 0);
    for (let i = 0; i < pacer.steps; i++) {
      const input = inputs.next();
      if (input === undefined) return;
      flyShip(this.#world, id, ship, input, inputs.consumedCount, this.#lag.lagMs(inputs.renderTime));
    }
  };

  #pacerOf(id: string): InputPacer {
    let pacer = this.#pacers.get(id);
    if (pacer === undefined) this.#pacers.set(id, (pacer = new InputPacer()));
    return pacer;
  }
}
