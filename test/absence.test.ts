import type { Client } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connect, type ConnectedRoom } from '../client/connect.ts';
import { LiveRoom } from '../server/room/live-room.ts';
import { type RunningServer, serve } from '../server/serve.ts';
import { DEFAULT_LIMITS } from '../shared/session/frame-session.ts';
import { ChaosProxy } from './support/chaos-proxy.ts';
import { CourseRoom } from './support/course.ts';
import { until } from './support/until.ts';

const rooms = new Map<string, LiveRoom>();

/** A room that remembers itself, for what a test has to ask of it. */
class KnownRoom extends LiveRoom {
  override onCreate(): void {
    rooms.set(this.roomId, this);
  }
}

class StatelessRoom extends KnownRoom {
  override messages = { echo: (client: Client, value: number) => client.send('number', value) };
}

const Counter = schema({ count: t.uint32() }, 'Counter');

/** No inputs: core keeps broadcasts for after the patch in a list of the room's. */
class UntimedRoom extends KnownRoom {
  override state = new Counter().assign({ count: 0 });

  override onCreate(): void {
    super.onCreate();
    this.setFixedTimestep(() => void this.state.count++, 2);
  }
}

class SlowRoom extends KnownRoom {
  override state = new Counter().assign({ count: 0 });

  override onCreate(): void {
    super.onCreate();
    this.setFixedTimestep(() => void this.state.count++, 0.5);
  }
}

class SavingRoom extends KnownRoom {
  override state = new Counter().assign({ count: 0 });

  override async onLeave(): Promise<void> {
    const savedAtMs = performance.now() + 2_500;
    await until('it is saved', () => performance.now() > savedAtMs);
  }
}

let server: RunningServer;
let proxy: ChaosProxy;

beforeAll(async () => {
  jest.spyOn(console, 'error').mockImplementation(() => {}); // what the rooms here throw on purpose
  server = await serve({
    rooms: { course: CourseRoom, stateless: StatelessRoom, untimed: UntimedRoom, slow: SlowRoom, saving: SavingRoom },
    port: 0,
    handleSignals: false,
  });
  proxy = await ChaosProxy.before(server.port);
});

afterAll(async () => {
  await proxy.close();
  await server.close();
  jest.restoreAllMocks();
});

async function join(room: string): Promise<{ room: ConnectedRoom<LiveRoom>; heard: number[]; ends: number[] }> {
  const joined = await connect<LiveRoom>(`http://127.0.0.1:${proxy.port}`, { room });
  const heard: number[] = [];
  const ends: number[] = [];
  joined.onMessage('number' as never, (value: never) => heard.push(value));
  joined.onLeave((code) => ends.push(code));
  return { room: joined, heard, ends };
}

/** Cuts every connection, and waits until the server knows; new ones hang until the proxy is released. */
async function cutOff(served: LiveRoom): Promise<void> {
  proxy.cut();
  proxy.stall();
  await until('the server knows', () => served.clients.length === 0);
}

describe('while a connection is away', () => {
  it('[S8] a room without state is resumed as any other', async () => {
    const { room, heard, ends } = await join('stateless');
    const drops: number[] = [];
    room.onDrop((code) => drops.push(code));
    proxy.cut();
    await until('it knows', () => drops.length > 0);
    room.send('echo' as never, 7 as never);
    await until('it is answered', () => heard.length === 1);
    expect([heard, ends]).toEqual([[7], []]);
    await room.leave();
  });

  it.each(['untimed', 'course'])('[S9] what a room says for after the next patch arrives once (%s)', async (name) => {
    const { room, heard } = await join(name);
    const served = name === 'course' ? CourseRoom.of(room.roomId) : rooms.get(room.roomId)!;
    await until('it is in', () => served.clients.length === 1);
    const [client] = served.clients;
    const say = (value: number): void => {
      client!.send('number', value, { afterNextPatch: true });
      served.broadcast('number', value + 1, { afterNextPatch: true });
    };
    say(1);
    await cutOff(served); // perhaps before the patch, perhaps after
    say(3);
    proxy.release();
    await until('it is back', () => served.clients.length === 1);
    say(5);
    await until('all is heard', () => heard.length >= 6);
    expect(heard.toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    await room.leave();
  });

  it('[A10] the reply that a handler owes is kept, and names no internals', async () => {
    const { room } = await join('course');
    const served = CourseRoom.of(room.roomId);
    await until('it is in', () => served.clients.length === 1);
    const answer = room.request('throwLater' as never).catch((error: Error) => error.message);
    await until('the request is there', () => room.connection.isOpen);
    await new Promise<void>((resolve) => room.ping(() => resolve()));
    await cutOff(served);
    proxy.release();
    expect(await answer).toBe('the request failed');
    await room.leave();
  });

  it('a room can end its session, and the client is told the code', async () => {
    const { room, ends } = await join('course');
    const served = CourseRoom.of(room.roomId);
    await until('it is in', () => served.clients.length === 1);
    const [client] = served.clients;
    await cutOff(served as LiveRoom);
    client!.leave(4_500);
    proxy.release();
    await until('it is told', () => ends.length > 0);
    expect(ends).toEqual([4_500]);
  });

  it('[S5] a client can say as much as it keeps, and the server takes it at once', async () => {
    const { room, ends } = await join('course');
    const served = CourseRoom.of(room.roomId);
    await until('it is in', () => served.clients.length === 1);
    await cutOff(served as LiveRoom);
    const count = DEFAULT_LIMITS.client.maxKeptMessages;
    for (let i = 0; i < count; i++) room.send('number' as never, i as never);
    proxy.release();
    await until('it is heard, or over', () => served.heard.get(room.sessionId)?.length === count || ends.length > 0);
    expect(ends).toEqual([]);
    await room.leave();
  });
});

describe('silence of a room (S)', () => {
  it('[S10] is no lost link while it ticks slowly, and not while it saves a player who leaves', async () => {
    const slow = await join('slow');
    const saving = await join('saving');
    const drops: string[] = [];
    slow.room.onDrop(() => drops.push('slow'));
    saving.room.onDrop(() => drops.push('saving'));
    await until('it is in', () => rooms.get(saving.room.roomId)!.clients.length === 1);
    expect(await saving.room.leave()).toBe(4000);
    expect(drops).toEqual([]);
    await slow.room.leave();
  });
});
