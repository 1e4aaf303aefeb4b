import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ArenaPilot } from '../loadtest/arena-pilot.ts';
import { type LocalPool, startPool } from '../pool/local-pool.ts';
import type { NodeProcess } from '../pool/node-process.ts';
import { ArenaServer } from './support/arena-server.ts';
import { until } from './support/until.ts';

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
  }, 30_000);
});
