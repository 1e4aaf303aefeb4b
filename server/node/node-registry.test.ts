import { beforeEach, describe, expect, it } from '@jest/globals';
import { settled, VirtualTimers } from '../../test/support/virtual-timers.ts';
import type { NodeLoad } from './load-meter.ts';
import { lonelyBoard, type NodeBoard, NodeRegistry } from './node-registry.ts';

const idle: NodeLoad = { tickShare: 0, loopShare: 0, lagMs: 0, rooms: 0, clients: 0 };

/** A board as Redis is one: each node's words are what it last said, and it may be away. */
class Board {
  readonly said = new Map<string, string>();
  away = false;
  reads = 0;

  /** The board as one node has it. */
  for(registry: () => NodeRegistry): NodeBoard {
    const beat = (): Promise<void> => {
      if (!this.away) this.said.set(registry().own.processId, registry().describe());
      return Promise.resolve();
    };
    return {
      beat,
      living: async () => {
        this.reads++;
        if (this.away) throw new Error('away');
        await beat();
        return new Map(this.said);
      },
    };
  }
}

let timers: VirtualTimers;
let board: Board;
const loads: Record<string, NodeLoad> = {};

beforeEach(() => {
  timers = new VirtualTimers();
  board = new Board();
  loads['a'] = loads['b'] = loads['c'] = idle;
});

const make = (processId: string): NodeRegistry =>
  new NodeRegistry({
    processId,
    address: `${processId}:2567`,
    clock: timers,
    random: () => 0,
    sampleLoad: () => loads[processId]!,
  });

async function started(processId: string): Promise<NodeRegistry> {
  const registry = make(processId);
  await registry.start(board.for(() => registry));
  return registry;
}

const ids = (registry: NodeRegistry): string[] => registry.nodes().map(({ processId }) => processId);

