import { schema, t } from '@colyseus/schema';
import { angle, fixed, flag, live, uint } from '../live/live.ts';
import {
  HEADING_UNITS,
  HULL_FULL,
  POSITION_QUANTUM,
  SCORE_MAX,
  VELOCITY_QUANTUM,
  WORLD_HEIGHT,
  WORLD_WIDTH,
} from './rules.ts';

/** Bodies drift in from a little outside of the world. */
const OUTSIDE = 400;
/** Nothing is faster: a shot is at most its own speed and its ship's. */
const TOP_SPEED = 2_000;
const MOST_TICKS = 255;

const x = () => fixed(POSITION_QUANTUM, { min: -OUTSIDE, max: WORLD_WIDTH + OUTSIDE });
const y = () => fixed(POSITION_QUANTUM, { min: -OUTSIDE, max: WORLD_HEIGHT + OUTSIDE });
const velocity = () => fixed(VELOCITY_QUANTUM, { min: -TOP_SPEED, max: TOP_SPEED });
/** 1/4096 turns; 0 is along +x, growing turns towards +y (clockwise on a screen). */
const heading = () => angle(HEADING_UNITS, HEADING_UNITS);
const ticks = () => uint(MOST_TICKS);

/**
 * What everyone in an arena sees. Positions are world units (about pixels at zoom 1), velocities units a second.
 *
 * Live fields hold what the wire carries (see rules.ts for the quanta): what the server simulates with, what a client has
 * and what it predicts from are the same number, bit for bit.
 */
export const Ship = live(
  {
    name: t.string(),
    /** Colour, as an index into the page's palette. */
    color: t.uint8(),
    bot: t.boolean(),
    x: x(),
    y: y(),
    vx: velocity(),
    vy: velocity(),
    /** Direction of the nose. */
    heading: heading(),
    thrusting: flag(),
    /** At 0 the ship is a wreck until it respawns. */
    hull: uint(HULL_FULL),
    /** Ticks until the gun may fire again. */
    cooldown: ticks(),
    /** Ticks for which the ship cannot be hurt (after a respawn). */
    shield: ticks(),
    /** Ticks until a wreck respawns; 0 while it flies. */
    respawnIn: ticks(),
    score: uint(SCORE_MAX),
  },
  'Ship',
);
export type Ship = InstanceType<typeof Ship>;

/** Its key in `shots` says whose it is: see `shotOwner`. */
export const Shot = live({ x: x(), y: y(), vx: velocity(), vy: velocity() }, 'Shot');
export type Shot = InstanceType<typeof Shot>;

export const Rock = live(
  {
    x: x(),
    y: y(),
    vx: velocity(),
    vy: velocity(),
    angle: heading(),
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
