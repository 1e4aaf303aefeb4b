import type { Trace } from '../trace.ts';
import { arena } from './arena.ts';
import { asteroids } from './asteroids.ts';
import { flock } from './flock.ts';
import { jumps } from './jumps.ts';
import { sines } from './sines.ts';
import { sleepers } from './sleepers.ts';
import { walkers } from './walkers.ts';

/** Makes a trace of so many frames (default a minute); the same arguments give the same bytes on any machine's Node. */
export type Scene = (frames?: number, seed?: number) => Trace | Promise<Trace>;

/** By name, in the order of the table. */
export const SCENES: ReadonlyMap<string, Scene> = new Map<string, Scene>([
  ['asteroids', asteroids],
  ['sleepers', sleepers],
  ['walkers', walkers],
  ['flock', flock],
  ['sines', sines],
  ['jumps', jumps],
  ['arena', arena],
]);
