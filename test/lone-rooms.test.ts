import { afterEach, describe, expect, it } from '@jest/globals';
import { schema, t } from '@colyseus/schema';
import { connect, type ConnectedRoom } from '../client/connect.ts';
import { createLog } from '../server/log/log.ts';
import { LiveRoom } from '../server/room/live-room.ts';
import { type RunningServer, serve } from '../server/serve.ts';
import { CloseReason } from '../shared/wire/close-reason.ts';
import { until } from './support/until.ts';

const State = schema({ score: t.number(), spoilt: t.boolean() }, 'LoneState');

class FragileGame extends LiveRoom {
  override state = new State().assign({ score: 0, spoilt: false });
  override messages = {
    score: () => void (this.state.score += 1),
    spoil: () => this.#spoil(),
    spoilLater: () => this.clock.setTimeout(() => this.#spoil(), 1),
  };

  override onCreate(): void {
    this.setFixedTimestep(() => {}, 60);
  }

  #spoil(): never {
    this.state.spoilt = true;
    throw new Error('as a game does it');
  }
}

let server: RunningServer | undefined;

async function play(keepRoomsInMemory: boolean): Promise<ConnectedRoom<FragileGame>> {
  const log = createLog('silent');
  server = await serve({ rooms: { fragile: FragileGame }, port: 0, handleSignals: false, keepRoomsInMemory, log });
  return connect<FragileGame>(`http://127.0.0.1:${server.port}`, { room: 'fragile' });
}

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('a server in no pool', () => {
  it('that keeps rooms in memory has one that throws begin again as it was, with who is in it', async () => {
    const room = await play(true);
    const { sessionId } = room;
    room.send('score');
    await until('it counts', () => room.state.score === 1);
    room.send('spoil');
    await until('it is back', () => room.stats.reconnects === 1);
    room.send('score');
    await until('it goes on', () => room.state.score === 2);
    expect([room.sessionId, room.state.spoilt]).toEqual([sessionId, false]);
    await room.leave();
  });

  it('that does not ends such a room, and says so', async () => {
    const room = await play(false);
    const left = new Promise((resolve) => room.onLeave((code) => resolve(code)));
    room.send('spoilLater');
    expect(await left).toBe(CloseReason.RoomFailed);
  });
});
