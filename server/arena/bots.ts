import type { Controls, Moving, PickupBody, Point, RockBody, ShipBody } from '../../shared/arena/bodies.ts';
import type { Random } from '../../shared/arena/random.ts';
import {
  HULL_FULL,
  PICKUP_REPAIR,
  SHIP_RADIUS,
  SHOT_SPEED,
  WORLD_HEIGHT,
  WORLD_WIDTH,
} from '../../shared/arena/rules.ts';
import { cosine, sine } from '../../shared/arena/trig.ts';
import type { Roster } from '../../shared/arena/roster.ts';

/** Everything a bot goes by; the same that a player sees. */
export interface BotView {
  readonly ships: Roster<ShipBody>;
  readonly rocks: Roster<RockBody>;
  readonly pickups: Roster<PickupBody>;
}

/** What a bot keeps in mind from one tick to the next. */
export interface BotMind {
  /** Ticks until it thinks again. */
  thinkIn: number;
  /** Id of the ship it hunts, or ''. */
  prey: string;
  /** Where it strolls to without one. */
  goalX: number;
  goalY: number;
  /** 1/4096 turns by which it aims wrong until it thinks again. */
  aimError: number;
  /** Whether its finger is on the trigger until it thinks again. */
  fires: boolean;
}

const SIGHT_UNITS = 750;
const FIRE_UNITS = 430;
/** Closer than this it stops thrusting at its prey. */
const KEEP_OFF_UNITS = 190;
const PICKUP_UNITS = 380;
/** It looks this far ahead for rocks, seconds. */
const LOOK_AHEAD_SECONDS = 0.9;
/** Ticks between two thoughts: a bot reacts no faster than a person. */
const THINK_TICKS_MIN = 18;
const THINK_TICKS_MAX = 40;
/** Largest aim error, 1/4096 turns (about 19 degrees). A perfect shot is no fun to meet. */
const AIM_ERROR = 220;
/** It turns only if the nose is off by more than about 2 degrees (as a sine). */
const TURN_SLACK = 0.035;
/** It fires if the nose is on target within about 5 degrees (as a sine). */
const FIRE_SLACK = 0.09;

export function newBotMind(): BotMind {
  return { thinkIn: 0, prey: '', goalX: WORLD_WIDTH / 2, goalY: WORLD_HEIGHT / 2, aimError: 0, fires: false };
}

/**
 * What a bot does in this tick, written to `controls`. It goes by `view`, its own `mind` (updated) and `random` alone.
 * First it keeps clear of rocks, then it fetches what it needs, then it hunts the nearest ship, else it strolls.
 * Hot: once a tick and bot.
 */
export function flyBot(id: string, view: BotView, mind: BotMind, random: Random, controls: Controls): void {
  controls.turn = 0;
  controls.thrust = false;
  controls.fire = false;
  const self = bodyOf(view.ships, id);
  if (self === undefined || self.respawnIn > 0) return;
  if (mind.thinkIn > 0) mind.thinkIn -= 1;
  else think(id, self, view, mind, random);

  if (avoidRock(self, view.rocks, controls)) return;
  const pickup = wantedPickup(self, view.pickups);
  if (pickup !== undefined) {
    steer(self, pickup.x - self.x, pickup.y - self.y, 0, controls);
    controls.thrust = ahead(self, pickup.x - self.x, pickup.y - self.y);
    return;
  }
  const prey = bodyOf(view.ships, mind.prey);
  if (prey !== undefined && prey.respawnIn === 0) hunt(self, prey, mind, controls);
  else stroll(self, mind, controls);
}

function bodyOf<T>(roster: Roster<T>, id: string): T | undefined {
  const index = roster.ids.indexOf(id);
  return index < 0 ? undefined : roster.bodies[index];
}

function think(id: string, self: ShipBody, view: BotView, mind: BotMind, random: Random): void {
  mind.thinkIn = random.between(THINK_TICKS_MIN, THINK_TICKS_MAX);
  mind.aimError = random.between(-AIM_ERROR, AIM_ERROR);
  mind.fires = random.below(5) < 2;
  mind.prey = nearestPrey(id, self, view.ships);
  if (mind.prey !== '') return;
  if (random.below(4) === 0 || distance2(self, mind.goalX, mind.goalY) < 200 * 200) {
    mind.goalX = random.between(200, WORLD_WIDTH - 200);
    mind.goalY = random.between(200, WORLD_HEIGHT - 200);
  }
}

function nearestPrey(id: string, self: ShipBody, ships: Roster<ShipBody>): string {
  let prey = '';
  let nearest2 = SIGHT_UNITS * SIGHT_UNITS;
  for (let i = 0; i < ships.length; i++) {
    const other = ships.bodies[i]!;
    if (ships.ids[i] === id || other.respawnIn > 0 || other.shield > 0) continue;
    const apart2 = distance2(self, other.x, other.y);
    if (apart2 >= nearest2) continue;
    nearest2 = apart2;
    prey = ships.ids[i]!;
  }
  return prey;
}

