import type { PickupBody, Point, RockBody, ShipBody, ShotBody, Tables } from './bodies.ts';
import { Random } from './random.ts';
import { Roster } from './roster.ts';
import { ROCK_COUNT } from './rules.ts';

/** Makes empty bodies that the tables take: Schema instances on a server, plain objects in a test. */
export interface Makers {
  shot(): ShotBody;
  rock(): RockBody;
  pickup(): PickupBody;
}

/** What the rules know of a shot that nobody needs to be sent. */
export interface Flight {
  /** Ticks since it was fired. */
  ageTicks: number;
  /** How far in the past its gunner saw his targets when he fired, milliseconds. */
  lagMs: number;
}

/** Writes to `out` where `target` was `lagMs` milliseconds ago. */
export type Sight = (target: Point, lagMs: number, out: Point) => void;

/** An arena in play: the state that everyone sees, and the little beside it that the rules keep for themselves. */
export class World {
  /** Exchanged as a whole when a room takes over another state. */
  tables: Tables;
  readonly make: Makers;
  readonly random: Random;
  /** Ticks since the start. */
  tick = 0;
  /** Number of the next rock or pickup; ids are never used twice. */
  nextId = 1;
  /** Fewer rocks than these, and a large one drifts in. In a world of none there are no pickups either. */
  rockCount = ROCK_COUNT;
  /** Whether ships can fire. */
  armed = true;
  /** By the shot's id. A shot without one (its room was taken over) is taken for a new one. */
  readonly flights = new Map<string, Flight>();

  /** Of this tick; see `stepWorld`. */
  readonly ships = new Roster<ShipBody>();
  readonly shots = new Roster<ShotBody>();
  readonly rocks = new Roster<RockBody>();
  readonly pickups = new Roster<PickupBody>();

  constructor(tables: Tables, make: Makers, seed: number) {
    this.tables = tables;
    this.make = make;
    this.random = new Random(seed);
  }

  newId(kind: 'rock' | 'pickup'): string {
    return `${kind}-${this.nextId++}`;
  }
}
