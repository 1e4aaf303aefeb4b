import { type ArraySchema, type MapSchema, type Schema, schema, t } from '@colyseus/schema';
import { angle, fixed, flag, int, live, type Quaternion, quaternion, uint } from '../../shared/live/live.ts';
import type { Random } from './random.ts';

export interface Gun extends Schema {
  heat: number;
  ammo: number;
}

export interface Ship extends Schema {
  name: string;
  rotation: Quaternion;
  gun: Gun | undefined;
}

export interface Rock extends Schema {
  x: number;
  spin: number;
}

export interface Fleet extends Schema {
  name: string;
  ships: ArraySchema<Ship>;
  byName: MapSchema<Ship>;
}

export interface GameState extends Schema {
  tick: number;
  ships: MapSchema<Ship>;
  rocks: MapSchema<Rock>;
  list: ArraySchema<Ship>;
  fleets: MapSchema<Fleet>;
  hidden: MapSchema<Ship>;
  squads: MapSchema<Fleet>;
}

/** What an entity does from tick to tick, until it is told something else. */
export type Motion = (ship: Ship, tick: number) => void;

/** The classes of one game. What a ship's live fields are is another in each. */
export interface GameSchema {
  State: new () => GameState;
  Ship: new (parts: object) => Ship;
  /** Of a class derived from it, with more fields. */
  Boat: new (parts: object) => Ship;
  Gun: new (parts: object) => Gun;
  Rock: new (parts: object) => Rock;
  Fleet: new (parts: object) => Fleet;
  motions: readonly Motion[];
}

/** @param name of the classes, behind what they are */
export function randomSchema(random: Random, name: string): GameSchema {
  const numbers = Array.from({ length: 1 + random.below(5) }, (_, i) => `n${i}`);
  const flags = Array.from({ length: random.below(3) }, (_, i) => `f${i}`);
  const more = Array.from({ length: random.below(3) }, (_, i) => `m${i}`);
  const gun = { heat: fixed(0.1, { min: 0, max: 100 }), ammo: t.uint8() };
  const Gun = live(random.chance(0.8) ? gun : { ...gun, heat: t.number() }, `Gun${name}`);
  const parts = [
    ['name', t.string()],
    ['rotation', quaternion(random.pick([0.001, 0.0001, 0.01]))],
    ['gun', t.ref(Gun).optional()],
    ...numbers.map((field) => [field, randomNumber(random)] as const),
    ...flags.map((field) => [field, flag()] as const),
  ] as const;
  const Ship = live(Object.fromEntries(shuffled(random, parts)), `Ship${name}`);
  const Boat = Ship.extend(
    { sail: t.uint8().default(1), ...Object.fromEntries(more.map((field) => [field, randomNumber(random)])) },
    `Boat${name}`,
  );
  /** Nothing but live fields. */
  const Rock = live({ x: fixed(0.25), spin: angle(360, 360) }, `Rock${name}`);
  const Fleet = schema({ name: t.string(), ships: t.array(Ship), byName: t.map(Ship) }, `Fleet${name}`);
  const State = live(
    {
      tick: uint(2 ** 30),
      ships: t.map(Ship),
      rocks: t.map(Rock),
      list: t.array(Ship),
      fleets: t.map(Fleet),
      hidden: t.map(Ship).view(),
      squads: t.map(Fleet).view(),
    },
    `State${name}`,
  );
  const motions = [
    () => {},
    ...[...numbers, ...more].flatMap((field) => NUMBER_MOTIONS.map((next) => setting(field, next))),
    ...flags.flatMap((field) => FLAG_MOTIONS.map((next) => setting(field, next))),
    ...OTHER_MOTIONS,
  ];
  return { State, Ship, Boat, Gun, Rock, Fleet, motions } as unknown as GameSchema;
}

function randomNumber(random: Random) {
  return random.pick([
    () => fixed(random.pick([0.01, 0.25, 1, 1 / 3])),
    () => fixed(0.01, { min: -20, max: 20 }),
    () => int(-5, 1_000),
    () => uint(100).default(100),
    () => angle(64),
    () => angle(random.pick([5, 360, 4_096]), 360),
  ])();
}

function shuffled<T>(random: Random, from: readonly T[]): T[] {
  return from
    .map((each) => [random.next(), each] as const)
    .sort(([a], [b]) => a - b)
    .map(([, each]) => each);
}

const NUMBER_MOTIONS: readonly ((value: number, tick: number) => number)[] = [
  (value) => value + 0.3, // runs into its limit and stays there, or goes around
  (value) => value - 1.7,
  (value) => value + 3,
  (_, tick) => 20 * Math.sin(tick / 9),
  (_, tick) => (tick * 7919) % 137,
  (value, tick) => (tick % 8 === 0 ? -value : value),
];

const FLAG_MOTIONS: readonly ((value: boolean, tick: number) => boolean)[] = [
  (_, tick) => tick % 3 === 0,
  (value) => !value,
];

const OTHER_MOTIONS: readonly Motion[] = [
  ({ rotation }, tick) => rotation.set(Math.sin(tick / 20), 0, 0, Math.cos(tick / 20)),
  ({ rotation }, tick) => rotation.set(Math.sin(tick), Math.cos(tick * 3), Math.sin(tick * 2), 0.2),
  // Component by component: nobody settles it but the serializer.
  ({ rotation }) => {
    rotation.y += 0.3;
    rotation.w -= 0.1;
  },
  ({ gun }) => gun && (gun.heat += 1.5),
];

/** A ship of a class without the field rests. */
const setting =
  <T>(field: string, next: (value: T, tick: number) => T): Motion =>
  (ship, tick) => {
    const fields = ship as unknown as Record<string, T>;
    if (field in ship) fields[field] = next(fields[field]!, tick);
  };
