import { describe, expect, it } from '@jest/globals';
import type { Controls } from './bodies.ts';
import { plainRock, plainShip, plainWorld } from './plain-world.ts';
import { Random } from './random.ts';
import { scatterRocks } from './rock.ts';
import {
  CRASH_SHIELD_TICKS,
  PICKUP_POINTS,
  RESPAWN_TICKS,
  ROCK_DAMAGE,
  SCORE_KILL,
  SCORE_PICKUP,
  SCORE_ROCK,
  SHOT_DAMAGE,
  SHOT_LIFE_TICKS,
} from './rules.ts';
import { spawnShip } from './spawn.ts';
import { ArenaState, Pickup, Rock, Ship, Shot } from './state.ts';
import { flyShip, stepWorld } from './step.ts';
import { type Sight, World } from './world.ts';

const IDLE: Controls = { turn: 0, thrust: false, fire: false };
const FIRE: Controls = { ...IDLE, fire: true };
const noSight: Sight = () => {
  throw new Error('nobody looks into the past here');
};

/** Ships that steer at random, for `ticks`; the whole state at the end, as text. */
function play(world: World, newShip: () => ReturnType<typeof plainShip>, inputSeed: number, ticks: number): string {
  const inputs = new Random(inputSeed);
  scatterRocks(world);
  for (let i = 0; i < 8; i++) {
    const ship = newShip();
    spawnShip(world, ship);
    world.tables.ships.set(`ship-${i}`, ship);
  }
  for (let tick = 0; tick < ticks; tick++) {
    world.tables.ships.forEach((ship, id) => {
      const input = { turn: inputs.between(-1, 1), thrust: inputs.below(3) > 0, fire: inputs.below(2) > 0 };
      flyShip(world, id, ship, input, tick, 0);
    });
    stepWorld(world, noSight);
  }
  return snapshot(world);
}

function snapshot(world: World): string {
  const rows: unknown[] = [world.random.state, world.tick];
  world.tables.ships.forEach((s, id) =>
    rows.push([id, s.x, s.y, s.vx, s.vy, s.heading, s.thrusting, s.hull, s.cooldown, s.shield, s.respawnIn, s.score]),
  );
  world.tables.shots.forEach((s, id) => rows.push([id, s.x, s.y, s.vx, s.vy]));
  world.tables.rocks.forEach((r, id) => rows.push([id, r.x, r.y, r.vx, r.vy, r.angle, r.radius, r.shape]));
  world.tables.pickups.forEach((p, id) => rows.push([id, p.kind, p.x, p.y]));
  return JSON.stringify(rows);
}

function schemaWorld(seed: number): World {
  return new World(
    new ArenaState(),
    { shot: () => new Shot(), rock: () => new Rock(), pickup: () => new Pickup() },
    seed,
  );
}

describe('the world step', () => {
  it('gives the same game for the same seed and inputs', () => {
    const once = play(plainWorld(3).world, plainShip, 4, 1500);
    expect(play(plainWorld(3).world, plainShip, 4, 1500)).toBe(once);
    expect(play(plainWorld(5).world, plainShip, 4, 1500)).not.toBe(once);
  });

  it('gives the same game on Schema instances as on plain objects', () => {
    const newShip = () => Object.assign(new Ship(), { score: 0 });
    expect(play(schemaWorld(3), newShip, 4, 1500)).toBe(play(plainWorld(3).world, plainShip, 4, 1500));
  });

  it('makes only numbers that float32 carries', () => {
    const { world, ships, shots, rocks } = plainWorld(8);
    play(world, plainShip, 9, 900);
    for (const table of [ships, shots, rocks]) {
      for (const body of table.values()) {
        for (const value of [body.x, body.y, body.vx, body.vy]) expect(Object.is(Math.fround(value), value)).toBe(true);
      }
    }
  });
});

