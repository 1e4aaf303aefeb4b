import { describe, expect, it } from '@jest/globals';
import type { Controls } from '../../shared/arena/bodies.ts';
import { plainRock, plainShip, plainWorld } from '../../shared/arena/plain-world.ts';
import { Random } from '../../shared/arena/random.ts';
import { scatterRocks } from '../../shared/arena/rock.ts';
import { SHIP_RADIUS, WORLD_HEIGHT, WORLD_WIDTH } from '../../shared/arena/rules.ts';
import { spawnShip } from '../../shared/arena/spawn.ts';
import { flyShip, stepWorld } from '../../shared/arena/step.ts';
import type { World } from '../../shared/arena/world.ts';
import { type BotMind, flyBot, newBotMind } from './bots.ts';

function look(world: World): World {
  world.ships.fill(world.tables.ships);
  world.rocks.fill(world.tables.rocks);
  world.pickups.fill(world.tables.pickups);
  return world;
}

/** What a bot in `ship` does first in a world set up by `arrange`. */
function firstMove(arrange: (arena: ReturnType<typeof plainWorld>) => void, ship = plainShip()): Controls {
  const arena = plainWorld();
  arena.ships.set('me', ship);
  arrange(arena);
  const controls = { turn: 0, thrust: false, fire: false };
  flyBot('me', look(arena.world), { ...newBotMind(), thinkIn: 5, prey: 'prey', fires: true }, new Random(1), controls);
  return controls;
}

describe('a bot', () => {
  it('turns towards its prey, the short way', () => {
    expect(firstMove((arena) => arena.ships.set('prey', plainShip({ y: 1200 }))).turn).toBe(1);
    expect(firstMove((arena) => arena.ships.set('prey', plainShip({ y: 400 }))).turn).toBe(-1);
  });

  it('fires when the nose points at it, and at no other time', () => {
    expect(firstMove((arena) => arena.ships.set('prey', plainShip({ x: 1500 }))).fire).toBe(true);
    expect(firstMove((arena) => arena.ships.set('prey', plainShip({ x: 900 }))).fire).toBe(false);
    expect(firstMove((arena) => arena.ships.set('prey', plainShip({ x: 1500, shield: 60 }))).fire).toBe(false);
  });

  it('leads a moving prey', () => {
    expect(firstMove((arena) => arena.ships.set('prey', plainShip({ x: 1500, vy: 300 }))).turn).toBe(1);
  });

  it('turns away from a rock ahead of it', () => {
    const controls = firstMove((arena) => arena.rocks.set('r', plainRock({ x: 1350, y: 805 })), plainShip({ vx: 200 }));
    expect(controls.turn).not.toBe(0);
  });

  it('fetches a repair when it needs one', () => {
    const arrange = (arena: ReturnType<typeof plainWorld>) => arena.pickups.set('p', { kind: 0, x: 1400, y: 800 });
    expect(firstMove(arrange, plainShip({ hull: 40 })).thrust).toBe(true);
  });

  it('rests while it is a wreck', () => {
    const controls = firstMove(
      (arena) => arena.ships.set('prey', plainShip({ x: 1500 })),
      plainShip({ respawnIn: 50 }),
    );
    expect(controls).toEqual({ turn: 0, thrust: false, fire: false });
  });
});

describe('bots among themselves, three minutes', () => {
  function tournament(seed: number) {
    const { world, ships } = plainWorld(seed);
    const random = new Random(seed + 1);
    const minds = new Map<string, BotMind>();
    scatterRocks(world);
    for (let i = 0; i < 7; i++) {
      const ship = plainShip();
      spawnShip(world, ship);
      ships.set(`bot-${i}`, ship);
      minds.set(`bot-${i}`, newBotMind());
    }
    const controls = { turn: 0, thrust: false, fire: false };
    const strayed: string[] = [];
    let wrecks = 0;
    for (let tick = 0; tick < 10_800; tick++) {
      look(world);
      for (const [id, ship] of ships) {
        const flew = ship.respawnIn;
        flyBot(id, world, minds.get(id)!, random, controls);
        flyShip(world, id, ship, controls, tick, 0);
        const inside =
          ship.x >= SHIP_RADIUS &&
          ship.x <= WORLD_WIDTH - SHIP_RADIUS &&
          ship.y >= SHIP_RADIUS &&
          ship.y <= WORLD_HEIGHT - SHIP_RADIUS;
        if (!inside) strayed.push(`${id} at tick ${tick}: ${ship.x}, ${ship.y}`);
        if (flew === 119) wrecks++;
      }
      stepWorld(world, () => {});
    }
    const scores = [...ships.values()].map((ship) => ship.score);
    return { strayed, wrecks, scores };
  }

  it('fight, all of them, stay inside, and do not crash all the time', () => {
    const { strayed, wrecks, scores } = tournament(11);
    expect(strayed).toEqual([]);
    expect(wrecks).toBeGreaterThan(30);
    expect(wrecks).toBeLessThan(200);
    for (const score of scores) expect(score).toBeGreaterThan(20);
  });

  it('are the same bots for the same seed', () => {
    expect(tournament(4)).toEqual(tournament(4));
  });
});
