import type { Table } from '../../../shared/arena/bodies.ts';
import { plainShip, plainWorld } from '../../../shared/arena/plain-world.ts';
import { Random } from '../../../shared/arena/random.ts';
import { HEADING_UNITS, POSITION_QUANTUM, TICK_RATE_HZ, VELOCITY_QUANTUM } from '../../../shared/arena/rules.ts';
import { spawnShip } from '../../../shared/arena/spawn.ts';
import { flyShip, stepWorld } from '../../../shared/arena/step.ts';
import type { Trace, TraceField } from '../trace.ts';
import { ArenaAutopilot } from './arena-autopilot.ts';
import { SlotRecorder } from './slot-recorder.ts';

const SHIPS = 8;
/** By then rocks have drifted in. */
const SETTLING_TICKS = 30 * TICK_RATE_HZ;

const MOVING: readonly TraceField[] = [
  { name: 'x', kind: 'linear', precision: POSITION_QUANTUM },
  { name: 'y', kind: 'linear', precision: POSITION_QUANTUM },
  { name: 'vx', kind: 'linear', precision: VELOCITY_QUANTUM },
  { name: 'vy', kind: 'linear', precision: VELOCITY_QUANTUM },
];
const SHIP_FIELDS: readonly TraceField[] = [
  ...MOVING,
  { name: 'heading', kind: 'angle', precision: 1, turn: HEADING_UNITS },
  { name: 'hull', kind: 'uint', precision: 1 },
];
const ROCK_FIELDS: readonly TraceField[] = [
  ...MOVING,
  { name: 'angle', kind: 'angle', precision: 1, turn: HEADING_UNITS },
  { name: 'radius', kind: 'uint', precision: 1 },
];

/** The ships of the project's own arena, eight of them at war. */
export function arenaShips(frames?: number, seed?: number): Trace {
  const recorder = new SlotRecorder();
  play(frames, seed, ({ ships }) => {
    recorder.put(rows(ships, ({ x, y, vx, vy, heading, hull }) => [x, y, vx, vy, heading, hull]));
  });
  return recorder.trace('arena-ships', TICK_RATE_HZ, SHIP_FIELDS);
}

/** What they shoot: bodies that live for a second and move in a straight line. */
export function arenaShots(frames?: number, seed?: number): Trace {
  const recorder = new SlotRecorder();
  play(frames, seed, ({ shots }) => recorder.put(rows(shots, ({ x, y, vx, vy }) => [x, y, vx, vy])));
  return recorder.trace('arena-shots', TICK_RATE_HZ, MOVING);
}

/** What they shoot at when no ship is near: bodies that drift, spin and break. */
export function arenaRocks(frames?: number, seed?: number): Trace {
  const recorder = new SlotRecorder();
  play(frames, seed, ({ rocks }) => {
    recorder.put(rows(rocks, ({ x, y, vx, vy, angle, radius }) => [x, y, vx, vy, angle, radius]));
  });
  return recorder.trace('arena-rocks', TICK_RATE_HZ, ROCK_FIELDS);
}

/** One game, the same for each of the three traces; `record` looks at it once a frame. */
function play(frames = 60 * TICK_RATE_HZ, seed = 1, record: (arena: ReturnType<typeof plainWorld>) => void): void {
  const arena = plainWorld(seed);
  const { world, ships } = arena;
  const random = new Random(seed + 1);
  const pilots = new Map<string, ArenaAutopilot>();
  for (let i = 0; i < SHIPS; i++) {
    const ship = plainShip();
    spawnShip(world, ship);
    ships.set(`ship-${i}`, ship);
    pilots.set(`ship-${i}`, new ArenaAutopilot(`ship-${i}`, random));
  }
  for (let tick = 0; tick < SETTLING_TICKS + frames; tick++) {
    for (const [id, pilot] of pilots) {
      const ship = ships.get(id)!;
      flyShip(world, id, ship, pilot.fly(ship, ships), tick, 0);
    }
    stepWorld(world, inThePresent);
    if (tick >= SETTLING_TICKS) record(arena);
  }
}

function inThePresent(): void {
  throw new Error('a pilot without lag is never asked where his targets were');
}

function rows<T>(table: Table<T>, valuesOf: (body: T) => number[]): Map<string, number[]> {
  const all = new Map<string, number[]>();
  table.forEach((body, id) => all.set(id, valuesOf(body)));
  return all;
}
