import { describe, expect, it } from '@jest/globals';
import { FailoverWorld, settledWorld } from '../../test/support/failover-world.ts';
import { FAILOVER_TIMINGS } from './timings.ts';

describe('a pause of seconds', () => {
  it.each([700, 1_000, 2_000, 5_000])('of %i ms: its rooms are taken once, and it lets go of them', async (forMs) => {
    const world = await settledWorld({ seed: forMs, nodes: 3, rooms: 12 });
    const zombie = world.nodes[1]!;
    zombie.pause(forMs);
    await world.pass(forMs);
    const wokeMs = world.timers.now();
    await world.pass(250);
    expect(zombie.rooms.size).toBe(0);
    await world.pass(5_000);
    expect([world.unsettled(), world.violations, world.longestOverlapMs]).toEqual([[], [], 0]);
    expect([...world.rooms.values()].map(({ epoch }) => epoch).toSorted()).toEqual([
      1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2,
    ]);
    // It stopped by itself before it heard from anybody.
    const own = world.events.filter(({ node, atMs }) => node === zombie.key && atMs >= wokeMs);
    expect(own[0]!.event.kind).toBe('fenced');
  });
});

describe('a node that is cut off from the store', () => {
  it.each([
    ['cannot be heard', ['requests']],
    ['hears nothing, although its beats arrive', ['replies']],
    ['neither', ['requests', 'replies']],
  ] as const)(
    'and %s: stops, loses its rooms within 1.2 s, and lets go of them when it is back',
    async (_how, ways) => {
      const world = await settledWorld({ seed: 12, nodes: 3, rooms: 12 });
      const node = world.nodes[0]!;
      const own = [...node.rooms.keys()];
      node.cutOff(ways, 5_000);
      await world.pass(1_200);
      for (const roomId of own) {
        const { owner, epoch } = world.rooms.get(roomId)!;
        expect([owner === node.key, epoch, world.node(owner)!.rooms.has(roomId)]).toEqual([false, 2, true]);
      }
      expect(node.failover.fence.isFenced(node.clock.now())).toBe(true);
      await world.pass(4_800);
      expect([node.rooms.size, world.unsettled(), world.violations, world.longestOverlapMs]).toEqual([0, [], [], 0]);
    },
  );
});

describe('suspicion', () => {
  const quick = { rooms: 9, delayMs: { least: 1, most: 2 } };
  /** When each node that found out did, after `sinceMs`. */
  const foundAfter = (world: FailoverWorld, sinceMs: number): number[] =>
    world.kinds('lost').map(({ atMs }) => atMs - sinceMs);

  it('makes a killed node lost two beats after its last one', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const world = await settledWorld({ seed, nodes: 3, ...quick });
      const diedMs = world.timers.now();
      world.nodes[0]!.kill();
      await world.pass(30);
      world.nodes[1]!.failover.suspect('n0');
      await world.pass(3_000);
      const [first, second] = foundAfter(world, diedMs);
      expect(first).toBeLessThan(FAILOVER_TIMINGS.refusedMs + 20);
      // The other one asked by itself when two beats were missed.
      expect(second).toBeLessThan(FAILOVER_TIMINGS.suspectMs + 30);
    }
  });

  it('of a node that lives changes nothing, and asks it no more than a few times a second', async () => {
    const world = await settledWorld({ seed: 1, nodes: 3, ...quick });
    const { failover } = world.nodes[1]!;
    for (let i = 0; i < 1_000; i++) {
      failover.suspect('n0');
      failover.suspect('n7');
      await world.pass(2);
    }
    expect(world.kinds('lost')).toEqual([]);
    expect(world.nodes[1]!.probes).toBe(2_000 / FAILOVER_TIMINGS.askEveryMs);
  });

  it('does not hasten the loss of one that stands still for less than 400 ms', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const world = await settledWorld({ seed, nodes: 3, ...quick });
      world.nodes[0]!.pause(395);
      for (let i = 0; i < 40; i++) {
        for (const { failover } of world.nodes.slice(1)) failover.suspect('n0');
        await world.pass(10);
      }
      await world.pass(1_000);
      expect(world.kinds('lost')).toEqual([]);
    }
  });

  it('falls on the earlier run of a node that was started again', async () => {
    const world = await settledWorld({ seed: 2, nodes: 3, ...quick });
    world.nodes[0]!.kill();
    const again = world.startNode('n0');
    await world.pass(4_000);
    expect(world.kinds('lost').map(({ event }) => (event as { key: string }).key)).toEqual(['n0/1', 'n0/1', 'n0/1']);
    expect(world.unsettled()).toEqual([]);
    expect(world.nodes.indexOf(again)).toBe(3);
  });
});

