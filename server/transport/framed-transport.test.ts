import { type Client, CloseCode } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CloseReason } from '../../shared/wire/close-reason.ts';
import { MessageCode } from '../../shared/wire/colyseus-message.ts';
import { FrameType } from '../../shared/wire/frame-type.ts';
import { type InProcessClient, InProcessServer } from '../../test/support/in-process.ts';
import { settled } from '../../test/support/virtual-timers.ts';
import { LiveRoom } from '../room/live-room.ts';
import { RoomSessions } from '../session/room-sessions.ts';

const State = schema({ x: t.int32() }, 'TransportTestState');

/** A room whose `onReconnect` takes as long as a test likes, and says something. */
class TestRoom extends LiveRoom {
  override state = new State();
  readonly events: string[] = [];
  readonly heard: number[] = [];
  admit: Promise<void> | undefined;
  override messages = {
    '*': (_client: Client, _type: string | number, value: number) => void this.heard.push(value),
    throw: () => {
      throw new Error('secret: /etc/inside');
    },
  };

  override async onReconnect(client: Client): Promise<void> {
    this.events.push('reconnect');
    await this.admit;
    client.send('own');
    this.broadcast('all');
  }

  override onDrop(client: Client, code?: number): void | Promise<unknown> {
    this.events.push(`drop ${code}`);
    return super.onDrop(client, code);
  }

  override onLeave(_client: Client, code?: number): void {
    this.events.push(`leave ${code}`);
  }
}

const OWN = '0d a3 6f 77 6e';
const ALL = '0d a3 61 6c 6c';

let server: InProcessServer;
let client: InProcessClient;
let room: TestRoom;

async function pass(ms: number): Promise<void> {
  await settled();
  jest.advanceTimersByTime(ms);
  await settled();
}

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
  jest.spyOn(console, 'error').mockImplementation(() => {});
  server = await InProcessServer.start({ test: TestRoom }, { session: { maxKeptMessages: 5 } });
  client = await server.join('test');
  room = client.room as TestRoom;
  await pass(100);
  client.heard();
});

