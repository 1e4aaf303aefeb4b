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

const FIELDS: readonly TraceField[] = [
  { name: 'x', kind: 'linear', precision: POSITION_QUANTUM },
  { name: 'y', kind: 'linear', precision: POSITION_QUANTUM },
  { name: 'vx', kind: 'linear', precision: VELOCITY_QUANTUM },
  { name: 'vy', kind: 'linear', precision: VELOCITY_QUANTUM },
  { name: 'heading', kind: 'angle', precision: 1, turn: HEADING_UNITS },
  /** Of a ship its hull, of a rock its radius, of a shot 0. */
  { name: 'size', kind: 'uint', precision: 1 },
];

/**
 * The project's own arena: eight ships at war, what they shoot (bodies that live for a second and move in a straight line),
 * and rocks that drift, spin and break.
 */
export function arena(frames?: number, seed?: number): Trace {
  const recorder = new SlotRecorder();
  play(frames, seed, ({ ships, shots, rocks }) => {
    const rows = new Map<string, number[]>();
    for (const [id, { x, y, vx, vy, heading, hull }] of ships) rows.set(id, [x, y, vx, vy, heading, hull]);
    for (const [id, { x, y, vx, vy }] of shots) rows.set(id, [x, y, vx, vy, 0, 0]);
    for (const [id, { x, y, vx, vy, angle, radius }] of rocks) rows.set(id, [x, y, vx, vy, angle, radius]);
    recorder.put(rows);
  });
  return recorder.trace('arena', TICK_RATE_HZ, FIELDS);
}

/** `record` looks at the game once a frame. */
function play(frames = 60 * TICK_RATE_HZ, seed = 1, record: (game: ReturnType<typeof plainWorld>) => void): void {
  const game = plainWorld(seed);
  const { world, ships } = game;
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
    if (tick >= SETTLING_TICKS) record(game);
  }
}

function inThePresent(): void {
  throw new Error('a pilot without lag is never asked where his targets were');
}