describe('the nodes of a pool', () => {
  it('knows of itself alone where there is no pool, and places rooms there', async () => {
    const registry = make('a');
    await registry.start(lonelyBoard);
    expect(registry.nodes()).toEqual([{ processId: 'a', address: 'a:2567', load: idle, draining: false }]);
    expect(registry.placeRoom()).toBe('a');
  });

  it('sees another within a second, and its load', async () => {
    const a = await started('a');
    await started('b');
    expect(ids(a)).toEqual(['a']);
    loads['b'] = { ...idle, loopShare: 0.5, rooms: 9 };
    await timers.pass(2_000);
    expect(a.nodes()[1]).toEqual({ processId: 'b', address: 'b:2567', load: loads['b'], draining: false });
    expect(a.placeRoom()).toBe('a');
    loads['a'] = { ...idle, loopShare: 0.9 };
    await timers.pass(1_000);
    expect(a.placeRoom()).toBe('b');
  });

  it('places nothing on a draining node, and nowhere where all are', async () => {
    const [a, b] = [await started('a'), await started('b')];
    const drained = b.drain();
    await timers.pass(1_000);
    expect(new Set(Array.from({ length: 50 }, () => a.placeRoom()))).toEqual(new Set(['a']));
    expect(new Set(Array.from({ length: 50 }, () => b.placeRoom()))).toEqual(new Set(['a']));
    void a.drain();
    expect(a.placeRoom()).toBeUndefined();
    await timers.pass(250);
    await drained;
  });

  it('has drained when the others know, and at once where there are none', async () => {
    const a = await started('a');
    await a.drain();
    const [b, c] = [await started('b'), await started('c')];
    await timers.pass(1_000);
    let isDrained = false;
    void b.drain().then(() => (isDrained = true));
    expect(new Set(Array.from({ length: 50 }, () => c.placeRoom()))).toEqual(new Set(['b', 'c']));
    while (!isDrained) await timers.pass(50);
    expect(new Set(Array.from({ length: 50 }, () => c.placeRoom()))).toEqual(new Set(['c']));
  });

  it('tells those who were there again, or new, since the board was last read', async () => {
    const a = await started('a');
    const b = await started('b');
    let isDrained = false;
    expect(ids(a)).toEqual(['a']);
    void a.drain().then(() => (isDrained = true));
    await timers.pass(1_200);
    expect([isDrained, b.placeRoom()]).toEqual([false, 'b']);
    await timers.pass(50);
    expect(isDrained).toBe(true);
  });

  it('waits for those whom it knew and who are not there now: behind an outage they come one by one', async () => {
    const a = await started('a');
    const b = await started('b');
    await timers.pass(1_000);
    await b.stop(); // its own beats would bring it back
    board.said.delete('b');
    let isDrained = false;
    void a.drain().then(() => (isDrained = true));
    await timers.pass(999);
    expect([isDrained, ids(a)]).toEqual([false, ['a']]);
    board.said.set('b', b.describe());
    await timers.pass(1_250);
    expect([isDrained, ids(a)]).toEqual([false, ['a', 'b']]);
    await timers.pass(1);
    expect(isDrained).toBe(true);
  });

  it('lets go of one whose lease has run out', async () => {
    const a = await started('a');
    const b = await started('b');
    await timers.pass(1_000);
    expect(ids(a)).toEqual(['a', 'b']);
    await b.stop();
    board.said.delete('b');
    await timers.pass(1_000);
    expect(ids(a)).toEqual(['a']);
  });

  it('takes what it read for true for 3.5 s when the board goes away, and again when it is back', async () => {
    const a = await started('a');
    await started('b');
    await timers.pass(1_000);
    board.away = true;
    await timers.pass(3_499);
    expect(ids(a)).toEqual(['a', 'b']);
    await timers.pass(1);
    expect(ids(a)).toEqual(['a']);
    board.away = false;
    await timers.pass(1_000);
    expect(ids(a)).toEqual(['a', 'b']);
  });

  it.each([
    ['', 'nothing'],
    ['{', 'half of something'],
    ['null', 'null'],
    ['{"address":"x:1","load":{"tickShare":0}}', 'a part'],
    ['{"address":7,"load":{"tickShare":0,"loopShare":0,"lagMs":0,"rooms":0,"clients":0},"draining":false}', 'no text'],
  ])('leaves out a node that says %j (%s)', async (words) => {
    const a = await started('a');
    board.said.set('odd', words);
    await timers.pass(1_000);
    expect(ids(a)).toEqual(['a']);
  });

  it('knows the way to a node that has just begun, and reads the board once for all who ask', async () => {
    const a = await started('a');
    await started('b');
    expect(ids(a)).toEqual(['a']);
    const readsBefore = board.reads;
    expect(await Promise.all([a.addressOf('b'), a.addressOf('b'), a.addressOf('gone')])).toEqual([
      'b:2567',
      'b:2567',
      undefined,
    ]);
    expect(board.reads - readsBefore).toBe(1);
    expect(await a.addressOf('a')).toBe('a:2567');
    expect(await a.addressOf('b')).toBe('b:2567');
    expect(board.reads - readsBefore).toBe(1);
  });

  it('knows the way to others for as long as the board is away, and does not make up any', async () => {
    const a = await started('a');
    const b = await started('b');
    await timers.pass(1_000);
    board.away = true;
    await timers.pass(60_000);
    expect(ids(a)).toEqual(['a']);
    expect(await a.addressOf('b')).toBe('b:2567');
    await expect(a.addressOf('c')).rejects.toThrow('away');
    await b.stop();
    board.away = false;
    board.said.delete('b');
    await timers.pass(1_000);
    expect(await a.addressOf('b')).toBeUndefined();
  });

  it('sets no timer any more when it has stopped', async () => {
    const a = await started('a');
    expect(timers.count).toBe(1);
    await a.stop();
    await settled();
    expect(timers.count).toBe(0);
  });
});
