import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Encoder, Reflection, schema, t } from '@colyseus/schema';
import { Room } from 'colyseus.js';
import { Compressor } from '../shared/wire/compression.ts';
import { writeMoved } from '../shared/wire/control.ts';
import { FrameType } from '../shared/wire/frame-type.ts';
import { bytes, concat, hex } from '../test/support/bytes.ts';
import { type FakeSocket, fakeSockets } from '../test/support/fake-socket.ts';
import { FramePeer, joinRoom } from '../test/support/frame-peer.ts';
import { settled, VirtualTimers } from '../test/support/virtual-timers.ts';
import { fflateDeflate } from './fflate-deflate.ts';
import { FramedRoom, type FramedRoomOptions, type LostRoom, type Whereabouts } from './framed-room.ts';
import { openWebSocket } from './socket.ts';

/** What the SDK's Room has inside, as far as we go by it. */
interface Inside {
  connection: {
    isOpen: boolean;
    events: Record<string, unknown>;
    connect(url: string, headers?: unknown): void;
    send(data: Uint8Array): void;
  };
  handleReconnection(code: number, reason: string): void;
  retryReconnection(): void;
  onMessageCallback(event: { data: ArrayBuffer }): void;
  joinedAtTime: number;
}

const inside = (room: unknown): Inside => room as Inside;
const HIT = hex(bytes('0d a3 68 69 74'));

beforeEach(() => void jest.spyOn(console, 'info').mockImplementation(() => {}));
afterEach(() => void jest.restoreAllMocks());

/** The SDK's own room with a connection that a test made. */
function plainRoom() {
  const room = new Room('room');
  room.roomId = 'room';
  const sent: string[] = [];
  const connected: unknown[][] = [];
  const events: Inside['connection']['events'] = {};
  const connection = {
    isOpen: false,
    events,
    connect: (...parameters: unknown[]) => connected.push(parameters),
    send: (data: Uint8Array) => sent.push(hex(data)),
  };
  Object.defineProperty(room, 'connection', { get: () => connection, set: () => {} });
  return { room, sent, connected, events };
}

/** The room has got the join with this token. */
function dispatchJoin(room: unknown, token: string): void {
  inside(room).onMessageCallback({ data: joinRoom(token, null).slice().buffer });
}

describe('what FramedRoom relies on inside the SDK\u2019s Room', () => {
  it('`connection` can be defined anew on an instance, and `connect` goes by what is found there', () => {
    const { room, connected, events } = plainRoom();
    room.connect('ws://server/process/room', {}, { cookie: 'c' });
    expect(connected).toEqual([['ws://server/process/room', { cookie: 'c' }]]);
    for (const event of ['onmessage', 'onclose', 'onerror']) {
      expect([event, typeof events[event]]).toEqual([event, 'function']);
    }
  });

  it('`handleReconnection` and `retryReconnection` are methods, and the first calls the second as an own property', () => {
    const { room } = plainRoom();
    let retries = 0;
    inside(room).retryReconnection = () => retries++;
    room.reconnection.minUptime = -Infinity;
    dispatchJoin(room, 'tok');
    expect(typeof inside(Room.prototype).retryReconnection).toBe('function');
    room.reconnection.retryCount = 7;
    inside(room).handleReconnection(1006, '');
    expect([retries, room.reconnection.isReconnecting, room.reconnection.retryCount]).toEqual([1, true, 0]);
    room.reconnection.retryCount = 7;
    inside(room).handleReconnection(1006, '');
    expect([retries, room.reconnection.retryCount]).toEqual([2, 7]); // counted on while it lasts
  });

  it('`minUptime` of minus infinity lets every session come back', () => {
    expect(plainRoom().room.reconnection.minUptime).toBe(5_000);
  });

  it('messages while the connection is not open are pushed to `reconnection.enqueuedMessages` as `{ data }`', () => {
    const { room, sent } = plainRoom();
    const pushed: string[] = [];
    room.reconnection.enqueuedMessages.push = ({ data }: { data: Uint8Array }) => pushed.push(hex(data));
    room.send('hit');
    expect([pushed, sent]).toEqual([[HIT], []]);
  });

  it('a join behind the first ends the reconnecting, renews the token and is acknowledged', () => {
    const { room, sent } = plainRoom();
    let joins = 0;
    (room as unknown as { onJoin(listener: () => void): void }).onJoin(() => joins++);
    let reconnects = 0;
    room.onReconnect(() => reconnects++);
    dispatchJoin(room, 'tok');
    expect([joins, reconnects, room.reconnectionToken, sent]).toEqual([1, 0, 'room:tok', ['0a']]);
    room.reconnection.isReconnecting = true;
    dispatchJoin(room, 'tok2');
    expect([joins, reconnects, room.reconnectionToken, sent]).toEqual([1, 1, 'room:tok2', ['0a', '0a']]);
    expect(room.reconnection.isReconnecting).toBe(false);
  });

  it('a close with a code that is no drop leaves the room, once it has joined', () => {
    const { room, events } = plainRoom();
    room.connect('ws://server/process/room', {});
    dispatchJoin(room, 'tok');
    const left: unknown[] = [];
    room.onLeave((code, reason) => left.push([code, reason]));
    (events.onclose as (event: unknown) => void)({ code: 4101, reason: 'why' });
    expect(left).toEqual([[4101, 'why']]);
  });

  it('leaving sends LEAVE_ROOM, open or not', () => {
    const { room, sent } = plainRoom();
    void room.leave();
    expect(sent).toEqual(['0c']);
  });
});

