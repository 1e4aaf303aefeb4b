import type { Controls, Point, RockBody, ShipBody, ShotBody } from './bodies.ts';
import { sweeps, touches } from './collide.ts';
import { replenishPickups, takePickup } from './pickup.ts';
import { breakRock, driftRock, replenishRocks } from './rock.ts';
import {
  CRASH_SHIELD_TICKS,
  PICKUP_RADIUS,
  RESPAWN_TICKS,
  ROCK_DAMAGE,
  ROCK_RADII,
  SCORE_KILL,
  SCORE_ROCK,
  SHIP_RADIUS,
  SHOT_DAMAGE,
  SHOT_LIFE_TICKS,
  SHOT_RADIUS,
} from './rules.ts';
import { addScore } from './score.ts';
import { stepShip } from './ship.ts';
import { flyShot, launchShot, shotId, shotOwner } from './shot.ts';
import { spawnShip } from './spawn.ts';
import type { Flight, Sight, World } from './world.ts';

/**
 * Nothing moves farther than this in the longest lag (250 ms at about 410 units a second): a target that is farther
 * away now was not near then either, and need not be looked for in the past.
 */
const LAG_REACH = 120;

/**
 * One step of one ship of the world: called once for each input of its pilot, before {@link stepWorld}.
 * `inputSequence` is the input's number and names the shot; `lagMs` is how old the pilot's picture was when he made it.
 */
export function flyShip(
  world: World,
  id: string,
  ship: ShipBody,
  input: Controls,
  inputSequence: number,
  lagMs: number,
): void {
  if (!stepShip(ship, input) || !world.armed) return;
  const { shots } = world.tables;
  // After a reconnect a client counts from 1 again: the shot of the old count may still fly.
  let shot = shotId(id, inputSequence);
  while (shots.has(shot)) shot += "'";
  const body = launchShot(ship, world.make.shot());
  shots.set(shot, body);
  world.flights.set(shot, { ageTicks: 0, lagMs });
}

/**
 * One tick of everything but the ships' own motion: rocks, shots and what they hit, crashes, pickups, respawns.
 * `sight` says where a target was in the past, for shots whose gunner saw it late.
 * Hot: once a tick; shots x (ships + rocks) tests.
 */
export function stepWorld(world: World, sight: Sight): void {
  const { tables, ships, shots, rocks } = world;
  world.tick += 1;
  ships.fill(tables.ships);
  shots.fill(tables.shots);
  rocks.fill(tables.rocks);
  for (let i = 0; i < rocks.length; i++) driftRock(rocks.bodies[i]!);
  for (let i = 0; i < shots.length; i++) stepShot(world, sight, shots.ids[i]!, shots.bodies[i]!);
  world.pickups.fill(tables.pickups);
  for (let i = 0; i < ships.length; i++) settleShip(world, ships.bodies[i]!);
  replenishRocks(world);
  replenishPickups(world);
}

function stepShot(world: World, sight: Sight, id: string, shot: ShotBody): void {
  const flight = flightOf(world, id);
  flight.ageTicks += 1;
  // In the tick it was fired a shot is at the muzzle, as its gunner's page shows it.
  if (flight.ageTicks === 1) return;
  const fromX = shot.x;
  const fromY = shot.y;
  const inside = flyShot(shot);
  const spent =
    hitShip(world, sight, id, shot, fromX, fromY, flight.lagMs) ||
    hitRock(world, sight, id, shot, fromX, fromY, flight.lagMs);
  if (spent || !inside || flight.ageTicks > SHOT_LIFE_TICKS) {
    world.tables.shots.delete(id);
    world.flights.delete(id);
  }
}

function flightOf(world: World, id: string): Flight {
  let flight = world.flights.get(id);
  if (flight === undefined) {
    flight = { ageTicks: 1, lagMs: 0 };
    world.flights.set(id, flight);
  }
  return flight;
}

const seen: Point = { x: 0, y: 0 };

