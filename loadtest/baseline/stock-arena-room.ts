import { type Client, type Rewind, Room } from '@colyseus/core';
import { ArenaInput } from '../../shared/arena/input.ts';
import { rocksOption } from '../../shared/arena/rock-count.ts';
import { scatterRocks } from '../../shared/arena/rock.ts';
import { MAX_SHIPS, TICK_RATE_HZ } from '../../shared/arena/rules.ts';
import { spawnShip } from '../../shared/arena/spawn.ts';
import { flyShip, stepWorld } from '../../shared/arena/step.ts';
import { type Sight, World } from '../../shared/arena/world.ts';
import { makers, newShip, StockArenaState } from './stock-state.ts';

/** As in the arena of server/arena: how far back a gunner's picture may be. */
const MAX_LAG_MS = 250;
/** Of one client in one tick: all that wait, within reason. */
const MOST_INPUTS = 4;

/**
 * The arena as somebody makes it on Colyseus alone: the same rules, the same inputs, the same lag compensation, Schema's
 * state and Colyseus's own timers at 60 Hz.
 */
export class StockArenaRoom extends Room<{ state: StockArenaState; input: ArenaInput }> {
  /** What the game's steps took, of all rooms of the process. */
  static stepSeconds = 0;

  override maxClients = MAX_SHIPS;
  override patchRate = 1_000 / TICK_RATE_HZ;
  override state = new StockArenaState();
  override inputs = this.defineInput(ArenaInput, { sanitize: { turn: [-1, 1] } });

  #world = new World(this.state, makers, Math.floor(Math.random() * 2 ** 32));
  #rewind = this.#recordPast();

  override onCreate(options?: { rocks?: unknown; unarmed?: unknown }): void {
    this.#world.rockCount = rocksOption(options?.rocks);
    this.#world.armed = options?.unarmed !== true;
    scatterRocks(this.#world);
    this.setFixedTimestep(() => {
      const beganMs = performance.now();
      this.#tick();
      StockArenaRoom.stepSeconds += (performance.now() - beganMs) / 1_000;
    }, TICK_RATE_HZ);
  }

  override onJoin(client: Client, options?: { name?: unknown }): void {
    const ship = newShip();
    ship.name = String(options?.name ?? 'Pilot').slice(0, 16);
    ship.bot = false;
    ship.color = this.state.ships.size % 16;
    ship.score = 0;
    spawnShip(this.#world, ship);
    this.state.ships.set(client.sessionId, ship);
  }

  override onLeave(client: Client): void {
    this.state.ships.delete(client.sessionId);
  }

  #tick(): void {
    for (const [id, ship] of this.state.ships) {
      const inputs = this.inputs.get(id);
      for (let steps = 0; steps < MOST_INPUTS; steps++) {
        const input = inputs.next();
        if (input === undefined) break;
        flyShip(this.#world, id, ship, input, inputs.consumedCount, this.#lagMs(inputs.renderTime));
      }
    }
    stepWorld(this.#world, this.#sight);
  }

  #lagMs(renderTimeMs: number): number {
    if (!(renderTimeMs > 0)) return 0;
    return Math.min(Math.max(this.clock.elapsedTime - renderTimeMs, 0), MAX_LAG_MS);
  }

  readonly #sight: Sight = (target, lagMs, out) => {
    const then = this.#rewind.at(this.clock.elapsedTime - lagMs);
    out.x = then.value(target, 'x');
    out.y = then.value(target, 'y');
  };

  #recordPast(): Rewind {
    const rewind = this.allowRewindState({ maxRewindMs: MAX_LAG_MS });
    const fields: readonly ('x' | 'y')[] = ['x', 'y'];
    const { ships, rocks } = this.state;
    const none: never[] = [];
    rewind.attachAll({ values: () => (this.#world.armed ? ships.values() : none.values()) } as typeof ships, {
      fields,
    });
    rewind.attachAll({ values: () => (this.#world.armed ? rocks.values() : none.values()) } as typeof rocks, {
      fields,
    });
    return rewind;
  }
}
