import type { Random } from '../../../shared/arena/random.ts';
import { uniform } from './chance.ts';

/** Something on a plane that goes along, faster and slower, and bends its way to and fro. */
export interface Wanderer {
  x: number;
  y: number;
  /** Radians, 0 to 2π. */
  heading: number;
  speed: number;
  /** Radians a second. */
  turnRate: number;
  /** The one that it is turning its wheel to, and for how long yet, in seconds. */
  wantedTurnRate: number;
  decidesIn: number;
}

export interface Gait {
  /** Units a second, and a second squared. */
  topSpeed: number;
  acceleration: number;
  /** Radians a second. */
  topTurnRate: number;
  /** It keeps within this distance of the centre, more or less. */
  reach: number;
}

const TURN = 2 * Math.PI;

export function newWanderer(random: Random, { reach }: Gait): Wanderer {
  return {
    x: uniform(random, -reach, reach),
    y: uniform(random, -reach, reach),
    heading: uniform(random, 0, TURN),
    speed: 0,
    turnRate: 0,
    wantedTurnRate: 0,
    decidesIn: 0,
  };
}

/**
 * One step of wandering (after Reynolds 1999, "Steering Behaviors"): now and then it decides how to bend its way, and turns
 * its wheel to that within half a second or so.
 */
export function wander(self: Wanderer, gait: Gait, stepSeconds: number, random: Random): void {
  self.speed = Math.min(self.speed + gait.acceleration * stepSeconds, gait.topSpeed);
  self.decidesIn -= stepSeconds;
  if (self.decidesIn <= 0) {
    self.decidesIn = uniform(random, 0.5, 2);
    self.wantedTurnRate = uniform(random, -1, 1) * gait.topTurnRate;
  }
  if (Math.hypot(self.x, self.y) > gait.reach) self.wantedTurnRate = towardsCentre(self) * gait.topTurnRate;
  const most = 4 * gait.topTurnRate * stepSeconds;
  self.turnRate += Math.max(-most, Math.min(most, self.wantedTurnRate - self.turnRate));
  self.heading = (self.heading + self.turnRate * stepSeconds + TURN) % TURN;
  self.x += Math.cos(self.heading) * self.speed * stepSeconds;
  self.y += Math.sin(self.heading) * self.speed * stepSeconds;
}

/** -1 or 1: the way round to the centre. */
function towardsCentre({ x, y, heading }: Wanderer): number {
  return Math.cos(heading) * -y - Math.sin(heading) * -x > 0 ? 1 : -1;
}
