import { schema, t } from '@colyseus/schema';
import { WORLD_HEIGHT, WORLD_WIDTH } from '../../shared/arena/rules.ts';

/** As in shared/arena/state.ts. */
const OUTSIDE = 400;
const TOP_SPEED = 2_000;

/** 16 bits: half of what a float32 takes, at a twentieth of a unit. Finer would take 32. */
const x = () => t.quantized({ min: -OUTSIDE, max: WORLD_WIDTH + OUTSIDE, bits: 16 });
const y = () => t.quantized({ min: -OUTSIDE, max: WORLD_HEIGHT + OUTSIDE, bits: 16 });
const velocity = () => t.quantized({ min: -TOP_SPEED, max: TOP_SPEED, bits: 16 });

/** The arena's state with Schema's own types, each as small as Schema has it. */
const Ship = schema(
  {
    name: t.string(),
    color: t.uint8(),
    bot: t.boolean(),
    x: x(),
    y: y(),
    vx: velocity(),
    vy: velocity(),
    heading: t.uint16(),
    thrusting: t.boolean(),
    hull: t.uint8(),
    cooldown: t.uint8(),
    shield: t.uint8(),
    respawnIn: t.uint8(),
    score: t.uint16(),
  },
  'Ship',
);
const Shot = schema({ x: x(), y: y(), vx: velocity(), vy: velocity() }, 'Shot');
const Rock = schema(
  { x: x(), y: y(), vx: velocity(), vy: velocity(), angle: t.uint16(), radius: t.uint8(), shape: t.uint8() },
  'Rock',
);
const Pickup = schema({ kind: t.uint8(), x: t.float32(), y: t.float32() }, 'Pickup');

export const StockArenaState = schema(
  { ships: t.map(Ship), shots: t.map(Shot), rocks: t.map(Rock), pickups: t.map(Pickup) },
  'ArenaState',
);
export type StockArenaState = InstanceType<typeof StockArenaState>;
export type StockShip = InstanceType<typeof Ship>;

export const newShip = (): StockShip => new Ship();
export const makers = { shot: () => new Shot(), rock: () => new Rock(), pickup: () => new Pickup() };