describe('shots', () => {
  it('are at the muzzle in their first tick, and are named after the input', () => {
    const { world, ships, shots } = plainWorld();
    ships.set('a', plainShip());
    flyShip(world, 'a', ships.get('a')!, FIRE, 17, 0);
    stepWorld(world, noSight);
    expect([...shots]).toEqual([['a:17', { x: 1216, y: 800, vx: 780, vy: 0 }]]);
  });

  it('live as long as they should, and leave nothing behind', () => {
    const { world, ships, shots } = plainWorld();
    ships.set('a', plainShip({ x: 100 }));
    flyShip(world, 'a', ships.get('a')!, FIRE, 1, 0);
    let ticks = 0;
    do stepWorld(world, noSight);
    while (shots.size > 0 && ticks++ < 200);
    expect(ticks).toBe(SHOT_LIFE_TICKS);
    expect(world.flights.size).toBe(0);
  });

  it('do not take the place of one with the same name', () => {
    const { world, ships, shots } = plainWorld();
    const ship = plainShip();
    ships.set('a', ship);
    flyShip(world, 'a', ship, FIRE, 1, 0);
    ship.cooldown = 0;
    flyShip(world, 'a', ship, FIRE, 1, 0);
    expect([...shots.keys()]).toEqual(['a:1', "a:1'"]);
  });

  it('that nothing is known of (the room was taken over) fly on', () => {
    const { world, shots } = plainWorld();
    shots.set('x:1', { x: 600, y: 600, vx: 60, vy: 0 });
    stepWorld(world, noSight);
    expect(shots.get('x:1')!.x).toBe(601);
  });

  it('hurt a ship, wreck it, and pay the gunner', () => {
    const { world, ships } = plainWorld();
    const gunner = plainShip({ x: 400 });
    const target = plainShip({ x: 600, hull: 2 * SHOT_DAMAGE });
    ships.set('gunner', gunner).set('target', target);
    const hulls = new Set<number>();
    for (let tick = 0; tick < 60 && target.respawnIn === 0; tick++) {
      flyShip(world, 'gunner', gunner, FIRE, tick, 0);
      flyShip(world, 'target', target, { ...IDLE, thrust: tick === 0 }, tick, 0);
      stepWorld(world, noSight);
      hulls.add(target.hull);
    }
    expect([...hulls]).toEqual([40, 20, 0]);
    expect(target).toMatchObject({ respawnIn: RESPAWN_TICKS, thrusting: false, score: 0 });
    expect(gunner.score).toBe(SCORE_KILL);
  });

  it('pass their own ship and wrecks, and are stopped by a shield', () => {
    const { world, ships, shots } = plainWorld();
    ships.set('a', plainShip({ x: 400 }));
    ships.set('wreck', plainShip({ x: 450, respawnIn: 100, hull: 0 }));
    ships.set('safe', plainShip({ x: 600, shield: 200 }));
    flyShip(world, 'a', ships.get('a')!, FIRE, 1, 0);
    for (let tick = 0; tick < 30; tick++) stepWorld(world, noSight);
    expect(ships.get('safe')!.hull).toBe(100);
    expect(shots.size).toBe(0);
  });

  it('break rocks for a point', () => {
    const { world, ships, rocks } = plainWorld();
    ships.set('a', plainShip({ x: 400 }));
    rocks.set('r', plainRock({ x: 600, y: 800, radius: 18 }));
    flyShip(world, 'a', ships.get('a')!, FIRE, 1, 0);
    for (let tick = 0; tick < 30; tick++) stepWorld(world, noSight);
    expect(rocks.has('r')).toBe(false);
    expect(ships.get('a')!.score).toBe(SCORE_ROCK);
  });
});

describe('lag compensation', () => {
  /** The target flies upwards through the line of fire; the gunner sees it 100 ms late, 40 units lower. */
  function duel(lagMs: number, aimAtPast: boolean): number {
    const { world, ships } = plainWorld();
    const gunner = plainShip({ x: 400, y: aimAtPast ? 840 : 800 });
    const target = plainShip({ x: 500, y: 800 });
    ships.set('gunner', gunner).set('target', target);
    const sight: Sight = (body, lag, out) => {
      out.x = body.x;
      out.y = body.y + 0.4 * lag;
    };
    flyShip(world, 'gunner', gunner, FIRE, 1, lagMs);
    for (let tick = 0; tick < 12; tick++) stepWorld(world, sight);
    return target.hull;
  }

  it('hits what the gunner saw', () => expect(duel(100, true)).toBe(80));
  it('misses where the target is, if the gunner saw it elsewhere', () => expect(duel(100, false)).toBe(100));
  it('is not for those who see the present', () => {
    expect(duel(0, false)).toBe(80);
    expect(duel(0, true)).toBe(100);
  });
});

describe('ships', () => {
  it('break a rock they fly into, are hurt once, and get a moment of grace', () => {
    const { world, ships, rocks } = plainWorld();
    const ship = plainShip();
    ships.set('a', ship);
    rocks.set('r', plainRock({ x: 1230, y: 800 }));
    for (let tick = 0; tick < 3; tick++) stepWorld(world, noSight);
    expect(ship.hull).toBe(100 - ROCK_DAMAGE[0]!);
    expect(ship.shield).toBeGreaterThan(CRASH_SHIELD_TICKS - 3);
    expect(rocks.has('r')).toBe(false);
  });

  it('respawn whole, shielded and elsewhere, after the time of a wreck', () => {
    const { world, ships } = plainWorld();
    const ship = plainShip({ hull: 0, respawnIn: RESPAWN_TICKS });
    ships.set('a', ship);
    let ticks = 0;
    while (ship.respawnIn > 0 && ticks < 500) {
      flyShip(world, 'a', ship, FIRE, 1, 0);
      stepWorld(world, noSight);
      ticks++;
    }
    expect(ticks).toBe(RESPAWN_TICKS - 1);
    expect(ship.hull).toBe(100);
    expect(ship.shield).toBeGreaterThan(80);
    expect([ship.x, ship.y]).not.toEqual([1200, 800]);
  });

  it('lose their shield tick by tick', () => {
    const { world, ships } = plainWorld();
    ships.set('a', plainShip({ shield: 3 }));
    for (let tick = 0; tick < 5; tick++) stepWorld(world, noSight);
    expect(ships.get('a')!.shield).toBe(0);
  });

  it('take a pickup, one of them, once', () => {
    const { world, ships, pickups } = plainWorld();
    ships.set('a', plainShip()).set('b', plainShip());
    pickups.set('p', { kind: PICKUP_POINTS, x: 1215, y: 800 });
    stepWorld(world, noSight);
    expect([ships.get('a')!.score, ships.get('b')!.score]).toEqual([SCORE_PICKUP, 0]);
    expect(pickups.size).toBe(0);
  });
});
