import { schema, t } from '@colyseus/schema';

/**
 * What everyone in an arena sees. Positions are world units (about pixels at zoom 1), velocities units a second.
 *
 * Every moving number is a multiple of a power of two (see rules.ts) that float32 holds exactly: what the server
 * simulates with, what the wire carries and what a client predicts from are the same number, bit for bit.
 */
export const Ship = schema(
  {
    name: t.string(),
    /** Colour, as an index into the page's palette. */
    color: t.uint8(),
    bot: t.boolean(),
    x: t.float32(),
    y: t.float32(),
    vx: t.float32(),
    vy: t.float32(),
    /** Direction of the nose in 1/4096 turns; 0 is along +x, growing turns towards +y (clockwise on a screen). */
    heading: t.uint16(),
    thrusting: t.boolean(),
    /** 0 to 100; at 0 the ship is a wreck until it respawns. */
    hull: t.uint8(),
    /** Ticks until the gun may fire again. */
    cooldown: t.uint8(),
    /** Ticks for which the ship cannot be hurt (after a respawn). */
    shield: t.uint8(),
    /** Ticks until a wreck respawns; 0 while it flies. */
    respawnIn: t.uint8(),
    score: t.uint16(),
  },
  'Ship',
);
export type Ship = InstanceType<typeof Ship>;

export const Shot = schema(
  {
    /** Session id (or bot id) of the ship that fired: its key in `ships`. */
    owner: t.string(),
    x: t.float32(),
    y: t.float32(),
    vx: t.float32(),
    vy: t.float32(),
  },
  'Shot',
);
export type Shot = InstanceType<typeof Shot>;

export const Rock = schema(
  {
    x: t.float32(),
    y: t.float32(),
    vx: t.float32(),
    vy: t.float32(),
    /** 1/4096 turns, as a ship's heading. */
    angle: t.uint16(),
    radius: t.uint8(),
    /** Which outline the page draws. */
    shape: t.uint8(),
  },
  'Rock',
);
export type Rock = InstanceType<typeof Rock>;

export const Pickup = schema(
  {
    /** 0 repairs the hull, 1 is worth points, 2 loads a shield. */
    kind: t.uint8(),
    x: t.float32(),
    y: t.float32(),
  },
  'Pickup',
);
export type Pickup = InstanceType<typeof Pickup>;

export const ArenaState = schema(
  {
    ships: t.map(Ship),
    shots: t.map(Shot),
    rocks: t.map(Rock),
    pickups: t.map(Pickup),
  },
  'ArenaState',
);
export type ArenaState = InstanceType<typeof ArenaState>;
