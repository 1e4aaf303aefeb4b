import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisServer } from './support/redis-server.ts';
import { until } from './support/until.ts';

const SCRIPT = path.join(import.meta.dirname, 'support/failover-node.ts');
const NODES = ['a', 'b', 'c'];
const ROOMS = 12;
const roomIds = Array.from({ length: ROOMS }, (_, i) => `room-${i}`);
const firstOwner = (i: number): string => `${NODES[i % NODES.length]}/1`;

interface Line {
  atMs: number;
  kind: string;
  key?: string;
  roomId?: string;
}

class Node {
  readonly key: string;
  readonly child: ChildProcess;
  /** What it printed since the test began. */
  lines: Line[] = [];
  errors = '';

  constructor(nodeId: string) {
    this.key = `${nodeId}/1`;
    this.child = spawn(process.execPath, [SCRIPT, server.uri, nodeId, '1'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let rest = '';
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      this.lines.push(...lines.map((line) => JSON.parse(line) as Line));
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
  }

  of(kind: string): Line[] {
    return this.lines.filter((line) => line.kind === kind);
  }
}

let server: RedisServer;
let admin: Redis;
let nodes: Node[];

beforeAll(async () => {
  server = await RedisServer.start();
  admin = new Redis(server.port);
  await admin.sadd('rooms', roomIds);
  for (const [i, roomId] of roomIds.entries()) await admin.xadd(`journal:${roomId}`, '1-0', 'owner', firstOwner(i));
  nodes = NODES.map((nodeId) => new Node(nodeId));
  await until('all nodes see each other', () => {
    for (const { child, errors } of nodes) if (child.exitCode !== null) throw new Error(errors);
    return nodes.every((node) => node.of('joined').length === 2 && node.of('unfenced').length === 1);
  });
});

beforeEach(() => {
  for (const node of nodes) node.lines = [];
});

afterAll(async () => {
  for (const { child } of nodes) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  admin.disconnect();
  await server.close();
});

/** Waits until rooms have been adopted so often, by all nodes together. */
const adopted = (times: number) =>
  until(`${times} adoptions`, () => nodes.flatMap((node) => node.of('adopted')).length === times);

/** Of each room the owners that wrote its journal, in turn, each with its epoch. Fails where an epoch has two. */
async function owners(): Promise<Record<string, string[]>> {
  const result: Record<string, string[]> = {};
  for (const roomId of roomIds) {
    const ofEpoch = new Map<string, string>();
    for (const [id, [, owner]] of await admin.xrange(`journal:${roomId}`, '-', '+')) {
      const epoch = id.split('-')[0]!;
      expect(ofEpoch.get(epoch) ?? owner).toBe(owner);
      ofEpoch.set(epoch, owner!);
    }
    result[roomId] = [...ofEpoch].map(([epoch, owner]) => `${epoch} ${owner}`);
  }
  return result;
}

/** Not asserted: how long it took is the machine's affair. */
function printTimes(what: string, sinceMs: number, lines: readonly Line[]): void {
  const times = lines.map(({ atMs }) => atMs - sinceMs).toSorted((x, y) => x - y);
  process.stdout.write(`${what}: ${times.join(', ')} ms\n`);
}

/** The rooms whose last entry is `owner`'s. */
async function roomsOf(owner: string): Promise<string[]> {
  const history = Object.entries(await owners());
  return history.flatMap(([roomId, writers]) => (writers.at(-1)!.endsWith(` ${owner}`) ? [roomId] : []));
}

// One after the other on the same three processes: it takes longer to start them than all of this.
describe('three processes on one Redis', () => {
  it('a Redis that stands still makes all of them pause, and none of them lost', async () => {
    server.freeze();
    const frozenMs = performance.now();
    await until('all are fenced', () => nodes.every((node) => node.of('fenced').length === 1));
    await until('a node would have been lost', () => performance.now() - frozenMs > 1_500);
    server.thaw();
    await until('all go on', () => nodes.every((node) => node.of('unfenced').length === 1));
    const lengths = (): Promise<number[]> => Promise.all(roomIds.map((roomId) => admin.xlen(`journal:${roomId}`)));
    const before = await lengths();
    let now = before;
    let asking: Promise<unknown> | undefined;
    await until('all rooms write again', () => {
      asking ??= lengths().then((found) => {
        now = found;
        asking = undefined;
      });
      return now.every((length, i) => length > before[i]!);
    });
    await asking;
    expect(nodes.flatMap((node) => [...node.of('lost'), ...node.of('adopted'), ...node.of('let-go')])).toEqual([]);
    expect(await owners()).toEqual(Object.fromEntries(roomIds.map((roomId, i) => [roomId, [`1 ${firstOwner(i)}`]])));
  });

  it('one that stood still finds itself fenced before it does anything, and lets go of its rooms', async () => {
    const [a, b, c] = nodes as [Node, Node, Node];
    const ofB = await roomsOf(b.key);
    const stoppedMs = Date.now();
    b.child.kill('SIGSTOP');
    await adopted(ofB.length);
    await until('both others have found it lost', () => [a, c].every((node) => node.of('lost').length === 1));
    printTimes('stopped: found lost after', stoppedMs, [...a.of('lost'), ...c.of('lost')]);
    const before = b.lines.length;
    const history = await owners();
    const wokeMs = Date.now();
    b.child.kill('SIGCONT');
    await until('it has let go of its rooms', () => b.of('let-go').length === ofB.length);
    printTimes('woken: fenced, and let go of its rooms, after', wokeMs, [...b.of('fenced'), ...b.of('let-go')]);
    expect(b.lines[before]!.kind).toBe('fenced');
    expect(b.of('refused')).toEqual([]);
    expect(await owners()).toEqual(history);
    await until('the others see it again', () => [a, c].every((node) => node.of('back').length === 1));
    expect([a, c].map((node) => node.of('lost').length)).toEqual([1, 1]);
  });

  it('one that is killed is found lost by each other one, and each of its rooms is taken once', async () => {
    const [a, b, c] = nodes as [Node, Node, Node];
    const ofA = await roomsOf(a.key);
    const killedMs = Date.now();
    a.child.kill('SIGKILL');
    await adopted(ofA.length);
    // One may take all its rooms before the other looks.
    await until('both others have found it lost', () => [b, c].every((node) => node.of('lost').length > 0));
    for (const node of [b, c]) expect(node.of('lost').map(({ key }) => key)).toEqual([a.key]);
    const taken = [...b.of('adopted'), ...c.of('adopted')];
    expect(taken.map(({ roomId }) => roomId).toSorted()).toEqual(ofA.toSorted());
    printTimes('killed: found lost after', killedMs, [...b.of('lost'), ...c.of('lost')]);
    printTimes('killed: rooms adopted after', killedMs, taken);

    // The last one takes what is left, some rooms for the second time or the third.
    const ofB = await roomsOf(b.key);
    const againMs = Date.now();
    b.child.kill('SIGKILL');
    await adopted(ofA.length + ofB.length);
    expect(c.of('lost').map(({ key }) => key)).toEqual([a.key, b.key]);
    printTimes('killed: rooms adopted by the last one after', againMs, c.of('adopted').slice(-ofB.length));
    const history = await owners();
    for (const [i, roomId] of roomIds.entries()) {
      const writers = history[roomId]!;
      expect(writers[0]).toBe(`1 ${firstOwner(i)}`);
      expect(writers.at(-1)).toBe(`${writers.length} ${c.key}`);
    }
    expect(nodes.flatMap((node) => [...node.of('refused'), ...node.of('fenced')])).toEqual([]);
  });
});
