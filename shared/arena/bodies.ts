/**
 * The shapes that the rules work on. The Schema classes of state.ts have them, and so do plain objects: the rules run
 * on either and give the same numbers.
 */
export interface Point {
  x: number;
  y: number;
}

export interface Moving extends Point {
  vx: number;
  vy: number;
}

/** The part of a ship that its own step reads and writes: what a client predicts. */
export interface ShipMotion extends Moving {
  heading: number;
  thrusting: boolean;
  cooldown: number;
  respawnIn: number;
}

export interface ShipBody extends ShipMotion {
  hull: number;
  shield: number;
  score: number;
}

export type ShotBody = Moving;

export interface RockBody extends Moving {
  angle: number;
  radius: number;
  shape: number;
}

export interface PickupBody extends Point {
  kind: number;
}

/** What a pilot holds down during one tick; ArenaInput has this shape. */
export interface Controls {
  turn: number;
  thrust: boolean;
  fire: boolean;
}

/** Bodies by id, in the order in which they were added: a Map or a MapSchema. */
export interface Table<T> {
  readonly size: number;
  get(id: string): T | undefined;
  has(id: string): boolean;
  set(id: string, body: T): unknown;
  delete(id: string): boolean;
  forEach(visit: (body: T, id: string) => void): void;
}

/** ArenaState has this shape. */
export interface Tables {
  readonly ships: Table<ShipBody>;
  readonly shots: Table<ShotBody>;
  readonly rocks: Table<RockBody>;
  readonly pickups: Table<PickupBody>;
}
