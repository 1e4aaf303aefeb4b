import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ArenaPilot } from '../loadtest/arena-pilot.ts';
import { type LocalPool, startPool } from '../pool/local-pool.ts';
import type { NodeProcess } from '../pool/node-process.ts';
import { ArenaServer } from './support/arena-server.ts';
import { until, untilAnswer } from './support/until.ts';

let pool: LocalPool;
const pilots: ArenaPilot[] = [];

beforeAll(async () => {
  ArenaServer.build();
  const environment = { VELARIUM_LOG_LEVEL: 'silent' };
  pool = await startPool({ nodes: 3, environment });
}, 60_000);

afterEach(async () => {
  await Promise.all(pilots.splice(0).map((pilot) => pilot.leave()));
});

afterAll(() => pool.stop());

async function join(options: { roomId?: string; bots?: number } = {}): Promise<ArenaPilot> {
  const pilot = await ArenaPilot.join({ endpoint: pool.url, name: `Pilot ${pilots.length}`, ...options });
  pilots.push(pilot);
  return pilot;
}

const processOf = ({ room }: ArenaPilot): string => new URL(room.connection.url!).pathname.split('/')[1]!;
const nodeOf = (pilot: ArenaPilot): NodeProcess => pool.nodes.find(({ processId }) => processId === processOf(pilot))!;

describe('a node that is killed', () => {
  it('leaves its rooms to the others, with all who play there: the same sessions, the same objects, the same time', async () => {
    const first = await join({ bots: 2 });
    const others = [await join({ roomId: first.room.roomId }), await join({ roomId: first.room.roomId })];
    const all = [first, ...others];
    await until('they play', () => all.every(({ updates }) => updates > 60));
    const ships = all.map(({ room }) => room.state.ships.get(room.sessionId));
    const sessions = all.map(({ room }) => room.sessionId);
    const ends: number[] = [];
    let back = 0;
    for (const { room } of all) {
      room.onLeave((code) => ends.push(code));
      room.onReconnect(() => back++);
    }
    const died = nodeOf(first);
    died.child.kill();
    await until('all are back', () => back === 3, 8_000);
    const updates = all.map((pilot) => pilot.updates);
    await until('they play on', () => all.every((pilot, i) => pilot.updates > updates[i]! + 30));
    expect(ends).toEqual([]);
    expect(all.map(({ room }) => room.sessionId)).toEqual(sessions);
    all.forEach(({ room }, i) => expect(room.state.ships.get(room.sessionId)).toBe(ships[i]));
    expect(new Set(all.map(processOf)).size).toBe(1);
    expect(nodeOf(first)).not.toBe(died);
  }, 60_000);

  it('that only slept finds its rooms taken, lets them go, and its clients hear the new owner alone', async () => {
    const pilot = await join({ bots: 0 });
    await until('it plays', () => pilot.updates > 60);
    const { room } = pilot;
    const ship = room.state.ships.get(room.sessionId);
    const slept = nodeOf(pilot);
    const roomsOf = async (): Promise<number> => {
      const nodes = (await (await fetch(`${slept.url}/admin/nodes`)).json()) as [{ load: { rooms: number } }];
      return nodes[0].load.rooms;
    };
    const roomsBefore = await roomsOf();
    let isBack = false;
    room.onReconnect(() => (isBack = true));
    process.kill(slept.child.pid!, 'SIGSTOP');
    await until('another node has it', () => isBack && nodeOf(pilot) !== slept, 25_000);
    const seen: number[] = [];
    room.onStateChange(() => seen.push(room.clock.lastServerTime()));
    process.kill(slept.child.pid!, 'SIGCONT');
    await untilAnswer('the one that slept let go', roomsOf, (rooms) => rooms === roomsBefore - 1);
    await until('play goes on', () => seen.length > 60);
    expect(nodeOf(pilot)).not.toBe(slept);
    expect(room.state.ships.get(room.sessionId)).toBe(ship);
    expect(seen.every((atMs, i) => i === 0 || atMs >= seen[i - 1]!)).toBe(true); // one timeline
  }, 60_000);
});
