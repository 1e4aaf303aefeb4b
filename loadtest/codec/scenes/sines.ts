import { Random } from '../../../shared/arena/random.ts';
import { TraceRecorder } from '../trace-recorder.ts';
import type { Trace } from '../trace.ts';
import { uniform } from './chance.ts';

const ENTITIES = 100;
const HZ = 30;
const WAVES = 3;

interface Wave {
  amplitude: number;
  /** Radians a second. */
  rate: number;
  phase: number;
}

/** 100 points whose x and y are each the sum of three sines, of periods from 2 to 20 seconds. */
export function sines(frames = 60 * HZ, seed = 1): Trace {
  const random = new Random(seed);
  const recorder = new TraceRecorder('sines', HZ, frames, ENTITIES, [
    { name: 'x', kind: 'linear', precision: 0.01 },
    { name: 'y', kind: 'linear', precision: 0.01 },
  ]);
  for (let entity = 0; entity < ENTITIES; entity++) {
    const x = waves(random);
    const y = waves(random);
    for (let frame = 0; frame < frames; frame++) recorder.put(frame, entity, [at(x, frame / HZ), at(y, frame / HZ)]);
  }
  return recorder.trace();
}

function waves(random: Random): Wave[] {
  return Array.from({ length: WAVES }, () => ({
    amplitude: uniform(random, 2, 20),
    rate: (2 * Math.PI) / uniform(random, 2, 20),
    phase: uniform(random, 0, 2 * Math.PI),
  }));
}

function at(sum: readonly Wave[], seconds: number): number {
  return sum.reduce((value, { amplitude, rate, phase }) => value + amplitude * Math.sin(rate * seconds + phase), 0);
}
