import { Random } from '../../../shared/arena/random.ts';
import { TraceRecorder } from '../trace-recorder.ts';
import type { Trace } from '../trace.ts';
import { uniform } from './chance.ts';

const ENTITIES = 150;
const HZ = 30;
const REACH = 60;
const SIGHT = 8;
const TOP_SPEED = 8;
const LEAST_SPEED = 3;

interface Bird {
  x: number;
  y: number;
  vx: number;
  vy: number;
}

/** 150 birds that keep together, apart and on one course (Reynolds 1987, "Flocks, Herds, and Schools"). */
export function flock(frames = 60 * HZ, seed = 1): Trace {
  const random = new Random(seed);
  const birds: Bird[] = Array.from({ length: ENTITIES }, () => ({
    x: uniform(random, -REACH, REACH),
    y: uniform(random, -REACH, REACH),
    vx: uniform(random, -TOP_SPEED, TOP_SPEED),
    vy: uniform(random, -TOP_SPEED, TOP_SPEED),
  }));
  const recorder = new TraceRecorder('flock', HZ, frames, ENTITIES, [
    { name: 'x', kind: 'linear', precision: 0.01 },
    { name: 'y', kind: 'linear', precision: 0.01 },
    { name: 'heading', kind: 'angle', precision: (2 * Math.PI) / 1024 },
  ]);
  for (let frame = 0; frame < frames; frame++) {
    for (const bird of birds) steer(bird, birds);
    birds.forEach((bird, entity) => {
      bird.x += bird.vx / HZ;
      bird.y += bird.vy / HZ;
      recorder.put(frame, entity, [bird.x, bird.y, Math.atan2(bird.vy, bird.vx)]);
    });
  }
  return recorder.trace();
}

function steer(self: Bird, birds: readonly Bird[]): void {
  let near = 0;
  let [togetherX, togetherY, apartX, apartY, courseX, courseY] = [0, 0, 0, 0, 0, 0];
  for (const other of birds) {
    const dx = other.x - self.x;
    const dy = other.y - self.y;
    const apart2 = dx * dx + dy * dy;
    if (other === self || apart2 > SIGHT * SIGHT) continue;
    near += 1;
    togetherX += dx;
    togetherY += dy;
    apartX -= dx / (apart2 + 0.1);
    apartY -= dy / (apart2 + 0.1);
    courseX += other.vx - self.vx;
    courseY += other.vy - self.vy;
  }
  const all = Math.max(near, 1);
  self.vx += ((togetherX * 0.5 + courseX * 1.5) / all + apartX * 2) / HZ;
  self.vy += ((togetherY * 0.5 + courseY * 1.5) / all + apartY * 2) / HZ;
  const out = Math.hypot(self.x, self.y);
  if (out > REACH) {
    self.vx -= (self.x / out) * (8 / HZ);
    self.vy -= (self.y / out) * (8 / HZ);
  }
  const speed = Math.hypot(self.vx, self.vy);
  const keep = Math.max(LEAST_SPEED, Math.min(TOP_SPEED, speed)) / Math.max(speed, 1e-9);
  self.vx *= keep;
  self.vy *= keep;
}
