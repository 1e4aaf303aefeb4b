import rapier, { type RigidBody, type Rotation, type World } from '@dimforge/rapier3d-compat';
import { Random } from '../../../shared/arena/random.ts';
import { TraceRecorder } from '../trace-recorder.ts';
import type { Trace, TraceField } from '../trace.ts';
import { direction, uniform } from './chance.ts';

const BODIES = 250;
const SPHERE_RADIUS = 31.5;
const PLANETOID_RADIUS = 4;
const PHYSICS_HZ = 60;
const SENT_HZ = 30;
const STEPS_PER_FRAME = PHYSICS_HZ / SENT_HZ;
const SETTLING_STEPS = 5 * PHYSICS_HZ;
const HULL_POINTS = 16;
/** Units per second squared, along the velocity: what holds a body's speed. */
const THRUST = 5;
/** Units per second squared, towards the centre: what keeps bodies in the sphere. */
const PULL = 10;
/** 45 degrees, less what a float32 may add. */
const MAX_SPIN_PER_SECOND = Math.PI / 4 - 1e-6;
/** What float32 rotations make of it must not look like more than the limit. */
const MAX_TURN_PER_STEP = (MAX_SPIN_PER_SECOND / PHYSICS_HZ) * 1.0001;

export const ASTEROID_FIELDS: readonly TraceField[] = [
  { name: 'x', kind: 'linear', precision: 0.01 },
  { name: 'y', kind: 'linear', precision: 0.01 },
  { name: 'z', kind: 'linear', precision: 0.01 },
  { name: 'rotation', kind: 'quaternion', precision: 0.001 },
];

interface Asteroid {
  body: RigidBody;
  speed: number;
}

/**
 * 250 convex bodies fly and spin around a planetoid and collide with one another and with it: rigid bodies of a physics
 * engine (Rapier), at 60 Hz, of which every second step is sent.
 */
export async function asteroids(frames = 60 * SENT_HZ, seed = 1): Promise<Trace> {
  await rapier.init();
  const world = new rapier.World({ x: 0, y: 0, z: 0 });
  world.timestep = 1 / PHYSICS_HZ;
  world.createCollider(rapier.ColliderDesc.ball(PLANETOID_RADIUS).setRestitution(0.8).setFriction(0.2));
  const swarm = launch(world, new Random(seed));
  for (let i = 0; i < SETTLING_STEPS; i++) step(world, swarm);

  const recorder = new TraceRecorder('asteroids', SENT_HZ, frames, BODIES, ASTEROID_FIELDS);
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < STEPS_PER_FRAME; i++) step(world, swarm);
    swarm.forEach(({ body }, entity) => {
      const { x, y, z } = body.translation();
      const spin = body.rotation();
      recorder.put(frame, entity, [x, y, z, spin.x, spin.y, spin.z, spin.w]);
    });
  }
  world.free();
  return recorder.trace();
}

function launch(world: World, random: Random): Asteroid[] {
  const placed: { at: number[]; radius: number }[] = [{ at: [0, 0, 0], radius: PLANETOID_RADIUS }];
  const swarm: Asteroid[] = [];
  while (swarm.length < BODIES) {
    const radius = uniform(random, 0.25, 1);
    const out = SPHERE_RADIUS * Math.cbrt(uniform(random, 0, 1));
    const at = direction(random).map((part) => part * out);
    if (placed.some((other) => distance(other.at, at) < other.radius + radius)) continue;
    placed.push({ at, radius });
    swarm.push(launchOne(world, random, at, radius));
  }
  return swarm;
}

function launchOne(world: World, random: Random, [x, y, z]: number[], radius: number): Asteroid {
  const speed = uniform(random, 1, 4);
  const [vx, vy, vz] = direction(random).map((part) => part * speed);
  const spin = uniform(random, 0, MAX_SPIN_PER_SECOND);
  const [wx, wy, wz] = direction(random).map((part) => part * spin);
  const body = world.createRigidBody(
    rapier.RigidBodyDesc.dynamic()
      .setTranslation(x!, y!, z!)
      .setLinvel(vx!, vy!, vz!)
      .setAngvel({ x: wx!, y: wy!, z: wz! })
      .setCanSleep(false),
  );
  const points = new Float32Array(HULL_POINTS * 3);
  for (let i = 0; i < HULL_POINTS; i++) {
    points.set(
      direction(random).map((part) => part * radius),
      i * 3,
    );
  }
  const hull = rapier.ColliderDesc.convexHull(points);
  if (!hull) throw new Error('points on a sphere have a convex hull');
  world.createCollider(hull.setDensity(1).setRestitution(0.8).setFriction(0.2), body);
  return { body, speed };
}

function step(world: World, swarm: readonly Asteroid[]): void {
  for (const asteroid of swarm) steer(asteroid);
  const before = swarm.map(({ body }) => body.rotation());
  world.step();
  swarm.forEach(({ body }, i) => limitSpin(body, before[i]!));
}

/** Thrust towards the body's own speed, and the pull on one that has left the sphere. */
function steer({ body, speed }: Asteroid): void {
  const at = body.translation();
  const velocity = body.linvel();
  const now = Math.hypot(velocity.x, velocity.y, velocity.z);
  const most = THRUST / PHYSICS_HZ;
  const gain = Math.max(-most, Math.min(most, speed - now)) / Math.max(now, 1e-6);
  const out = Math.hypot(at.x, at.y, at.z);
  const pull = out > SPHERE_RADIUS ? PULL / PHYSICS_HZ / out : 0;
  body.setLinvel(
    {
      x: velocity.x * (1 + gain) - at.x * pull,
      y: velocity.y * (1 + gain) - at.y * pull,
      z: velocity.z * (1 + gain) - at.z * pull,
    },
    true,
  );
}

/**
 * A collision can make a small body whirl: its spin is cut to the limit, and so is its turn of this step, which the
 * engine makes larger than its spin where it pushes bodies apart.
 */
function limitSpin(body: RigidBody, before: Rotation): void {
  const spin = body.angvel();
  const rate = Math.hypot(spin.x, spin.y, spin.z);
  if (rate > MAX_SPIN_PER_SECOND) {
    const keep = MAX_SPIN_PER_SECOND / rate;
    body.setAngvel({ x: spin.x * keep, y: spin.y * keep, z: spin.z * keep }, true);
  }
  const now = body.rotation();
  const turn = turnBetween(before, now);
  if (turn <= MAX_TURN_PER_STEP) return;
  // A few degrees at most, over which the chord is as good as the arc. Rapier normalizes it.
  const keep = MAX_TURN_PER_STEP / turn;
  body.setRotation(
    {
      x: before.x + (now.x - before.x) * keep,
      y: before.y + (now.y - before.y) * keep,
      z: before.z + (now.z - before.z) * keep,
      w: before.w + (now.w - before.w) * keep,
    },
    true,
  );
}

/** Radians between two rotations that lie close together. */
function turnBetween(a: Rotation, b: Rotation): number {
  return 4 * Math.asin(Math.min(1, Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w) / 2));
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);
}
