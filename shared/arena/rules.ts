/**
 * The numbers of the game. Distances are world units (about pixels at zoom 1), speeds units a second, times ticks.
 *
 * Every number a step writes survives its wire type exactly. Positions are multiples of {@link POSITION_QUANTUM} and
 * velocities of {@link VELOCITY_QUANTUM}, both far inside float32's 24 bits. One velocity quantum moves a body by
 * exactly one position quantum a tick, so a body that nobody pushes moves in a straight line to the last bit: a delta
 * codec that extrapolates it has nothing to add.
 */

/** Fixed simulation rate, of the server and of every predicting client. */
export const TICK_RATE_HZ = 60;

/** 1/128 of a unit: a power of two, so that sums of positions stay exact. */
export const POSITION_QUANTUM = 1 / 128;
/** Units a second (15/32). */
export const VELOCITY_QUANTUM = TICK_RATE_HZ * POSITION_QUANTUM;
/** Headings are integers, this many to a turn. */
export const HEADING_UNITS = 4096;

/** The world is 0..WORLD_WIDTH by 0..WORLD_HEIGHT; nothing leaves it. */
export const WORLD_WIDTH = 2400;
export const WORLD_HEIGHT = 1600;

/** Seats, and the most ships that an arena ever holds. */
export const MAX_SHIPS = 16;
/** Colours a ship can have: 0..COLOR_COUNT-1. */
export const COLOR_COUNT = 16;

export const SHIP_RADIUS = 16;
/** Speed gained in one tick of thrust, units a second; with {@link SHIP_DRAG} the top speed is about 390. */
export const SHIP_THRUST = 8;
/** What a tick leaves of a ship's speed. */
export const SHIP_DRAG = 251 / 256;
/** 1/4096 turns a tick: 0.64 turns a second. */
export const SHIP_TURN = 44;
/** What the border leaves of the speed with which a ship runs into it. */
export const BORDER_BOUNCE = 1 / 2;

export const HULL_FULL = 100;
/** Ticks from wreck to new ship (2 s). */
export const RESPAWN_TICKS = 120;
/** Ticks for which a new ship cannot be hurt (1.5 s). Longer than any rewind, so nobody is hit where he was before. */
export const SPAWN_SHIELD_TICKS = 90;
/** Ticks of grace after a crash, so that one crash is not also a crash into the pieces. */
export const CRASH_SHIELD_TICKS = 24;

export const SHOT_RADIUS = 4;
/** Speed of a shot as its gunner sees it; the ship's own velocity is added. */
export const SHOT_SPEED = 780;
/** Ticks a shot lives (1.1 s): a range of 858 units from a ship at rest. */
export const SHOT_LIFE_TICKS = 66;
/** Ticks between two shots of one gun (5 a second). */
export const SHOT_COOLDOWN_TICKS = 12;
export const SHOT_DAMAGE = 20;

/** Below this many rocks a new large one drifts in. */
export const ROCK_COUNT = 14;
/** At this many, a rock that breaks leaves no pieces. */
export const ROCK_LIMIT = 22;
/** Radii of a rock and of what it breaks into; the last leaves nothing, now and then a pickup. */
export const ROCK_RADII: readonly number[] = [48, 30, 18];
/** Damage of flying into a rock of {@link ROCK_RADII}. */
export const ROCK_DAMAGE: readonly number[] = [40, 30, 20];
/** Outlines the page draws. */
export const ROCK_SHAPES = 4;
/** Slowest and fastest drift of a large rock, in velocity quanta; pieces are up to twice as fast. */
export const ROCK_SPEED_MIN_QUANTA = 40;
export const ROCK_SPEED_MAX_QUANTA = 150;
/** Ticks between two rocks that drift in. */
export const ROCK_INTERVAL_TICKS = 90;

export const PICKUP_RADIUS = 14;
export const PICKUP_LIMIT = 5;
/** Ticks between two pickups that appear by themselves. */
export const PICKUP_INTERVAL_TICKS = 240;
/** One in so many broken small rocks leaves a pickup. */
export const PICKUP_IN_ROCKS = 4;
export const PICKUP_REPAIR = 0;
export const PICKUP_POINTS = 1;
export const PICKUP_SHIELD = 2;
export const PICKUP_KINDS = 3;
/** Hull that a repair gives back. */
export const REPAIR_HULL = 40;
/** Ticks of a shield that was picked up (4 s). */
export const SHIELD_TICKS = 240;

export const SCORE_KILL = 10;
export const SCORE_ROCK = 1;
export const SCORE_PICKUP = 5;
/** `score` is a uint16. */
export const SCORE_MAX = 65_535;
