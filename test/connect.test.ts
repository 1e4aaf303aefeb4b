import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type AuthContext, type Client, Room, ServerError } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import type { MatchMakeError } from 'colyseus.js';
import { LiveRoom } from '../server/room/live-room.ts';
import { type RunningServer, serve } from '../server/serve.ts';
import { until } from './support/until.ts';
import { connect, type ConnectOptions } from '../client/connect.ts';
import { LinkSimulator } from '../client/link-simulator.ts';
import { type OpenSocket, openWebSocket } from '../client/socket.ts';

const HallState = schema({ name: t.string(), guests: t.map('string') }, 'HallState');

/** A room whose state is set in `onCreate` and does not change by itself, and that talks to whoever joins. */
class Hall extends LiveRoom<{ state: InstanceType<typeof HallState> }> {
  override state = new HallState().assign({ name: 'hall' });
  override maxClients = 3;
  override messages = { echo: (client: Client, text: string) => client.send('echo', text) };

  override onAuth(_client: Client, { bar }: { bar?: boolean } = {}, { token }: AuthContext): unknown {
    if (bar) throw new ServerError(4_321, 'not you');
    return { token: token ?? 'none' };
  }

  override onJoin(client: Client, { refuse, leave }: { refuse?: string; leave?: boolean } = {}): void {
    if (refuse !== undefined) throw new ServerError(4_322, refuse);
    this.state.guests.set(client.sessionId, 'guest');
    client.send('hello', (client.auth as { token: string }).token);
    client.sendBytes('bytes', Uint8Array.of(7));
    this.broadcast('news', 'somebody came');
    if (leave) afterState(this, () => client.leave(4_444));
  }
}

/** Runs `next` when the room has sent the next client its state and what it was told meanwhile. */
function afterState(room: Room, next: () => void): void {
  const internals = room as unknown as { sendFullState(client: Client): void };
  const { sendFullState } = internals;
  internals.sendFullState = (client) => {
    internals.sendFullState = sendFullState;
    sendFullState.call(room, client);
    queueMicrotask(next);
  };
}

/** A room without state, that talks too. */
class Porch extends Room {
  override onJoin(client: Client): void {
    client.send('hello', 'porch');
  }
}

/** Has work to do for those who come back, until it may let them in. */
class SlowDoor extends Hall {
  static opens = (): boolean => true;

  override async onReconnect(): Promise<void> {
    await until('the door opens', SlowDoor.opens);
  }
}

/** Lets in and then says nothing of its state: a client sees the join alone. */
class Mute extends Room<{ state: InstanceType<typeof HallState> }> {
  override state = new HallState().assign({ name: 'mute' });
  override onJoin(client: Client, { end }: { end?: 'error' | 'leave' }): void {
    (this as unknown as { sendFullState(): void }).sendFullState = () => {
      if (end === 'error') client.error(4_323, 'no state for you');
      else client.leave(4_324);
    };
  }
}

let server: RunningServer;
let endpoint: string;

beforeAll(async () => {
  server = await serve({
    rooms: { hall: Hall, porch: Porch, mute: Mute, slow: SlowDoor },
    port: 0,
    handleSignals: false,
  });
  endpoint = `http://127.0.0.1:${server.port}`;
});

afterAll(() => server.close());

beforeEach(() => {
  jest.spyOn(console, 'warn').mockImplementation(() => {});
  jest.spyOn(console, 'info').mockImplementation(() => {});
});
afterEach(() => void jest.restoreAllMocks());

const enter = (options: Partial<ConnectOptions> = {}) => connect<Hall>(endpoint, { room: 'hall', ...options });

/** Hears all that the room says from now on. */
function hearing(room: { onMessage(type: '*', listener: (type: string | number, payload: unknown) => void): unknown }) {
  const heard: string[] = [];
  room.onMessage('*', (type, payload) => heard.push(`${type} ${String(payload)}`));
  return heard;
}

const refusal = async (joining: Promise<unknown>): Promise<[string, unknown, string]> => {
  const error = (await joining.then(
    () => new Error('it was let in'),
    (reason: unknown) => reason,
  )) as Error;
  return [error.name, (error as MatchMakeError).code, error.message];
};

