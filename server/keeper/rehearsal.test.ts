import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Client, matchMaker } from '@colyseus/core';
import { StateView, t } from '@colyseus/schema';
import { InProcessServer } from '../../test/support/in-process.ts';
import { until } from '../../test/support/until.ts';
import { fixed, live } from '../../shared/live/live.ts';
import { LiveRoom } from '../room/live-room.ts';
import { roomKeeping } from '../room/room-keep.ts';
import type { RoomSession } from '../session/room-sessions.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { rehearseOften, type RehearsalOptions } from './rehearsal.ts';
import { type KeptRoom, readStored } from './restore-room.ts';
import { RoomKeepers } from './room-keepers.ts';

const Ship = live({ x: fixed(1) }, 'RehearsedShip');
const State = live({ ships: t.map(Ship), hidden: t.map(Ship).view() }, 'RehearsedState');

/** What the game's own code was asked to do. */
let story: string[] = [];

class Game extends LiveRoom {
  override state = new State();

  override onCreate(): void {
    story.push('create');
  }

  override onJoin(client: Client): void {
    story.push('join');
    const ship = new Ship().assign({ x: 1 });
    this.state.hidden.set(client.sessionId, ship);
    this.state.ships.set(client.sessionId, new Ship().assign({ x: 2 }));
    client.view = new StateView();
    client.view.add(ship);
  }

  override onDrop(): void {
    story.push('drop');
  }

  override onRestoreRoom(): void {
    story.push('restore');
  }
}

let server: InProcessServer;
let store: MemoryStore;
let taken: RoomSession[];

const takeUpSession: RehearsalOptions['takeUpSession'] = (client, saved) => {
  const session = server.transport.takeUpSession(client, saved);
  taken.push(session);
  return session;
};

function become(node: string): RoomKeepers {
  const clocks = { random: () => 0.5, cpuMs: () => 0 };
  const keepers = new RoomKeepers({ store, node: () => node, takeUpSession, ...clocks });
  roomKeeping.current = keepers;
  return keepers;
}

beforeEach(async () => {
  story = [];
  taken = [];
  store = new MemoryStore();
  server = await InProcessServer.start({ game: Game });
});

afterEach(async () => {
  jest.restoreAllMocks();
  roomKeeping.current = undefined;
  await server.stop();
});

/** A room of two framed clients, as it runs, and as it is kept. */
async function played(): Promise<{ room: Game; kept: KeptRoom }> {
  const { roomId } = await server.join('game');
  await server.join('game');
  const keptNow = async (): Promise<KeptRoom> => readStored(await store.load(roomId));
  const room = matchMaker.getLocalRoomById(roomId) as Game;
  const keeper = (roomKeeping.current as RoomKeepers).keeperOf(roomId)!;
  keeper.freeze(true);
  expect(await keeper.isWritten(10_000)).toBe(true);
  story = [];
  return { room, kept: await keptNow() };
}

describe('the rehearsal of a takeover', () => {
  it('goes eight times through all that follows, and leaves the room and its code alone', async () => {
    become('a');
    const { room, kept } = await played();
    const { state } = room;
    const before = JSON.stringify(state);
    const times = await rehearseOften(room, kept, { takeUpSession, isIdle: () => true, cpuMs: () => 0 });
    expect(times).toBe(8);
    expect(taken.map(({ sessionId }) => sessionId)).toEqual(
      Array.from({ length: 8 }, () => [...kept.seats.keys()]).flat(),
    );
    // Each was told the whole state, behind what its session owed: nothing of it waits.
    expect(taken.map(({ frames }) => [frames!.state, frames!.pending])).toEqual(taken.map(() => ['live', false]));
    expect(story).toEqual([]);
    expect(room.state).toBe(state);
    expect(JSON.stringify(state)).toBe(before);
    expect(room.clients.length).toBe(2);
  });

  it('ends when the room is claimed, when it takes long, and at an error', async () => {
    become('a');
    const { room, kept } = await played();
    const always = { takeUpSession, isIdle: () => true, cpuMs: () => 0 };
    let asked = 0;
    expect(await rehearseOften(room, kept, { ...always, isIdle: () => ++asked < 3 })).toBe(2);
    let workedMs = 0;
    expect(await rehearseOften(room, kept, { ...always, cpuMs: () => (workedMs += 100) })).toBe(2);
    const state = kept.record.state!.slice(0, -1);
    const damaged = { ...kept, record: { ...kept.record, state } };
    expect(await rehearseOften(room, damaged, always)).toBe(0);
  });

  it('comes before a room is ready to move in, once for all of its name', async () => {
    become('a');
    const { roomId } = (await played()).kept;
    jest.spyOn(console, 'error').mockImplementation(() => {}); // core says of a room that was given up that it was
    const target = become('b');
    await target.prepare(roomId);
    expect(taken.length).toBe(16);
    target.unprepare(roomId, 'it stays');
    await until('it is gone', () => !target.holds(roomId));
    await target.prepare(roomId);
    expect(taken.length).toBe(16);
    expect(story).toEqual(['create', 'create']);
    target.unprepare(roomId, 'it stays');
    await until('it is gone', () => !target.holds(roomId));
  });
});