/** Whether the shot's way of this tick, beginning at (fromX, fromY), met `target` as it was `lagMs` ago. */
function meets(
  sight: Sight,
  shot: ShotBody,
  fromX: number,
  fromY: number,
  target: Point,
  radius: number,
  lagMs: number,
): boolean {
  const reach = radius + SHOT_RADIUS;
  if (lagMs <= 0) return sweeps(fromX, fromY, shot.x, shot.y, target, reach);
  if (!sweeps(fromX, fromY, shot.x, shot.y, target, reach + LAG_REACH)) return false;
  sight(target, lagMs, seen);
  return sweeps(fromX, fromY, shot.x, shot.y, seen, reach);
}

function hitShip(
  world: World,
  sight: Sight,
  id: string,
  shot: ShotBody,
  fromX: number,
  fromY: number,
  lagMs: number,
): boolean {
  const { ids, bodies } = world.ships;
  const owner = shotOwner(id);
  for (let i = 0; i < bodies.length; i++) {
    const ship = bodies[i]!;
    if (ship.respawnIn > 0 || ids[i] === owner) continue;
    if (!meets(sight, shot, fromX, fromY, ship, SHIP_RADIUS, lagMs)) continue;
    if (damageShip(ship, SHOT_DAMAGE)) {
      const gunner = world.tables.ships.get(owner);
      if (gunner !== undefined) addScore(gunner, SCORE_KILL);
    }
    return true;
  }
  return false;
}

function hitRock(
  world: World,
  sight: Sight,
  id: string,
  shot: ShotBody,
  fromX: number,
  fromY: number,
  lagMs: number,
): boolean {
  const { ids, bodies } = world.rocks;
  for (let i = 0; i < bodies.length; i++) {
    const rock = bodies[i]!;
    if (!meets(sight, shot, fromX, fromY, rock, rock.radius, lagMs)) continue;
    if (!world.tables.rocks.has(ids[i]!)) continue; // broken earlier in this tick
    breakRock(world, ids[i]!, rock);
    const gunner = world.tables.ships.get(shotOwner(id));
    if (gunner !== undefined) addScore(gunner, SCORE_ROCK);
    return true;
  }
  return false;
}

/** @returns whether that wrecked it */
function damageShip(ship: ShipBody, damage: number): boolean {
  if (ship.shield > 0) return false;
  ship.hull = Math.max(ship.hull - damage, 0);
  if (ship.hull > 0) return false;
  ship.respawnIn = RESPAWN_TICKS;
  ship.thrusting = false;
  return true;
}

/** Respawn, crashes, pickups and the shield of one ship. */
function settleShip(world: World, ship: ShipBody): void {
  if (ship.respawnIn > 1) return;
  if (ship.respawnIn === 1) {
    spawnShip(world, ship);
    return;
  }
  if (ship.shield > 0) ship.shield -= 1;
  crashShip(world, ship);
  if (ship.respawnIn > 0) return;
  const { ids, bodies } = world.pickups;
  for (let i = 0; i < bodies.length; i++) {
    if (!touches(ship, bodies[i]!, SHIP_RADIUS + PICKUP_RADIUS)) continue;
    if (world.tables.pickups.delete(ids[i]!)) takePickup(ship, bodies[i]!);
  }
}

/** A ship that flies into a rock breaks it, and is hurt unless a shield is up. Nothing is pushed: see `stepShip`. */
function crashShip(world: World, ship: ShipBody): void {
  const { ids, bodies } = world.rocks;
  for (let i = 0; i < bodies.length; i++) {
    const rock: RockBody = bodies[i]!;
    if (!touches(ship, rock, SHIP_RADIUS + rock.radius) || !world.tables.rocks.has(ids[i]!)) continue;
    breakRock(world, ids[i]!, rock);
    addScore(ship, SCORE_ROCK);
    if (damageShip(ship, ROCK_DAMAGE[ROCK_RADII.indexOf(rock.radius)] ?? 0)) return;
    if (ship.shield < CRASH_SHIELD_TICKS) ship.shield = CRASH_SHIELD_TICKS;
  }
}