describe('connect', () => {
  it('resolves with the state there, though nothing changes afterwards', async () => {
    const room = await enter();
    expect([room.state.name, room.state.guests.has(room.sessionId)]).toEqual(['hall', true]);
    await room.leave();
  });

  it('a listener added behind the await hears what was said in onJoin, once and in order', async () => {
    const room = await enter();
    const heard = hearing(room as never);
    room.send('echo', 'last');
    await until('it is heard', () => heard.includes('echo last'));
    room.send('echo', 'behind it'); // what came twice would come before
    await until('it is heard', () => heard.includes('echo behind it'));
    expect(heard).toEqual(['hello none', 'bytes 7', 'news somebody came', 'echo last', 'echo behind it']);
    await room.leave();
  });

  it('so does one added behind a few more promises, on a link that delivers all at once', async () => {
    const link = new LinkSimulator();
    link.delayMs = 20;
    const wrapped = async () => {
      const inner = async () => await enter({ link });
      return await inner();
    };
    for (let i = 0; i < 5; i++) {
      const room = await wrapped().then((joined) => joined);
      const heard = hearing(room as never);
      await until('it is heard', () => heard.length === 3);
      expect(heard).toEqual(['hello none', 'bytes 7', 'news somebody came']);
      await room.leave();
    }
  });

  it('hears what was said right before the room let it go', async () => {
    const room = await enter({ join: { leave: true } });
    const heard = hearing(room as never);
    const code = await new Promise((resolve) => room.onLeave(resolve));
    expect([heard, code]).toEqual([['hello none', 'bytes 7', 'news somebody came'], 4_444]);
  });

  it('a room without state is not waited for, and is heard the same', async () => {
    const room = await connect<Porch>(endpoint, { room: 'porch' });
    const heard = hearing(room as never);
    await until('it is heard', () => heard.length === 1);
    expect([heard, room.state]).toEqual([['hello porch'], null]);
    await room.leave();
  });

  it('`create` opens a new room, and without it the open one is joined', async () => {
    const rooms = [await enter(), await enter({ create: true }), await enter()];
    expect(rooms[1]!.roomId).not.toBe(rooms[0]!.roomId);
    expect([rooms[0]!.roomId, rooms[1]!.roomId]).toContain(rooms[2]!.roomId);
    const named = await enter({ create: true, roomId: rooms[1]!.roomId });
    expect(named.roomId).toBe(rooms[1]!.roomId);
    await Promise.all([...rooms, named].map((room) => room.leave()));
  });

  it('`authToken` reaches the room', async () => {
    const room = await enter({ authToken: 'secret' });
    const heard = hearing(room as never);
    await until('it is heard', () => heard.length > 0);
    expect(heard[0]).toBe('hello secret');
    await room.leave();
  });

  it('`reconnectionToken` takes up the seat of a page that is gone, with its state and messages', async () => {
    const opened: WebSocket[] = [];
    const before = await enter({
      openSocket: (url, protocols) => opened[opened.push(new WebSocket(url, protocols)) - 1] as never,
      reconnectForMs: 0,
    });
    const left = new Promise((resolve) => before.onLeave(resolve));
    opened[0]!.close(); // as of a page that goes: 1005, a drop
    await left;
    const room = await enter({ reconnectionToken: before.reconnectionToken });
    expect([room.sessionId, room.roomId]).toEqual([before.sessionId, before.roomId]);
    expect(room.state.guests.has(room.sessionId)).toBe(true);
    expect(room.reconnectionToken).not.toBe(before.reconnectionToken);
    const heard = hearing(room as never);
    room.send('echo', 'again');
    await until('it is heard', () => heard.includes('echo again'));
    await room.leave();
  });
});

describe('a session of connect', () => {
  it('comes back to a room whose onReconnect takes longer than the first attempt', async () => {
    let sockets = 0;
    const openSocket: OpenSocket = (...where) => {
      sockets++;
      return openWebSocket(...where);
    };
    const room = await connect<SlowDoor>(endpoint, { room: 'slow', openSocket });
    // The first attempt to come back finds it closed, and is given up for a second one.
    SlowDoor.opens = () => sockets >= 3;
    const heard = hearing(room as never);
    let back = 0;
    room.onReconnect(() => back++);
    room.connection.close(4_010);
    room.send('echo', 'away');
    await until('it is back', () => back > 0);
    await until('it is heard', () => heard.includes('echo away'));
    expect(back).toBe(1);
    expect(sockets).toBeGreaterThanOrEqual(3);
    await room.leave();
  });
});

describe('connect, refused', () => {
  it.each([
    ['an endpoint without a scheme', () => connect('localhost:2600', { room: 'hall' }), 'TypeError', undefined],
    ['no such room type', () => connect(endpoint, { room: 'nowhere' }), 'MatchMakeError', 520],
    ['no such room', () => enter({ roomId: 'nowhere' }), 'MatchMakeError', 522],
    ['a token that opens nothing', () => enter({ reconnectionToken: 'room:token' }), 'MatchMakeError', 522],
    ['the room, in onAuth', () => enter({ join: { bar: true } }), 'MatchMakeError', 4_321],
    ['the room, in onJoin', () => enter({ join: { refuse: 'full of guests' } }), 'MatchMakeError', 4_322],
    [
      'an error before the state',
      () => connect(endpoint, { room: 'mute', join: { end: 'error' } }),
      'MatchMakeError',
      4_323,
    ],
    [
      'a leave before the state',
      () => connect(endpoint, { room: 'mute', join: { end: 'leave' } }),
      'MatchMakeError',
      4_324,
    ],
  ])('by %s', async (_why, joining, name, code) => {
    expect((await refusal(joining())).slice(0, 2)).toEqual([name, code]);
  });

  it('by a full room', async () => {
    const first = await enter({ create: true });
    const rest = [await enter({ roomId: first.roomId }), await enter({ roomId: first.roomId })];
    expect((await refusal(enter({ roomId: first.roomId }))).slice(0, 2)).toEqual(['MatchMakeError', 522]);
    await Promise.all([first, ...rest].map((room) => room.leave()));
  });

  it('by nobody: there is no server', async () => {
    const http = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => http.once('listening', resolve));
    const { port } = http.address() as AddressInfo;
    await new Promise((resolve) => http.close(resolve));
    const [name, code] = await refusal(connect(`http://127.0.0.1:${port}`, { room: 'hall' }));
    expect([name, code]).toEqual(['MatchMakeError', 'ECONNREFUSED']);
  });
});
