import { Random } from '../../../shared/arena/random.ts';
import { TraceRecorder } from '../trace-recorder.ts';
import type { Trace } from '../trace.ts';
import { type Gait, newWanderer, wander } from './wanderer.ts';

const ENTITIES = 1_000;
const MOVING = 30;
const HZ = 20;
const GAIT: Gait = { topSpeed: 4, acceleration: 6, topTurnRate: 1.5, reach: 200 };
/** One in so many moving bodies stops in a frame, and another starts: each goes for ten seconds or so. */
const STOPS_IN = 10 * HZ;

/** 1,000 bodies of which 30 move at any time. What rests should cost nothing. */
export function sleepers(frames = 60 * HZ, seed = 1): Trace {
  const random = new Random(seed);
  const bodies = Array.from({ length: ENTITIES }, () => newWanderer(random, GAIT));
  const moving = new Set<number>();
  while (moving.size < MOVING) moving.add(random.below(ENTITIES));
  const recorder = new TraceRecorder('sleepers', HZ, frames, ENTITIES, [
    { name: 'x', kind: 'linear', precision: 0.01 },
    { name: 'y', kind: 'linear', precision: 0.01 },
    { name: 'heading', kind: 'angle', precision: (2 * Math.PI) / 4096 },
  ]);
  for (let frame = 0; frame < frames; frame++) {
    for (const index of moving) wander(bodies[index]!, GAIT, 1 / HZ, random);
    bodies.forEach(({ x, y, heading }, index) => recorder.put(frame, index, [x, y, heading]));
    for (const index of [...moving]) {
      if (random.below(STOPS_IN) > 0) continue;
      bodies[index]!.speed = 0;
      bodies[index]!.turnRate = 0;
      moving.delete(index);
    }
    while (moving.size < MOVING) moving.add(random.below(ENTITIES));
  }
  return recorder.trace();
}
