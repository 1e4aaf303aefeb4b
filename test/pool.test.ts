import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type ConnectedRoom } from '../client/connect.ts';
import type { ArenaRoom } from '../server/arena/arena-room.ts';
import { ArenaServer } from './support/arena-server.ts';
import { startPoolNode } from './support/pool-node.ts';
import { RedisServer } from './support/redis-server.ts';
import { until, untilAnswer } from './support/until.ts';

const TOKEN = 'a-token-of-this-test';
const WITH_TOKEN = { headers: { authorization: `Bearer ${TOKEN}` } };

let redis: RedisServer;
let nodes: ArenaServer[];
const rooms: ConnectedRoom<ArenaRoom>[] = [];

interface NodeStatus {
  processId: string;
  address: string;
  draining: boolean;
  load: { rooms: number; clients: number };
}

const statusOf = async ({ url }: ArenaServer): Promise<NodeStatus[]> =>
  (await fetch(`${url}/admin/nodes`, WITH_TOKEN)).json() as Promise<NodeStatus[]>;

async function join(node: ArenaServer, options: object = {}): Promise<ConnectedRoom<ArenaRoom>> {
  const room = await connect<ArenaRoom>(node.url, { room: 'arena', ...options });
  rooms.push(room);
  return room;
}

/** A seat by HTTP alone: the answer's status and body. */
async function ask(node: ArenaServer, method: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${node.url}/matchmake/${method}/arena`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Which node has the room, and where that is reached. */
async function wayTo(roomId: string): Promise<{ owner: string; address: string }> {
  const { address } = (await (await fetch(`${nodes[0]!.url}/admin/route/any/${roomId}`, WITH_TOKEN)).json()) as {
    address: string;
  };
  const owner = (await statusOf(nodes[0]!)).find((node) => node.address === address)!;
  return { owner: owner.processId, address };
}

/** How many answers of Redis each node has timed. */
const redisAnswers = (): Promise<(string | undefined)[]> =>
  Promise.all(
    nodes.map(async ({ url }) => {
      const text = await (await fetch(`${url}/metrics`, WITH_TOKEN)).text();
      return /^velarium_redis_latency_seconds_count (\d+)$/m.exec(text)?.[1];
    }),
  );

const status = async (node: ArenaServer, path: string, init?: RequestInit): Promise<number> =>
  (await fetch(node.url + path, init)).status;

beforeAll(async () => {
  ArenaServer.build();
  redis = await RedisServer.start();
  const environment = { VELARIUM_ADMIN_TOKEN: TOKEN, VELARIUM_LOG_LEVEL: 'silent' };
  nodes = await Promise.all([startPoolNode(redis.uri, environment), startPoolNode(redis.uri, environment)]);
  for (const node of nodes) {
    await untilAnswer(
      'the nodes know each other',
      () => statusOf(node),
      ({ length }) => length === 2,
    );
  }
}, 60_000);

afterEach(async () => {
  await Promise.all(rooms.splice(0).map((room) => room.leave()));
});

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await redis.close();
});

describe('a pool', () => {
  it('spreads rooms that are created at once, whichever node is asked', async () => {
    const seats = await Promise.all(Array.from({ length: 20 }, () => ask(nodes[0]!, 'create')));
    const perNode = new Map<unknown, number>();
    for (const { body } of seats) perNode.set(body['processId'], (perNode.get(body['processId']) ?? 0) + 1);
    expect(perNode.size).toBe(2);
    for (const count of perNode.values()) expect(count).toBeGreaterThanOrEqual(4);
  });

  it('tells what it does to whoever has the token', async () => {
    const room = await join(nodes[0]!);
    await untilAnswer(
      'the room is counted',
      async () => Promise.all(nodes.map(async ({ url }) => (await fetch(`${url}/metrics`, WITH_TOKEN)).text())),
      (texts) => {
        const values = texts.map((text) => /^velarium_frames_total\{direction="out",type="delta"\} (\d+)$/m.exec(text));
        return values.some((value) => Number(value?.[1]) > 60);
      },
    );
    expect(room.roomId).toBeDefined();
    for (const path of ['/metrics', '/monitor/', '/monitor/api', '/admin/nodes']) {
      expect([path, await status(nodes[0]!, path)]).toEqual([path, 401]);
      expect([path, await status(nodes[0]!, path, WITH_TOKEN)]).toEqual([path, 200]);
    }
    expect(await status(nodes[0]!, '/admin/drain', { method: 'POST' })).toBe(401);
  });

  it('tells the state of a room at every node, and how old it is', async () => {
    const { roomId, sessionId } = await join(nodes[0]!);
    for (const { url } of nodes) {
      const look = (): Promise<Response> => fetch(`${url}/rooms/${roomId}/state`);
      await untilAnswer(
        'the state is there',
        async () => (await look()).text(),
        (text) => text.includes(sessionId),
      );
      const answer = await look();
      const { ships } = (await answer.json()) as { ships: Record<string, { hull: number }> };
      expect(ships[sessionId]!.hull).toBeGreaterThanOrEqual(0);
      expect(Number(answer.headers.get('x-velarium-age-ms'))).toBeGreaterThanOrEqual(0);
      expect(answer.headers.get('age')).toMatch(/^\d+$/);
      expect(await status({ url } as ArenaServer, '/rooms/none/state')).toBe(404);
    }
  });

  it('plays on while Redis is away, refuses joins at once with 503, and is well when it is back, though empty', async () => {
    const room = await join(nodes[0]!);
    const { address, owner } = await wayTo(room.roomId);
    let updates = 0;
    room.onStateChange(() => updates++);
    await redis.kill();
    await untilAnswer(
      'the nodes notice',
      () => status(nodes[0]!, '/readyz'),
      (code) => code === 503,
    );
    await untilAnswer(
      'the nodes notice',
      () => status(nodes[1]!, '/readyz'),
      (code) => code === 503,
    );

    for (const node of nodes) {
      expect(await ask(node, 'joinOrCreate')).toEqual({
        status: 503,
        body: { code: 503, error: 'the server pool is not available right now; try again in a moment' },
      });
      expect(await status(node, '/healthz')).toBe(200);
      // A balancer is told the way to rooms all the same, as far as anybody can.
      const way = await fetch(`${node.url}/admin/route/${owner}/${room.roomId}`, WITH_TOKEN);
      expect([way.status, way.headers.get('x-velarium-node')]).toEqual([200, address]);
      expect(await status(node, `/admin/route/gone/${room.roomId}`, WITH_TOKEN)).toBe(503);
      expect(await status(node, `/admin/sessions/${room.sessionId}`, WITH_TOKEN)).toBe(503);
      expect(await status(node, '/__healthcheck')).toBe(200);
    }
    const asked = await redisAnswers();
    const before = updates;
    await until('the room has played on for two seconds', () => updates - before > 120);
    expect(await redisAnswers()).toEqual(asked); // nobody answers, and nothing is counted as an answer

    await redis.start();
    for (const node of nodes) {
      await untilAnswer(
        'joins work again',
        () => ask(node, 'joinOrCreate'),
        ({ status: code }) => code === 200,
      );
      expect(await status(node, '/readyz')).toBe(200);
    }
    await untilAnswer(
      'its owner has listed the room again',
      () => status(nodes[1]!, `/admin/route/gone/${room.roomId}`, WITH_TOKEN),
      (code) => code === 200,
    );
    const guest = await join(nodes[1]!, { roomId: room.roomId });
    expect(guest.state.ships.has(room.sessionId)).toBe(true);
  });

  it('gives a draining node no rooms; those that it has move, and it ends', async () => {
    const [first, second] = nodes as [ArenaServer, ArenaServer];
    const room = await join(first, { create: true });
    const ship = room.state.ships.get(room.sessionId);
    const draining = fetch(`${first.url}/admin/drain`, { method: 'POST', ...WITH_TOKEN });
    await untilAnswer(
      'the other knows',
      () => statusOf(second),
      (found) => found.some(({ draining }) => draining),
    );
    expect(await status(first, '/readyz')).toBe(503);
    const seats = await Promise.all([...Array(10).keys()].map((i) => ask(i % 2 === 0 ? first : second, 'create')));
    const drained = (await (await draining).json()) as NodeStatus;
    expect(drained.draining).toBe(true);
    for (const { body } of seats) expect(body['processId']).not.toBe(drained.processId);
    expect(await first.exited).toBe(0);
    expect(room.state.ships.get(room.sessionId)).toBe(ship);
  });
});