afterEach(async () => {
  await server.stop();
  jest.clearAllTimers();
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('framed transport: coming back', () => {
  it('[S9] what the room says in onReconnect arrives once, behind what it said before', async () => {
    client.ws.end(1006);
    await settled();
    room.broadcast('all');
    await client.resume();
    await pass(50);
    expect(client.heard()).toEqual([ALL, OWN, ALL]);
  });

  it('[S9] what the room says while its onReconnect takes its time is not lost', async () => {
    const before = room.clients[0]!;
    client.ws.end(1006);
    await settled();
    let admit = (): void => {};
    room.admit = new Promise((resolve) => (admit = resolve));
    client.beginResume();
    await pass(100);
    before.send('own');
    room.broadcast('all');
    await pass(100);
    admit();
    await pass(100);
    expect(client.heard().sort()).toEqual([ALL, ALL, OWN, OWN]);
  });

  it('takes the place of a connection that is still thought to be open', async () => {
    const old = client.ws;
    await client.resume();
    await pass(50);
    expect(old.terminated).toBe(true);
    old.end(1006);
    await pass(50);
    room.broadcast('all');
    await pass(50);
    expect(room.events).toEqual([`drop ${CloseCode.MAY_TRY_RECONNECT}`, 'reconnect']);
    expect(client.heard()).toEqual([OWN, ALL, ALL]);
  });

  it('[S9] what was sent between the close of the peer and the end of the connection arrives', async () => {
    client.ws.beginPeerClose();
    room.broadcast('all');
    await pass(100);
    await client.resume();
    await pass(50);
    expect(client.heard()).toEqual([ALL, OWN, ALL]);
  });

  it('a second attempt takes the place of a first one that got stuck behind the upgrade', async () => {
    client.ws.end(1006);
    const { token } = client;
    client.beginResume(token);
    await settled();
    client.ws.take(); // its answer is lost
    await pass(1_000);
    await client.resume(token);
    await client.acknowledgeJoin();
    room.broadcast('all');
    await pass(50);
    expect(client.heard().at(-1)).toBe(ALL);
    expect(room.events.filter((event) => event.startsWith('leave'))).toEqual([]);
    expect(RoomSessions.of(room).size).toBe(1);
  });

  it('an attempt that goes silent behind its upgrade does not cost the seat', async () => {
    client.ws.end(1006);
    client.session.suspend();
    const { token } = client;
    await settled();
    // Upgraded, and then the link stalls: no RESUME.
    const stalled = await silentUpgrade(client);
    await pass(5_000);
    expect([stalled.terminated, stalled.closes]).toEqual([true, []]);
    await client.resume(token);
    await client.acknowledgeJoin();
    room.broadcast('all');
    await pass(50);
    expect(client.heard().at(-1)).toBe(ALL);
  });

  it('a token opens nothing once its successor is known to have arrived', async () => {
    const { token } = client;
    client.ws.end(1006);
    await settled();
    await client.resume();
    await client.acknowledgeJoin();
    client.ws.end(1006);
    await settled();
    await client.resume(token);
    expect(client.ws.closes[0]!.code).toBe(CloseCode.FAILED_TO_RECONNECT);
  });

  it('an attempt with the same token that comes late leaves the client what it was told to come with', async () => {
    const { token: old } = client;
    client.ws.end(1006);
    await settled();
    await client.resume(old); // and is told the next one, and its acknowledgement is still on the way
    const { token: told, ws } = client;
    expect(told).not.toBe(old);
    client.openResume(old); // given up before, and late
    await settled();
    expect(ws.terminated).toBe(true);
    await client.resume(told);
    await client.acknowledgeJoin();
    room.broadcast('all');
    await pass(50);
    expect(client.heard().at(-1)).toBe(ALL);
    expect(client.ws.closes).toEqual([]);
  });

  it('[S5] tells one whose link had stalled that too much was kept for it', async () => {
    const other = await server.join('test'); // a room that nobody is left in ends, and what it knew with it
    for (let i = 0; i < 6; i++) {
      room.broadcast('all');
      await pass(50);
      other.read();
      other.flush(); // acknowledges; the one with the stalled link does not
    }
    await pass(1_100); // the close is not answered either
    expect(room.events).toEqual([`drop ${CloseReason.SessionOverflow}`, `leave ${CloseReason.SessionOverflow}`]);
    await client.resume();
    expect(client.ws.closes[0]!.code).toBe(CloseReason.SessionOverflow);
  });

  it('a message that makes the room throw ends that connection, and no other', async () => {
    const other = await server.join('test');
    await pass(100);
    other.heard();
    client.say('0d a5 74 68 72 6f 77');
    await pass(50);
    expect(client.ws.closes[0]!.code).toBe(CloseCode.WITH_ERROR);
    room.broadcast('all');
    await pass(50);
    expect([other.heard(), other.ws.closes]).toEqual([[ALL], []]);
  });
});

/** The upgrade of a resume, behind which nothing comes. */
async function silentUpgrade(of: InProcessClient): Promise<InProcessClient['ws']> {
  of.openResume(of.token);
  await settled();
  return of.ws;
}

describe('framed transport: the whole state', () => {
  /** How often it came since the last time. */
  async function wholes(): Promise<number> {
    await pass(50);
    client.read();
    const { received } = client;
    client.received = [];
    return received.filter((message) => message[0] === MessageCode.RoomState).length;
  }

  const ask = (): void => {
    client.session.post({ type: FrameType.Keyframe, flags: 0, body: new Uint8Array(0) });
    client.flush();
  };

  it('[S16] comes once to one that asks, on its first connection and on a later one', async () => {
    expect(await wholes()).toBe(0);
    ask();
    ask();
    expect(await wholes()).toBe(1);
    client.ws.end(1006);
    await settled();
    await client.resume();
    expect(await wholes()).toBe(1);
    ask();
    expect(await wholes()).toBe(1);
    expect(await wholes()).toBe(0);
  });

  it('[S14] comes once to one that has read what waited, framed or not', async () => {
    const plain = await server.seat('test');
    await plain.connect({ framed: false });
    await plain.acknowledgeJoin();
    for (const slow of [client, plain]) {
      await pass(50);
      slow.read();
      slow.received = [];
      slow.ws.bufferedAmount = 20_000;
      room.state.x++;
      await pass(50);
      slow.read();
      expect(slow.received.map((message) => message[0])).toEqual([]);
      slow.ws.bufferedAmount = 0;
      await pass(50);
      slow.read();
      expect(slow.received.map((message) => message[0])).toEqual([MessageCode.RoomState]);
    }
  });
});

describe('framed transport: joining', () => {
  it('refuses one without a seat in words that name nothing', async () => {
    const stranger = await server.seat('test');
    Object.assign(stranger, { sessionId: 'stranger' });
    await stranger.connect();
    expect(stranger.ws.closes).toEqual([{ code: CloseCode.WITH_ERROR, reason: 'seat reservation expired.' }]);
  });

  it('closes one that never acknowledges its join, within 5 s', async () => {
    const silent = await server.seat('test');
    await silent.connect();
    await pass(4_500);
    expect(silent.ws.closes[0]!.code).toBe(CloseReason.HandshakeTimeout);
    await pass(1_500);
    expect([silent.ws.terminated, RoomSessions.of(room).size]).toEqual([true, 1]);
  });

  it('serves one that does not ask for frames plain Colyseus in the same room', async () => {
    const plain = await server.seat('test');
    await plain.connect({ framed: false });
    await plain.acknowledgeJoin();
    room.broadcast('all');
    await pass(50);
    expect(plain.heard()).toEqual([ALL]);
    expect(client.heard()).toEqual([ALL]);
    plain.say('0d a1 6e 07');
    client.say('0d a1 6e 08');
    expect(room.heard).toEqual([7, 8]);
  });
});