describe('framed room', () => {
  let timers: VirtualTimers;
  let sockets: FakeSocket[];
  let room: FramedRoom;
  let peer: FramePeer;
  let told: string[];

  const socket = (): FakeSocket => sockets.at(-1)!;
  const said = (): string[] =>
    peer
      .take()
      .filter(({ type }) => type === FrameType.Colyseus)
      .map(({ body }) => hex(body));

  function make(open = fakeSockets(), locate?: FramedRoomOptions['locate']): void {
    ({ sockets } = open);
    room = new FramedRoom('room', undefined, {
      open: open.open,
      timers,
      compressor: new Compressor(fflateDeflate),
      reconnectForMs: 30_000,
      ...(locate === undefined ? {} : { locate }),
    });
    room.roomId = 'room';
    room.sessionId = 's';
    room.onDrop((code) => told.push(`drop ${code}`));
    room.onReconnect(() => told.push('reconnect'));
    room.onLeave((code) => told.push(`leave ${code}`));
    room.onError((code, message) => told.push(`error ${code} ${message}`));
  }

  async function join(): Promise<void> {
    room.connect('ws://server/process/room?sessionId=s', {});
    peer.accept(socket());
    peer.join('tok');
    await settled();
    peer.take();
  }

  const token = (): string | undefined => socket().token;

  beforeEach(() => {
    timers = new VirtualTimers(1_000_000);
    told = [];
    peer = new FramePeer();
    make();
  });

  it('comes back at once with its token, and what was sent meanwhile arrives once and in order', async () => {
    await join();
    for (let i = 0; i < 3; i++) room.send(i);
    await settled();
    socket().take(); // lost
    peer.drop();
    for (let i = 3; i < 20; i++) room.send(i);
    expect(sockets).toHaveLength(1);
    await timers.pass(0);
    expect([sockets.length, token()]).toEqual([2, 'tok']);
    room.send(20);
    peer.resume(socket(), 'tok2');
    room.send(21);
    await settled();
    const heard = said();
    expect(heard.filter((body) => body !== '0a')).toEqual(
      Array.from({ length: 22 }, (_, i) => hex(bytes('0d'.concat(i.toString(16).padStart(2, '0'))))),
    );
    expect(heard.filter((body) => body === '0a')).toEqual(['0a']);
    expect(told).toEqual(['drop 1006', 'reconnect']);
    expect([room.reconnectionToken, room.reconnection.isReconnecting]).toEqual(['room:tok2', false]);
  });

  it('waits between attempts, longer each time, and begins anew with each drop', async () => {
    await join();
    for (let drop = 0; drop < 2; drop++) {
      peer.drop();
      const waits: number[] = [];
      for (let attempt = 0; attempt < 6; attempt++) {
        const before = timers.now();
        const count = sockets.length;
        while (sockets.length === count) await timers.pass(10);
        waits.push(timers.now() - before);
        if (attempt < 5) socket().end(1006);
      }
      expect(waits.map((ms) => Math.floor(ms / 100))).toEqual([0, 1, 2, 4, 5, 5]);
      peer.resume(socket(), `tok${drop}`);
      await settled();
    }
    expect(told).toEqual(['drop 1006', 'reconnect', 'drop 1006', 'reconnect']);
  });

  it('tries again at once after an attempt that was given up', async () => {
    await join();
    peer.drop();
    await timers.pass(0);
    await timers.pass(1_000);
    expect(sockets).toHaveLength(3);
    expect(timers.count).toBe(1); // the time of that attempt, and nothing else
  });

  describe('asks where its room is', () => {
    let asked: (LostRoom & { answer(where: Whereabouts | Error): void })[];

    beforeEach(() => {
      asked = [];
      make(fakeSockets(), (lost) => {
        const { promise, resolve, reject } = Promise.withResolvers<Whereabouts>();
        asked.push({ ...lost, answer: (where) => (where instanceof Error ? reject(where) : resolve(where)) });
        return promise;
      });
    });

    const answer = async (where: Whereabouts | Error): Promise<void> => {
      asked.at(-1)!.answer(where);
      await settled();
    };
    const lastUrl = (): string => socket().url.split('?')[0]!;

    it('at once when nothing was heard for a second, spread a little, and goes where it is', async () => {
      timers.nextRandom = 0.5;
      await join();
      await timers.pass(1_000);
      expect([told, asked.length]).toEqual([['drop 4010'], 0]);
      await timers.pass(50);
      expect(asked).toHaveLength(1);
      expect(asked[0]).toMatchObject({ roomId: 'room', sessionId: 's', url: 'ws://server/process/room?sessionId=s' });
      expect(sockets).toHaveLength(1); // the silent server is not tried
      await answer({ url: 'ws://server/other/room' });
      expect([sockets.length, lastUrl(), token()]).toEqual([2, 'ws://server/other/room', 'tok']);
      peer.resume(socket(), 'tok2');
      await settled();
      expect(told).toEqual(['drop 4010', 'reconnect']);
    });

    it('not where the connection broke: that may be the way there alone, and the first attempt finds out', async () => {
      await join();
      peer.drop();
      await timers.pass(0);
      expect([asked.length, sockets.length]).toEqual([0, 2]);
      socket().end(1006);
      await timers.pass(100);
      expect(asked).toHaveLength(1);
    });

    it('when an attempt was not answered in time', async () => {
      await join();
      peer.drop();
      await timers.pass(0);
      socket().open();
      await timers.pass(1_000);
      expect([asked.length, sockets.length]).toEqual([1, 2]);
    });

    it('again a little later while it is on its way, and opens nothing meanwhile', async () => {
      await join();
      await timers.pass(1_000);
      await answer('on its way');
      await timers.pass(99);
      expect(asked).toHaveLength(1);
      await timers.pass(1);
      expect([asked.length, sockets.length]).toEqual([2, 1]);
    });

    it('and goes where it was if nobody can tell', async () => {
      await join();
      await timers.pass(1_000);
      await answer(new Error('nobody'));
      expect([sockets.length, lastUrl()]).toEqual([2, 'ws://server/process/room']);
    });

    it('not when it was told where: it goes there at once', async () => {
      await join();
      const moved = { address: 'n2', processId: 'p2', roomId: 'room', sessionId: 's', reconnectionToken: '' };
      peer.say({ type: FrameType.Moved, flags: 0, body: writeMoved(moved) });
      await timers.pass(0);
      expect([asked.length, lastUrl()]).toEqual([0, 'ws://n2/p2/room']);
    });

    it('leaves no timer when it is over meanwhile, and opens nothing', async () => {
      await join();
      await timers.pass(1_000);
      room.connection.close(4000);
      await answer({ url: 'ws://server/other/room' });
      expect([sockets.length, timers.count]).toEqual([1, 0]);
    });
  });

  it('leaves with 4003 when 30 s were not enough, and leaves no timer', async () => {
    await join();
    peer.drop();
    for (let i = 0; i < 29; i++) await timers.pass(1_000);
    expect(told).toEqual(['drop 1006']);
    await timers.pass(2_000);
    expect(told).toEqual(['drop 1006', 'leave 4003']);
    expect([timers.count, socket().abandoned]).toEqual([0, true]);
    await timers.pass(60_000);
    expect(told).toHaveLength(2);
  });

  it('a server that says no ends it at once', async () => {
    await join();
    peer.drop();
    await timers.pass(0);
    socket().end(4003, 'seat reservation expired');
    expect(told).toEqual(['drop 1006', 'leave 4003']);
    expect(timers.count).toBe(0);
  });

  it('ends by overflow while it waits to try again, and opens nothing afterwards', async () => {
    await join();
    peer.drop();
    for (let i = 0; i < 1_025; i++) room.send('hit');
    expect(told).toEqual(['drop 1006', 'leave 4103']);
    await timers.pass(60_000);
    expect([sockets.length, timers.count]).toEqual([1, 0]);
  });

  it('opens nothing after its end even where the game has removed all listeners', async () => {
    await join();
    peer.drop();
    room.removeAllListeners();
    for (let i = 0; i < 1_025; i++) room.send('hit');
    await timers.pass(60_000);
    expect([sockets.length, timers.count]).toEqual([1, 0]);
  });

  it('a leave that was said while it was away goes out when it is back', async () => {
    await join();
    peer.drop();
    const left = room.leave();
    await timers.pass(0);
    peer.resume(socket(), 'tok2');
    await settled();
    expect(said()).toEqual(['0c', '0a']);
    socket().end(4000);
    expect(await left).toBe(4000);
    expect(timers.count).toBe(0);
  });

  it('`leave(false)` while it is away does not disturb its coming back', async () => {
    await join();
    peer.drop();
    void room.leave(false);
    await timers.pass(0);
    expect([sockets.length, timers.count]).toEqual([2, 1]);
    peer.resume(socket(), 'tok2');
    expect(told).toEqual(['drop 1006', 'reconnect']);
  });

  it('a listener of onDrop that throws does not keep the session from coming back', async () => {
    await join();
    room.onDrop(() => {
      throw new Error('a listener failed');
    });
    expect(() => peer.drop()).toThrow('a listener failed');
    await timers.pass(0);
    peer.resume(socket(), 'tok2');
    expect(told).toEqual(['drop 1006', 'reconnect']);
  });

  it('a listener of onReconnect that throws loses no message, and the session comes back again', async () => {
    await join();
    room.onMessage('*', (type) => told.push(`message ${type}`));
    room.onReconnect(() => {
      throw new Error('a listener failed');
    });
    peer.drop();
    await timers.pass(0);
    peer.session.post({ type: FrameType.Colyseus, flags: 4, body: bytes('0d 05') });
    expect(() => peer.resume(socket(), 'tok2')).toThrow('a listener failed');
    peer.sayKept('0d 06');
    expect(told).toEqual(['drop 1006', 'message 5', 'reconnect', 'message 6']);
    // The SDK has not come to take the new token; nor has it acknowledged the join, so that the old one still counts.
    expect(said()).toEqual([]);
    peer.drop();
    await timers.pass(0);
    expect(token()).toBe('tok');
  });

  it('an attempt that cannot even begin is one that failed', async () => {
    const fake = fakeSockets();
    let refuse = 0;
    make({
      sockets: fake.sockets,
      open: (...parameters) => {
        if (refuse-- > 0) throw new Error('no sockets left');
        return fake.open(...parameters);
      },
    });
    await join();
    peer.drop();
    refuse = 3;
    await timers.pass(5_000);
    expect(sockets.length).toBeGreaterThan(1);
    peer.resume(socket(), 'tok2');
    expect(told).toEqual(['drop 1006', 'reconnect']);
  });

  it('without reconnection a drop is the end, and leaves no timer', async () => {
    await join();
    room.reconnection.enabled = false;
    peer.drop();
    await timers.pass(60_000);
    expect(told).toEqual(['drop 1006', 'leave 1006']);
    expect([sockets.length, timers.count]).toEqual([1, 0]);
  });

  it('without reconnection the connection ends with the drop, and queues nothing more', async () => {
    await join();
    room.reconnection.enabled = false;
    const answer = room.request('double', 21).catch((error: Error) => error.message);
    peer.drop();
    expect(await answer).toMatch(/connection closed/); // at once, not after its own timeout
    for (let i = 0; i < 2_000; i++) room.send('hit');
    expect(told).toEqual(['drop 1006', 'leave 1006']);
    expect(room.connection.isOpen).toBe(false);
  });

  it('reconnection that is given up while it is away ends with the next attempt that fails', async () => {
    await join();
    peer.drop();
    await timers.pass(0);
    room.reconnection.enabled = false;
    socket().end(1006);
    await timers.pass(60_000);
    expect(told).toEqual(['drop 1006', 'leave 4003']);
    expect([sockets.length, timers.count, room.reconnection.isReconnecting]).toEqual([2, 0, false]);
  });

  it('`leave` of what is over resolves at once with the code of its end', async () => {
    await join();
    peer.drop(4_101);
    expect(await room.leave()).toBe(4_101);
    expect(await room.leave(false)).toBe(4_101);
  });

  it('`leave` in a listener of the end does so too', async () => {
    await join();
    const left: Promise<number>[] = [];
    room.onLeave(() => left.push(room.leave()));
    peer.drop(4_101);
    expect(await Promise.all(left)).toEqual([4_101]);
  });

  describe('ready', () => {
    const State = schema({ name: t.string() }, 'State');
    const encoder = new Encoder(new State().assign({ name: 'hall' }));
    const reflection = Reflection.encode(encoder);
    const STATE = { type: FrameType.State, flags: 0, body: encoder.encodeAll().slice() };

    /** JOIN_ROOM of a room with state. */
    const joinWithState = (): Uint8Array =>
      concat(bytes('0a 03 74 6f 6b 06 73 63 68 65 6d 61'), Uint8Array.of(reflection.length), reflection);

    const connect = (message: Uint8Array): void => {
      room.connect('ws://server/process/room?sessionId=s', {});
      peer.accept(socket());
      peer.say({ type: FrameType.Colyseus, flags: 0, body: message });
    };

    const outcome = (): Promise<unknown> =>
      room.whenReady().then(
        () => 'ready',
        (error: { name: string; code: number }) => `${error.name} ${error.code}`,
      );

    it('is a room without state with its join, and leaves no timer', async () => {
      connect(joinRoom('tok', null));
      expect(await outcome()).toBe('ready');
      await timers.pass(0);
      room.connection.close(4_000);
      socket().end(4_000);
      expect(timers.count).toBe(0);
    });

    it('is a room with state when the state is applied, on whichever connection', async () => {
      connect(joinWithState());
      const ready = outcome();
      let done = false;
      void ready.then(() => (done = true));
      peer.drop();
      await timers.pass(0);
      peer.resume(socket(), 'tok2');
      await settled();
      expect(done).toBe(false);
      peer.say(STATE);
      expect(room.state).toMatchObject({ name: 'hall' });
      expect(await ready).toBe('ready');
    });

    it('is no room whose state does not come in 10 s: it is left with 4102', async () => {
      connect(joinWithState());
      const ready = outcome();
      for (let i = 0; i < 11; i++) {
        if (i < 10) expect(told).toEqual([]);
        peer.say({ type: FrameType.Ping, flags: 0, body: new Uint8Array(8) });
        await timers.pass(1_000);
      }
      expect(await ready).toBe('MatchMakeError 4102');
      expect([told, timers.count]).toEqual([['leave 4102'], 0]);
    });

    it('is no room that ended, or had ended before it was asked', async () => {
      connect(joinWithState());
      const ready = outcome();
      peer.drop(4_101);
      expect([await ready, await outcome()]).toEqual(['MatchMakeError 4101', 'MatchMakeError 4101']);
      expect(timers.count).toBe(0);
    });

    it('is no room that raised an error: it is left', async () => {
      connect(joinWithState());
      const ready = outcome();
      peer.say({ type: FrameType.Colyseus, flags: 0, body: bytes('0b 05 a2 6e 6f') });
      expect(await ready).toBe('MatchMakeError 5');
      expect(socket().closes).toEqual([{ code: 4_000, reason: '' }]);
    });
  });

  it('a join that is refused is an error, and leaves no timer', () => {
    jest.spyOn(console, 'warn').mockImplementation(() => {});
    room.connect('ws://server/process/room?sessionId=s', {});
    peer.accept(socket());
    peer.drop(4002, 'the room could not be joined');
    expect(told).toEqual(['error 4002 the room could not be joined']);
    expect(timers.count).toBe(0);
  });

  describe('in a page', () => {
    let shown: (() => void)[];

    beforeEach(() => {
      shown = [];
      const document = {
        visibilityState: 'visible',
        addEventListener: (_event: string, listener: () => void) => shown.push(listener),
        removeEventListener: (_event: string, listener: () => void) =>
          (shown = shown.filter((one) => one !== listener)),
      };
      Object.assign(globalThis, { document });
      make();
    });

    afterEach(() => void Reflect.deleteProperty(globalThis, 'document'));

    it('looks after its connection when it is shown again', async () => {
      await join();
      timers.sleep(60_000);
      for (const listener of shown) listener();
      await timers.pass(400);
      expect(told).toEqual(['drop 4010']);
    });

    it('leaves no listener behind, whether it had joined or not', async () => {
      jest.spyOn(console, 'warn').mockImplementation(() => {});
      expect(shown).toEqual([]);
      await join();
      expect(shown).toHaveLength(1);
      peer.drop(4000);
      expect(shown).toEqual([]);
    });
  });
});

it('the platform has a WebSocket that is opened with our arguments', () => {
  const made: unknown[][] = [];
  const { WebSocket } = globalThis;
  globalThis.WebSocket = class {
    constructor(...parameters: unknown[]) {
      made.push(parameters);
    }
  } as unknown as typeof WebSocket;
  try {
    openWebSocket('ws://server', ['velarium.1'], { cookie: 'c' });
  } finally {
    globalThis.WebSocket = WebSocket;
  }
  expect(made).toEqual([['ws://server', { protocols: ['velarium.1'], headers: { cookie: 'c' } }]]);
});
