import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ArenaPilot } from '../loadtest/arena-pilot.ts';
import { ArenaServer } from './support/arena-server.ts';
import { until } from './support/until.ts';

const PLAYERS = 8;
const SECONDS = 10;

let server: ArenaServer;

beforeAll(async () => {
  ArenaServer.build();
  server = await ArenaServer.start();
}, 60_000);

afterAll(async () => {
  await server?.stop();
});

describe('an arena of eight', () => {
  it('gives each player at least 58 updates a second, in messages of less than 1 KiB on average', async () => {
    const first = await ArenaPilot.join({ endpoint: server.url, name: 'Pilot 1' });
    const pilots = [first];
    for (let i = 2; i <= PLAYERS; i++) {
      pilots.push(await ArenaPilot.join({ endpoint: server.url, name: `Pilot ${i}`, roomId: first.room.roomId }));
    }
    await until('everybody flies', () => pilots.every(({ updates }) => updates > 60));

    const before = pilots.map(({ updates, room }) => ({
      updates,
      bytes: room.stats.bytesIn,
      frames: room.stats.framesIn,
    }));
    const startMs = performance.now();
    await until('the time is over', () => performance.now() - startMs >= SECONDS * 1_000, 2 * SECONDS * 1_000);
    const seconds = (performance.now() - startMs) / 1_000;
    const measured = pilots.map(({ updates, room }, i) => ({
      updatesPerSecond: (updates - before[i]!.updates) / seconds,
      bytesPerMessage: (room.stats.bytesIn - before[i]!.bytes) / (room.stats.framesIn - before[i]!.frames),
    }));
    await Promise.all(pilots.map((pilot) => pilot.leave()));

    const updates = measured.map(({ updatesPerSecond }) => updatesPerSecond);
    const bytes = measured.map(({ bytesPerMessage }) => bytesPerMessage);
    console.info(
      `${PLAYERS} players, ${SECONDS} s: ${Math.min(...updates).toFixed(1)} updates/s at least, ` +
        `${Math.max(...bytes).toFixed(0)} bytes a message at most`,
    );
    expect(Math.min(...updates)).toBeGreaterThanOrEqual(58);
    expect(Math.max(...bytes)).toBeLessThan(1_024);
    expect(pilots.map(({ room }) => room.stats.reconnects)).toEqual(pilots.map(() => 0));
  }, 60_000);
});
