import { Random } from '../../../shared/arena/random.ts';
import { TraceRecorder } from '../trace-recorder.ts';
import type { Trace } from '../trace.ts';
import { uniform } from './chance.ts';

const ENTITIES = 100;
const HZ = 30;
const REACH = 100;

/** Noise: 100 entities that are somewhere else in each frame. Nothing can be foretold; what counts is not to lose. */
export function jumps(frames = 60 * HZ, seed = 1): Trace {
  const random = new Random(seed);
  const recorder = new TraceRecorder('jumps', HZ, frames, ENTITIES, [
    { name: 'x', kind: 'linear', precision: 0.01 },
    { name: 'y', kind: 'linear', precision: 0.01 },
    { name: 'color', kind: 'uint', precision: 1 },
  ]);
  for (let frame = 0; frame < frames; frame++) {
    for (let entity = 0; entity < ENTITIES; entity++) {
      const x = uniform(random, -REACH, REACH);
      const y = uniform(random, -REACH, REACH);
      recorder.put(frame, entity, [x, y, random.below(256)]);
    }
  }
  return recorder.trace();
}
