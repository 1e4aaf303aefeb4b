import { Random } from '../../../shared/arena/random.ts';
import { TraceRecorder } from '../trace-recorder.ts';
import type { Trace } from '../trace.ts';
import { uniform } from './chance.ts';

const ENTITIES = 64;
const HZ = 60;
const REACH = 100;
const HP_FULL = 100;
const SPEEDS = [1.5, 4, 7];
const ACCELERATION = 25;
/** One in so many frames a character is hit: about every three seconds. */
const HIT_IN = 3 * HZ;

interface Walker {
  x: number;
  y: number;
  vx: number;
  vy: number;
  /** Where it looks; it keeps that when it stands. Radians. */
  facing: number;
  hp: number;
  /** What it wants to go at: 0 stands. */
  wantedX: number;
  wantedY: number;
  /** Frames until it wants something else. */
  thinkIn: number;
}

/**
 * 64 characters of a game on a plane: they set off, run, turn on their heels and stand still as somebody at a keyboard
 * has them, are hit, and appear somewhere else when their hit points are gone.
 */
export function walkers(frames = 60 * HZ, seed = 1): Trace {
  const random = new Random(seed);
  const crowd = Array.from({ length: ENTITIES }, () => appear(random));
  const recorder = new TraceRecorder('walkers', HZ, frames, ENTITIES, [
    { name: 'x', kind: 'linear', precision: 0.01 },
    { name: 'y', kind: 'linear', precision: 0.01 },
    { name: 'facing', kind: 'angle', precision: (2 * Math.PI) / 1024 },
    { name: 'hp', kind: 'uint', precision: 1 },
  ]);
  for (let frame = 0; frame < frames; frame++) {
    crowd.forEach((walker, entity) => {
      recorder.put(frame, entity, [walker.x, walker.y, walker.facing, walker.hp]);
      walk(walker, random);
      if (random.below(HIT_IN) === 0) walker.hp = Math.max(0, walker.hp - random.between(5, 40));
      if (walker.hp === 0) Object.assign(walker, appear(random));
    });
  }
  return recorder.trace();
}

function appear(random: Random): Walker {
  return {
    x: uniform(random, -REACH, REACH),
    y: uniform(random, -REACH, REACH),
    vx: 0,
    vy: 0,
    facing: uniform(random, 0, 2 * Math.PI),
    hp: HP_FULL,
    wantedX: 0,
    wantedY: 0,
    thinkIn: random.between(1, HZ),
  };
}

function walk(self: Walker, random: Random): void {
  self.thinkIn -= 1;
  if (self.thinkIn <= 0 || Math.abs(self.x) > REACH || Math.abs(self.y) > REACH) think(self, random);
  const dvx = self.wantedX - self.vx;
  const dvy = self.wantedY - self.vy;
  const most = Math.min(1, ACCELERATION / HZ / Math.max(Math.hypot(dvx, dvy), 1e-9));
  self.vx += dvx * most;
  self.vy += dvy * most;
  self.x = Math.max(-REACH, Math.min(REACH, self.x + self.vx / HZ));
  self.y = Math.max(-REACH, Math.min(REACH, self.y + self.vy / HZ));
  if (self.wantedX === 0 && self.wantedY === 0) return;
  self.facing = (Math.atan2(self.vy, self.vx) + 2 * Math.PI) % (2 * Math.PI);
}

/** Stands for a while, or goes one of eight ways, as arrow keys have it. */
function think(self: Walker, random: Random): void {
  self.thinkIn = random.between(HZ / 4, 3 * HZ);
  const speed = random.below(3) === 0 ? 0 : SPEEDS[random.below(SPEEDS.length)]!;
  const way = (random.below(8) * Math.PI) / 4;
  self.wantedX = speed * Math.cos(way);
  self.wantedY = speed * Math.sin(way);
}
