import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type ConnectedRoom } from '../client/connect.ts';
import { openWebSocket } from '../client/socket.ts';
import { type LocalPool, startPool } from '../pool/local-pool.ts';
import type { ArenaRoom } from '../server/arena/arena-room.ts';
import { ArenaServer } from './support/arena-server.ts';
import { until } from './support/until.ts';

const ROOT = path.join(import.meta.dirname, '..');

let pool: LocalPool;
const said: string[] = [];
const rooms: ConnectedRoom<ArenaRoom>[] = [];
/** Paths of the WebSockets opened, `/PROCESS/ROOM`. */
let paths: string[] = [];

beforeAll(async () => {
  ArenaServer.build();
  const environment = { VELARIUM_LOG_LEVEL: 'silent' };
  pool = await startPool({ nodes: 3, environment, say: (line) => said.push(line) });
}, 60_000);

afterEach(async () => {
  await Promise.all(rooms.splice(0).map((room) => room.leave()));
  paths = [];
});

afterAll(() => pool.stop());

async function join(options: object): Promise<ConnectedRoom<ArenaRoom>> {
  const room = await connect<ArenaRoom>(pool.url, {
    room: 'arena',
    ...options,
    openSocket: (url, ...rest) => {
      paths.push(new URL(url).pathname);
      return openWebSocket(url, ...rest);
    },
  });
  rooms.push(room);
  return room;
}

const processOf = (at: string): string => at.split('/')[1]!;

/** What each node says, in their order. */
async function metricOfNodes(name: string): Promise<number[]> {
  return Promise.all(
    pool.nodes.map(async ({ url }) => {
      const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
      return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length) ?? 0);
    }),
  );
}

describe('npm run pool', () => {
  it('spreads rooms over its nodes, and each WebSocket finds its own through the one port', async () => {
    const created: ConnectedRoom<ArenaRoom>[] = [];
    // Where rooms go is up to how busy each node is, and the tests' machine is busy in ways of its own.
    while (new Set(paths.map(processOf)).size < 2 && created.length < 40) {
      created.push(...(await Promise.all(Array.from({ length: 4 }, () => join({ create: true })))));
    }
    const guests = await Promise.all(created.slice(-8).map(({ roomId }) => join({ roomId })));
    for (const [i, guest] of guests.entries()) {
      expect(guest.state.ships.has(created.slice(-8)[i]!.sessionId)).toBe(true);
    }
    const perNode = pool.nodes.map(({ processId }) => new Set(paths.filter((at) => processOf(at) === processId)).size);
    expect(perNode.filter((rooms) => rooms > 0).length).toBeGreaterThan(1);
    expect(perNode.reduce((sum, rooms) => sum + rooms)).toBe(created.length);
    expect(await metricOfNodes('velarium_rooms{room="arena"}')).toEqual(perNode);
    // Though the pool has just begun, and its nodes hardly know of each other.
    expect(await metricOfNodes('velarium_frames_total{direction="out",type="moved"}')).toEqual([0, 0, 0]);
  });

  it('takes sessions back to their rooms', async () => {
    const players = await Promise.all(Array.from({ length: 6 }, () => join({ create: true })));
    const homes = new Set(paths);
    paths = [];
    const ships = players.map((room) => room.state.ships.get(room.sessionId));
    let back = 0;
    for (const room of players) {
      room.onReconnect(() => back++);
      room.connection.close(4010);
    }
    await until('all are back', () => back === players.length);
    expect(new Set(paths)).toEqual(homes);
    expect(players.map((room) => room.state.ships.get(room.sessionId))).toEqual(ships);
  });

  it('shows players the page and not what is behind', async () => {
    expect(await (await fetch(pool.url)).text()).toContain('<canvas id="scene"');
    for (const hidden of ['/metrics', '/monitor/', '/admin/nodes', '/Admin/drain']) {
      expect([hidden, (await fetch(pool.url + hidden)).status]).toEqual([hidden, 404]);
    }
  });

  it('tells of a node that dies, and goes on with the others', async () => {
    const [first, ...others] = pool.nodes;
    first!.child.kill();
    await first!.child.ended;
    await until('it is told', () => said.some((line) => line.startsWith('node 1 ended (signal SIGKILL)')));
    const survivor = await join({ create: true });
    expect(others.map(({ processId }) => processId)).toContain(processOf(paths[0]!));
    expect(survivor.state.ships.has(survivor.sessionId)).toBe(true);
  });
});

/** The command, as a person runs it. */
async function run(
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; out: string; error: string }> {
  const child = spawn(process.execPath, ['pool/main.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, out, error };
}

describe('the command', () => {
  it('says where to play, and ends in order when it is asked to', async () => {
    const args = ['pool/main.ts', '--nodes', '1', '--port', '0', '--redis', pool.redisUri];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    await until('one can play', () => out.includes('play at'), 30_000);
    const url = /play at (http:\/\/localhost:\d+\/)/.exec(out)![1]!;
    expect((await fetch(`${url}readyz`)).status).toBe(200);
    const node = /node 1 +(http:\S+) +process (\S+), pid (\d+);/.exec(out)!;
    const [own] = (await (await fetch(`${node[1]}/admin/nodes`)).json()) as [{ processId: string }];
    expect(own.processId).toBe(node[2]);

    const ended = once(child, 'exit');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(out.trim().split('\n').slice(-2)).toEqual(['pool: ending', 'pool: ended']);
    expect(() => process.kill(Number(node[3]), 0)).toThrow('ESRCH');
  });

  it('names what is wrong', async () => {
    const [wrong, taken, refused] = await Promise.all([
      run(['--nodes', 'many']),
      run(['--nodes', '1', '--port', String(pool.port), '--redis', pool.redisUri]),
      run(['--nodes', '1', '--port', '0', '--redis', pool.redisUri], { VELARIUM_ADMIN_TOKEN: 'short' }),
    ]);
    expect([wrong.code, wrong.out]).toEqual([2, '']);
    expect(wrong.error).toContain('pool: --nodes: a whole number from 1 to 64, not "many"\n');
    expect([taken.code, taken.out]).toEqual([1, '']);
    expect(taken.error).toBe(`pool: port ${pool.port} is in use; choose another one with --port\n`);
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.error).toContain('pool: node 1 does not start (exit code 1)\n');
    expect(refused.error).toContain('velarium: VELARIUM_ADMIN_TOKEN has at least 16 characters and no spaces\n');
  }, 60_000);

  it('tells how it is used', async () => {
    const { code, out, error } = await run(['--help']);
    expect([code, error]).toEqual([0, '']);
    for (const option of ['--nodes N', '--port N', '--host ADDRESS', '--redis URI']) expect(out).toContain(option);
  });
});