describe('who takes the rooms', () => {
  it('is decided by what each can take', async () => {
    const world = new FailoverWorld({ seed: 7, nodes: 4, rooms: 400, plays: false, delayMs: { least: 1, most: 2 } });
    world.nodes[1]!.weight = 90;
    world.nodes[2]!.weight = 30;
    world.nodes[3]!.weight = 0;
    for (const room of world.rooms.values()) room.owner = world.nodes[0]!.key;
    for (const node of world.nodes) node.rooms.clear();
    for (const roomId of world.rooms.keys()) world.nodes[0]!.run(roomId, 1, -1);
    await world.pass(2_000);
    world.nodes[0]!.kill();
    await world.pass(3_000);
    expect(world.unsettled()).toEqual([]);
    const [, strong, weak, draining] = world.nodes.map(({ rooms }) => rooms.size);
    expect(draining).toBe(0);
    expect(strong! + weak!).toBe(400);
    // Not as 3 to 1: a node that is done with its own rooms helps the other one.
    expect(strong!).toBeGreaterThan(weak!);
  });

  it('is nobody where all drain; the next start brings the rooms back', async () => {
    const world = await settledWorld({ seed: 8, nodes: 2, rooms: 10 });
    for (const node of world.nodes) node.weight = 0;
    world.nodes[0]!.kill();
    await world.pass(5_000);
    expect(world.kinds('adopted')).toEqual([]);
    world.nodes[1]!.kill();
    await world.pass(60_000);
    const next = world.startNode('next');
    await world.pass(2_000);
    expect([next.rooms.size, world.unsettled()]).toEqual([10, []]);
  });

  it('is the others at once when a node says goodbye', async () => {
    const world = await settledWorld({ seed: 9, nodes: 3, rooms: 9 });
    const leaving = world.nodes[0]!;
    void leaving.failover.stop().then(() => leaving.kill());
    await world.pass(400);
    expect([world.unsettled(), world.kinds('lost')]).toEqual([[], []]);
  });
});

describe('a room that does not start', () => {
  it('on one node is taken by the next', async () => {
    const world = await settledWorld({
      seed: 10,
      nodes: 4,
      rooms: 8,
      failsToAdopt: (_roomId, node) => node.key === 'n1/2' || node.key === 'n2/3',
    });
    world.nodes[0]!.kill();
    await world.pass(15_000);
    expect([world.unsettled(), world.setAside.size]).toEqual([[], 0]);
    expect(world.kinds('adoption-failed').length).toBeGreaterThan(0);
  });

  it.each([1, 2, 3])(
    'but kills its node is set aside, and none of those that died with it: %i nodes',
    async (nodes) => {
      for (const seed of [21, 22, 23, 24]) {
        const world = await settledWorld({ seed, nodes, rooms: 8, maxAttempts: 3, poison: 'r0' });
        world.poisoned(world.nodes[0]!);
        await world.pass(60_000);
        expect([[...world.setAside], world.unsettled(), world.violations]).toEqual([['r0'], [], []]);
      }
    },
  );

  it('anywhere is set aside after three attempts, and the others are not held up', async () => {
    const world = await settledWorld({
      seed: 11,
      nodes: 3,
      rooms: 9,
      maxAttempts: 3,
      failsToAdopt: (roomId) => roomId === 'r0',
    });
    world.nodes[0]!.kill();
    await world.pass(1_200);
    expect(world.idle(1_000)).toEqual(['r0 of ' + world.rooms.get('r0')!.owner]);
    await world.pass(30_000);
    expect([...world.setAside]).toEqual(['r0']);
    expect(world.kinds('adoption-failed').map(({ event }) => (event as { roomId: string }).roomId)).toEqual([
      'r0',
      'r0',
      'r0',
    ]);
    expect(world.unsettled()).toEqual([]);
  });
});