function wantedPickup(self: ShipBody, pickups: Roster<PickupBody>): PickupBody | undefined {
  let wanted: PickupBody | undefined;
  let nearest2 = PICKUP_UNITS * PICKUP_UNITS;
  for (let i = 0; i < pickups.length; i++) {
    const pickup = pickups.bodies[i]!;
    if (pickup.kind === PICKUP_REPAIR && self.hull === HULL_FULL) continue;
    const apart2 = distance2(self, pickup.x, pickup.y);
    if (apart2 >= nearest2) continue;
    nearest2 = apart2;
    wanted = pickup;
  }
  return wanted;
}

/** Turns away from, and thrusts past, the first rock that it would run into. @returns whether there is one */
function avoidRock(self: ShipBody, rocks: Roster<RockBody>, controls: Controls): boolean {
  let soonest = LOOK_AHEAD_SECONDS;
  let danger: RockBody | undefined;
  for (let i = 0; i < rocks.length; i++) {
    const rock = rocks.bodies[i]!;
    const seconds = secondsToNearest(self, rock);
    if (seconds >= soonest) continue;
    const apartX = rock.x - self.x + (rock.vx - self.vx) * seconds;
    const apartY = rock.y - self.y + (rock.vy - self.vy) * seconds;
    const reach = rock.radius + SHIP_RADIUS + 12;
    if (apartX * apartX + apartY * apartY > reach * reach) continue;
    soonest = seconds;
    danger = rock;
  }
  if (danger === undefined) return false;
  // Across the line to the rock, on the side to which the ship already moves past it.
  const toX = danger.x - self.x;
  const toY = danger.y - self.y;
  const side = toX * (self.vy - danger.vy) - toY * (self.vx - danger.vx) >= 0 ? 1 : -1;
  const awayX = -toY * side - toX * 0.3;
  const awayY = toX * side - toY * 0.3;
  steer(self, awayX, awayY, 0, controls);
  controls.thrust = ahead(self, awayX, awayY);
  // A rock right ahead can also be shot.
  controls.fire = Math.abs(sineTo(self, toX, toY, 0)) < 0.3 && ahead(self, toX, toY);
  return true;
}

/** When the two are nearest to each other, if both go on as they are; 0 if they part. */
function secondsToNearest(self: Moving, other: Moving): number {
  const vx = other.vx - self.vx;
  const vy = other.vy - self.vy;
  const speed2 = vx * vx + vy * vy;
  if (speed2 === 0) return 0;
  return Math.max(-((other.x - self.x) * vx + (other.y - self.y) * vy) / speed2, 0);
}

function hunt(self: ShipBody, prey: ShipBody, mind: BotMind, controls: Controls): void {
  const toX = prey.x - self.x;
  const toY = prey.y - self.y;
  const apart = Math.sqrt(toX * toX + toY * toY);
  // Where the prey will be when a shot gets there; a shot keeps the ship's own velocity.
  const flightSeconds = apart / SHOT_SPEED;
  const leadX = toX + (prey.vx - self.vx) * flightSeconds;
  const leadY = toY + (prey.vy - self.vy) * flightSeconds;
  const onTarget = steer(self, leadX, leadY, mind.aimError, controls);
  controls.fire = mind.fires && onTarget && apart < FIRE_UNITS && prey.shield === 0;
  controls.thrust = apart > KEEP_OFF_UNITS && ahead(self, leadX, leadY) && self.vx ** 2 + self.vy ** 2 < 300 * 300;
}

function stroll(self: ShipBody, mind: BotMind, controls: Controls): void {
  const toX = mind.goalX - self.x;
  const toY = mind.goalY - self.y;
  steer(self, toX, toY, 0, controls);
  controls.thrust = ahead(self, toX, toY) && self.vx ** 2 + self.vy ** 2 < 220 * 220;
}

/** Turns towards (x, y), seen from the ship, `aimError` off. @returns whether the nose points there */
function steer(self: ShipBody, x: number, y: number, aimError: number, controls: Controls): boolean {
  const off = sineTo(self, x, y, aimError);
  const inFront = ahead(self, x, y);
  if (!inFront || Math.abs(off) > TURN_SLACK) controls.turn = off > 0 ? 1 : -1;
  return inFront && Math.abs(off) < FIRE_SLACK;
}

/** Sine of the angle from the nose (moved by `aimError`) to (x, y): above 0 it lies clockwise on the screen. */
function sineTo(self: ShipBody, x: number, y: number, aimError: number): number {
  const length = Math.sqrt(x * x + y * y);
  if (length === 0) return 0;
  const nose = self.heading + aimError;
  return (cosine(nose) * y - sine(nose) * x) / length;
}

function ahead(self: ShipBody, x: number, y: number): boolean {
  return cosine(self.heading) * x + sine(self.heading) * y > 0;
}

function distance2(from: Point, x: number, y: number): number {
  return (from.x - x) ** 2 + (from.y - y) ** 2;
}
