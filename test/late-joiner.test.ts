import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { schema, t } from '@colyseus/schema';
import { connect } from '../client/connect.ts';
import { LiveRoom } from '../server/room/live-room.ts';
import { type RunningServer, serve } from '../server/serve.ts';
import { angle, fixed, flag, live, quaternion, uint } from '../shared/live/live.ts';
import { FrameFlag, FrameType } from '../shared/wire/frame-type.ts';
import { CountedSockets } from './support/counted-socket.ts';
import { Random } from './support/random.ts';
import { until } from './support/until.ts';

const ENTITIES = 1_000;

const Body = live(
  {
    /** Not to be compressed away: the full state is to need fragments. */
    label: t.string(),
    x: fixed(0.01),
    y: fixed(0.01),
    heading: angle(4096),
    hull: uint(100),
    awake: flag(),
    rotation: quaternion(0.001),
  },
  'Body',
);
const Crowd = schema({ tick: t.uint32().default(0), bodies: t.map(Body) }, 'Crowd');

class CrowdRoom extends LiveRoom<{ state: InstanceType<typeof Crowd> }> {
  override state = new Crowd();

  override onCreate(): void {
    const dice = new Random(5);
    const random = (): number => dice.next();
    for (let i = 0; i < ENTITIES; i++) {
      const label = Array.from({ length: 80 }, () => String.fromCharCode(33 + Math.floor(random() * 90))).join('');
      this.state.bodies.set(
        String(i),
        new Body().assign({ label, x: random() * 1_000, y: random() * 1_000, hull: 100 }),
      );
    }
    this.setFixedTimestep(() => this.#step(random));
  }

  /** A tenth of the bodies fly and tumble, a few at a time stop, and now and then one is another. */
  #step(random: () => number): void {
    const tick = ++this.state.tick;
    for (let i = tick % 7; i < ENTITIES; i += 10) {
      const body = this.state.bodies.get(String(i))!;
      body.x += Math.sin(i + tick / 30);
      body.y += 0.5;
      body.heading += 0.01;
      body.awake = tick % 50 < 25;
      body.rotation.set(Math.sin(tick / 40), Math.cos(tick / 70), 0.3, Math.sin(i));
    }
    if (tick % 10 === 0) {
      const key = String(Math.floor(random() * ENTITIES));
      this.state.bodies.delete(key);
      this.state.bodies.set(key, new Body().assign({ label: `again at ${tick}`, x: random() * 1_000 }));
    }
  }
}

let server: RunningServer;

beforeAll(async () => {
  server = await serve({ rooms: { crowd: CrowdRoom }, port: 0, handleSignals: false });
});

afterAll(async () => {
  await server.close();
});

/** States by tick, as text, of the first `most` ticks that a client sees from now on. */
function recordStates(
  room: { state: InstanceType<typeof Crowd>; onStateChange(listener: () => void): unknown },
  most: number,
) {
  const states = new Map<number, string>();
  const record = (): void => {
    if (states.size < most) states.set(room.state.tick, JSON.stringify(room.state));
  };
  record();
  room.onStateChange(record);
  return states;
}

describe('a late joiner', () => {
  it('[G1] [D7] gets a keyframe of a thousand entities in fragments, and is exact from the first frame on', async () => {
    const endpoint = `http://127.0.0.1:${server.port}`;
    const early = await connect<CrowdRoom>(endpoint, { room: 'crowd' });
    await until('the first has seen a second', () => early.state.tick > 60);
    const seen = recordStates(early as never, 400);

    const sockets = new CountedSockets();
    const late = await connect<CrowdRoom>(endpoint, { room: 'crowd', roomId: early.roomId, openSocket: sockets.open });
    const followed = recordStates(late as never, 60);
    expect(late.state.bodies.size).toBe(ENTITIES);
    const firstTick = late.state.tick;
    await until('both have gone on', () => followed.size === 60 && seen.has(firstTick + 70));

    const fragments = sockets.frames(FrameType.State);
    expect(fragments.length).toBeGreaterThan(1);
    expect(fragments.map((flags) => (flags & FrameFlag.More) !== 0)).toEqual(
      fragments.map((_, i) => i < fragments.length - 1),
    );
    const common = [...followed.keys()].filter((tick) => seen.has(tick));
    expect(common).toContain(firstTick);
    expect(common.length).toBeGreaterThan(50);
    for (const tick of common) expect(followed.get(tick) === seen.get(tick)).toBe(true);
    await Promise.all([early.leave(), late.leave()]);
  });
});
