import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { calm } from './calm.ts';
import { cutOne } from './cut.ts';
import { drainOne } from './drain.ts';
import { DIRECTIONS } from './link/fault-proxy.ts';
import { PlayedPool } from './played-pool.ts';
import { random } from './random.ts';
import { restartRedis } from './redis.ts';

let played: PlayedPool;

beforeAll(async () => {
  console.info = () => {}; // the SDK tells of each reconnect
  played = await PlayedPool.start({ rooms: 3, clients: 2, seed: 1 }, random);
}, 60_000);

afterAll(() => played.stop());

// One after the other in one pool: it takes longer to start than each of them.
describe('a pool under play', () => {
  it('has one owner for each room when one of its nodes was cut off from Redis', async () => {
    const run = await cutOne(played, ['redis'], { forMs: 2_000, directions: DIRECTIONS });
    expect(run.broken).toEqual([]);
    expect(played.takeovers.length).toBeGreaterThan(0);
  }, 60_000);

  it('is told from one that is left alone: who stood still is counted', async () => {
    const { node } = await played.victim();
    node.child.pause();
    setTimeout(() => node.child.resume(), 2_000);
    const { counts, broken } = await calm.inject(played, 2_500);
    expect(counts!['rooms taken over']).toBeGreaterThan(0);
    expect(counts!['rooms let go']).toBe(counts!['rooms taken over']);
    expect(counts!['nodes held lost']).toBeGreaterThan(0);
    expect(counts!['nodes that stopped by themselves']).toBeGreaterThan(0);
    expect(counts!['connections lost']).toBeGreaterThan(0);
    expect(broken).toEqual(['rooms taken over', 'rooms let go'].map((name) => `${name}: ${counts![name]}`));
    const quiet = await calm.inject(played, 1_000);
    expect([quiet.counts!['rooms taken over'], quiet.counts!['rooms let go'], quiet.broken]).toEqual([0, 0, []]);
  }, 30_000);

  it('keeps its rooms where they are when clients are cut off from one of its nodes', async () => {
    const run = await cutOne(played, ['clients'], { forMs: 1_500, directions: ['back'] });
    expect(run.broken).toEqual([]);
    expect(played.takeovers).toEqual([]);
  }, 60_000);

  it('has the rooms of a node that is asked to end move, and loses none where it is killed in the middle of that', async () => {
    for (const killAfterMs of [undefined, 150]) {
      expect((await drainOne(played, killAfterMs)).broken).toEqual([]);
      expect(played.takeovers.length).toBeGreaterThan(0);
    }
  }, 60_000);

  it('plays on while Redis is killed and started again, empty or not, and takes people in soon after', async () => {
    expect((await restartRedis(played, { awayMs: 300, forgets: false })).broken).toEqual([]);
    expect((await restartRedis(played, { awayMs: 300, forgets: true })).broken).toEqual([]);
  }, 60_000);
});
