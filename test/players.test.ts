import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ArenaPilot } from '../loadtest/arena-pilot.ts';
import { FrameType } from '../shared/wire/frame-type.ts';
import { ArenaServer } from './support/arena-server.ts';
import { CountedSockets } from './support/counted-socket.ts';
import { until } from './support/until.ts';

const PLAYERS = 8;
const SECONDS = 10;
/** What a tick's state may take at a client's socket on average, header included. */
const STATE_FRAME_BYTES = 40;

let server: ArenaServer;

beforeAll(async () => {
  ArenaServer.build();
  server = await ArenaServer.start();
}, 60_000);

afterAll(async () => {
  await server?.stop();
});

/** A frame of its own, or a batch with something beside it. */
const states = (sockets: CountedSockets) => sockets.of(FrameType.Delta, FrameType.Batch);

describe('an arena of eight', () => {
  it('gives each player at least 58 updates a second, in state frames of at most 40 bytes on average', async () => {
    const sockets = Array.from({ length: PLAYERS }, () => new CountedSockets());
    const join = (i: number, roomId?: string) =>
      ArenaPilot.join({
        endpoint: server.url,
        name: `Pilot ${i + 1}`,
        openSocket: sockets[i]!.open,
        ...(roomId === undefined ? { bots: 0 } : { roomId }),
      });
    const first = await join(0);
    const pilots = [first];
    for (let i = 1; i < PLAYERS; i++) pilots.push(await join(i, first.room.roomId));
    await until('everybody flies', () => pilots.every(({ updates }) => updates > 60));

    const before = pilots.map(({ updates }, i) => ({ updates, ...states(sockets[i]!) }));
    let mostShots = 0;
    const startMs = performance.now();
    await until(
      'the time is over',
      () => {
        mostShots = Math.max(mostShots, first.room.state.shots.size);
        return performance.now() - startMs >= SECONDS * 1_000;
      },
      2 * SECONDS * 1_000,
    );
    const seconds = (performance.now() - startMs) / 1_000;
    const updates = pilots.map((pilot, i) => (pilot.updates - before[i]!.updates) / seconds);
    const bytes = sockets.map((socket, i) => {
      const after = states(socket);
      return (after.bytes - before[i]!.bytes) / (after.frames - before[i]!.frames);
    });
    await Promise.all(pilots.map((pilot) => pilot.leave()));

    console.info(
      `${PLAYERS} players, ${SECONDS} s: ${Math.min(...updates).toFixed(1)} updates/s at least, ` +
        `${Math.max(...bytes).toFixed(1)} bytes a state frame at most, up to ${mostShots} shots in flight`,
    );
    expect(Math.min(...updates)).toBeGreaterThanOrEqual(58);
    expect(mostShots).toBeGreaterThan(5);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(STATE_FRAME_BYTES);
    expect(pilots.map(({ room }) => room.stats.reconnects)).toEqual(pilots.map(() => 0));
  }, 60_000);
});
