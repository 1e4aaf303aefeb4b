import { beforeEach, describe, expect, it } from '@jest/globals';
import { CloseReason } from '../shared/wire/close-reason.ts';
import { Compressor } from '../shared/wire/compression.ts';
import { readClosing, readTime, writeClosing, writeMoved, writeTime } from '../shared/wire/control.ts';
import { writeFrame } from '../shared/wire/frame.ts';
import { FrameType } from '../shared/wire/frame-type.ts';
import { bytes, hex } from '../test/support/bytes.ts';
import { type FakeSocket, fakeSockets } from '../test/support/fake-socket.ts';
import { FramePeer, joinRoom } from '../test/support/frame-peer.ts';
import { settled, VirtualTimers } from '../test/support/virtual-timers.ts';
import { fflateDeflate } from './fflate-deflate.ts';
import { FramedConnection } from './framed-connection.ts';

const PING = (timeMs: number) => ({ type: FrameType.Ping, flags: 0, body: writeTime(timeMs) });
const CLOSING = (code: number, text: string) => ({
  type: FrameType.Closing,
  flags: 0,
  body: writeClosing({ code, text }),
});

let timers: VirtualTimers;
let sockets: FakeSocket[];
let connection: FramedConnection;
let peer: FramePeer;
/** What the connection told, in order. */
let told: string[];
/** Behind which number inputs went on, with each return. */
let returns: (number | undefined)[];

const socket = (): FakeSocket => sockets.at(-1)!;

beforeEach(() => {
  timers = new VirtualTimers(1_000_000);
  told = [];
  returns = [];
  const fake = fakeSockets();
  ({ sockets } = fake);
  connection = new FramedConnection({
    open: fake.open,
    timers,
    compressor: new Compressor(fflateDeflate),
    onDrop: (code, reason) => told.push(`drop ${code} ${reason}`),
    onReturn: (lastInput) => (returns = [...returns, lastInput]),
  });
  connection.events.onmessage = ({ data }) => told.push(hex(new Uint8Array(data)));
  connection.events.onclose = ({ code, reason }) => told.push(`close ${code} ${reason}`);
  peer = new FramePeer();
});

/** A session that has joined and settled. */
async function join(tickMs?: number): Promise<void> {
  connection.connect('ws://server/process/room?sessionId=s');
  peer.accept(socket());
  peer.join('tok', tickMs);
  connection.send(bytes('0a'));
  await settled();
  peer.take();
  told = [];
}

/** Time passes in a room that ticks. */
async function play(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    peer.say({ type: FrameType.Delta, flags: 0, body: bytes('01') });
    await timers.pass(50);
  }
  told = told.filter((entry) => entry !== '0f 01');
}

const reconnect = (): void => connection.reconnect({ reconnectionToken: 'tok', skipHandshake: true });

const bodies = (): string[] =>
  peer
    .take()
    .filter(({ type }) => type === FrameType.Colyseus || type === FrameType.Input)
    .map(({ body }) => hex(body));
const types = (): number[] => peer.take().map(({ type }) => type);

describe('framed connection: joining', () => {
  it('asks for frames, hands on the join, and is then open', async () => {
    connection.connect('ws://server/process/room?sessionId=s', { cookie: 'c' });
    expect(connection.isOpen).toBe(false);
    peer.accept(socket());
    expect(socket().binaryType).toBe('arraybuffer');
    expect(connection.isOpen).toBe(false); // inputs are for a room that has let us in
    peer.join('tok');
    expect(told).toEqual([hex(joinRoom('tok'))]);
    expect(connection.isOpen).toBe(true);
    await settled();
    expect(types()).toEqual([FrameType.Ping]);
  });

  it('[F8] ends when the server answers without the subprotocol', () => {
    connection.connect('ws://server/process/room');
    socket().open('');
    expect(told).toEqual(['close 4100 the server does not speak velarium.1']);
    expect([socket().abandoned, timers.count]).toEqual([true, 0]);
  });

  it.each([1006, 1001, 4002])('a first connection that fails with %i is no drop', (code) => {
    connection.connect('ws://server/process/room');
    socket().end(code, 'why');
    expect(told).toEqual([`close ${code} why`]);
    expect(timers.count).toBe(0);
  });

  it('what is sent before the join is answered goes out after it', async () => {
    connection.connect('ws://server/process/room');
    connection.send(bytes('0d 01'));
    await settled();
    peer.accept(socket());
    peer.join('tok');
    await settled();
    expect(bodies()).toEqual(['0d 01']);
  });
});

describe('framed connection: sending', () => {
  it('[B4] what is sent in one turn leaves as one WebSocket message', async () => {
    await join();
    for (const body of ['0d 01', '13 02', '0d 03']) connection.send(bytes(body));
    expect(socket().sent).toEqual([]);
    await settled();
    expect(socket().sent).toHaveLength(1);
    expect(bodies()).toEqual(['0d 01', '13 02', '0d 03']);
  });

  it('takes a copy: the buffer may be used again at once', async () => {
    await join();
    const data = bytes('0d 01');
    connection.send(data);
    data.fill(0xee);
    await settled();
    expect(bodies()).toEqual(['0d 01']);
  });

  it('refuses what no server takes, and goes on', async () => {
    await join();
    expect(() => connection.send(new Uint8Array(65_537).fill(13))).toThrow(RangeError);
    connection.send(new Uint8Array(65_536).fill(13));
    await settled();
    expect(peer.take().map(({ body }) => body.length)).toEqual([65_536]);
  });

  it('[S3] an ACK goes alone after 50 ms where nothing is sent', async () => {
    await join();
    peer.sayKept('0d 01');
    await timers.pass(49);
    expect(socket().sent).toEqual([]);
    await timers.pass(1);
    expect([peer.read(), peer.session.kept.messages]).toEqual([1, 0]);
  });

  it('[S3] an ACK rides along where something is sent', async () => {
    await join();
    peer.sayKept('0d 01');
    await timers.pass(10);
    connection.send(bytes('0d 02'));
    await settled();
    expect([peer.read(), peer.session.kept.messages]).toEqual([1, 0]);
    await timers.pass(100);
    expect(socket().sent).toEqual([]);
  });

  it('[S3] an ACK does not wait for a timer that sleeps: what comes 50 ms later sends it', async () => {
    await join();
    peer.sayKept('0d 01');
    timers.sleep(49);
    peer.say({ type: FrameType.Delta, flags: 0, body: bytes('01') });
    expect(socket().sent).toEqual([]);
    timers.sleep(1);
    peer.say({ type: FrameType.Delta, flags: 0, body: bytes('01') });
    expect([peer.read(), peer.session.kept.messages]).toEqual([1, 0]);
  });

  it('[S3] nor do more than 64 messages wait for it', async () => {
    await join();
    for (let i = 0; i < 64; i++) peer.sayKept('0d 01');
    expect(socket().sent).toEqual([]);
    peer.sayKept('0d 01');
    expect([peer.read(), peer.session.kept.messages]).toEqual([1, 0]);
    for (let i = 0; i < 64; i++) peer.sayKept('0d 01');
    expect(socket().sent).toEqual([]);
  });

  it('counts what passes', async () => {
    await join();
    const before = { ...connection.stats };
    connection.send(bytes('0d 01'));
    connection.send(bytes('0d 02'));
    await settled();
    peer.sayKept('0d 01', '0d 02');
    const { stats } = connection;
    expect([stats.framesOut - before.framesOut, stats.messagesOut - before.messagesOut]).toEqual([1, 2]);
    expect([stats.framesIn - before.framesIn, stats.messagesIn - before.messagesIn]).toEqual([1, 2]);
    expect(stats.bytesOut - before.bytesOut).toBe(4 + 2 * 4);
  });
});

describe('framed connection: holding what the room says', () => {
  const MESSAGE = '0d 01';
  const STATE = { type: FrameType.State, flags: 0, body: bytes('05') };
  const DELTA = { type: FrameType.Delta, flags: 0, body: bytes('06') };

  /** Joined, and held as for a game that does not listen yet. */
  async function hold(): Promise<void> {
    await join();
    connection.holdMessages();
  }

  it('its messages wait, its state does not', async () => {
    await hold();
    peer.sayKept(MESSAGE, '11 02', '0b 03');
    peer.say(STATE);
    expect(told).toEqual(['0b 03', '0e 05']);
  });

  it('behind the end of the turn all comes, in order and once', async () => {
    await hold();
    peer.sayKept(MESSAGE);
    connection.events.onmessage = ({ data }) => {
      told.push(hex(new Uint8Array(data)));
      if (told.length === 1) connection.deliverSoon();
    };
    peer.session.post(STATE);
    peer.sayKept('0d 02');
    peer.say(DELTA);
    expect(told).toEqual(['0e 05']);
    await settled();
    expect(told).toEqual(['0e 05']);
    await timers.pass(0);
    expect(told).toEqual(['0e 05', MESSAGE, '0d 02', '0f 06']);
    peer.sayKept('0d 03');
    expect(told.at(-1)).toBe('0d 03');
    await timers.pass(500);
    expect(told).toHaveLength(5);
  });

  it('is acknowledged and answered like anything else', async () => {
    await hold();
    peer.sayKept(MESSAGE);
    peer.say(PING(1));
    expect(types()).toEqual([FrameType.Pong]);
    await timers.pass(50);
    peer.read();
    expect(peer.session.kept.messages).toBe(0);
  });

  it.each([
    [1006, 'drop 1006 '],
    [4_000, 'close 4000 '],
  ])('comes before the end of its connection with %i', async (code, end) => {
    await hold();
    connection.deliverSoon();
    peer.sayKept(MESSAGE);
    peer.drop(code);
    expect(told).toEqual([MESSAGE, end]);
    await timers.pass(1_000);
    expect([told.length, timers.count]).toEqual([2, 0]);
  });

  it('comes before the end though a listener throws', async () => {
    await hold();
    connection.events.onmessage = () => {
      throw new Error('a listener failed');
    };
    connection.deliverSoon();
    peer.sayKept(MESSAGE);
    expect(() => peer.drop()).toThrow('a listener failed');
    expect(told).toEqual(['drop 1006 ']);
  });

  it('[F7] what is none ends the session when its turn comes', async () => {
    await hold();
    connection.deliverSoon();
    peer.sayKept(MESSAGE, '01', '0d 02');
    await timers.pass(0);
    expect(told).toEqual([MESSAGE, 'close 4100 bad-message at byte 4: code 1']);
    expect(timers.count).toBe(0);
  });
});

describe('framed connection: state', () => {
  const TIMED_STATE = { type: FrameType.State, flags: 8, body: bytes('e8 03 00 00 2a 00 00 00 05') };
  const TIMED_DELTA = { type: FrameType.Delta, flags: 8, body: bytes('71 06') };

  it('[M2] comes with the eight bytes that Colyseus reads', async () => {
    await join();
    peer.say(TIMED_STATE, TIMED_DELTA, TIMED_DELTA);
    expect(told).toEqual([
      '8e e8 03 00 00 2a 00 00 00 05',
      '8f f8 03 00 00 2b 00 00 00 06',
      '8f 08 04 00 00 2c 00 00 00 06',
    ]);
  });

  it('[M2] a timed DELTA of a connection that had no STATE ends the session, and nothing of its frame is heard', async () => {
    await join();
    peer.say(TIMED_STATE);
    peer.drop();
    reconnect();
    peer.resume(socket(), 'tok2');
    told = [];
    peer.session.post({ type: FrameType.Colyseus, flags: 4, body: bytes('0d 01') });
    peer.say(TIMED_DELTA);
    expect(told).toEqual(['close 4100 delta-without-state at byte 4: a timed DELTA before any STATE']);
    expect([socket().abandoned, timers.count]).toEqual([true, 0]);
  });

  it('[M2] the rest of a frame is what it was, though a listener begins the next connection in its middle', async () => {
    await join();
    connection.events.onmessage = ({ data }) => {
      told.push(hex(new Uint8Array(data)));
      if (told.length === 1) reconnect();
    };
    peer.say(TIMED_STATE, TIMED_DELTA);
    expect(told).toEqual(['8e e8 03 00 00 2a 00 00 00 05', '8f f8 03 00 00 2b 00 00 00 06']);
  });

  it('[S16] the whole of it is asked for once, until it has come', async () => {
    await join();
    connection.requestKeyframe();
    connection.requestKeyframe();
    await settled();
    expect(peer.take().map(({ type, flags, body }) => [type, flags, body.length])).toEqual([
      [FrameType.Keyframe, 0, 0],
    ]);
    peer.say({ type: FrameType.Delta, flags: 0, body: bytes('01') });
    connection.requestKeyframe();
    await settled();
    expect(types()).toEqual([]);
    peer.say(TIMED_STATE);
    connection.requestKeyframe();
    connection.send(bytes('0d 01'));
    await settled();
    expect([socket().sent.length, types()]).toEqual([1, [FrameType.Keyframe, FrameType.Colyseus]]);
  });

  it('[S16] nothing is asked where no join was answered, nor kept for the next connection', async () => {
    connection.requestKeyframe();
    connection.connect('ws://server/process/room');
    connection.requestKeyframe();
    peer.accept(socket());
    connection.requestKeyframe();
    peer.join('tok');
    await settled();
    expect(types()).toEqual([FrameType.Ping]);

    connection.requestKeyframe();
    await settled();
    socket().take(); // lost on the way
    peer.drop();
    connection.requestKeyframe();
    reconnect();
    peer.resume(socket(), 'tok2');
    await settled();
    expect(types()).toEqual([FrameType.Ping]);
    connection.requestKeyframe();
    await settled();
    expect(types()).toEqual([FrameType.Keyframe]);
  });
});

describe('framed connection: PING and PONG', () => {
  it('[K1] answers PING at once with the same bytes', async () => {
    await join();
    peer.say(PING(1234.5));
    const [pong] = peer.take();
    expect([pong!.type, readTime(pong!.body)]).toEqual([FrameType.Pong, 1234.5]);
  });

  it('measures the round trip once a second', async () => {
    await join();
    let pings = 0;
    for (let i = 0; i < 100; i++) {
      await play(50);
      for (const { type, body } of peer.take()) {
        if (type !== FrameType.Ping) continue;
        pings++;
        await play(50);
        peer.say({ type: FrameType.Pong, flags: 0, body });
      }
    }
    expect(pings).toBe(5);
    expect(connection.stats.rttMs).toBe(50);
  });
});

describe('framed connection: silence (S10)', () => {
  it('a ticking room that is silent for a second is lost within 1.1 s', async () => {
    await join();
    await play(5_000);
    await timers.pass(949); // the last frame came 50 ms ago
    expect(told).toEqual([]);
    await timers.pass(101);
    expect(told).toEqual(['drop 4010 silence']);
    expect([socket().abandoned, socket().closes.length, timers.count]).toEqual([true, 1, 0]);
    expect(connection.isOpen).toBe(false);
  });

  it('waking up gives it 300 ms, in which what waited is heard', async () => {
    await join();
    timers.sleep(60_000);
    connection.checkNow();
    expect(told).toEqual([]);
    await timers.pass(200);
    peer.sayKept('0d 01');
    await timers.pass(900);
    expect(told).toEqual(['0d 01']);
    await timers.pass(200);
    expect(told.at(-1)).toBe('drop 4010 silence');
  });

  it('waking up to a dead link is noticed 300 ms later', async () => {
    await join();
    timers.sleep(60_000);
    connection.checkNow();
    await timers.pass(299);
    expect(told).toEqual([]);
    await timers.pass(101);
    expect(told).toEqual(['drop 4010 silence']);
  });

  it('a room that does not tick is asked after 30 s, and lost after 10 s more', async () => {
    connection.connect('ws://server/process/room');
    peer.accept(socket());
    peer.joinQuietly('tok');
    await settled();
    peer.take();
    told = [];
    await timers.pass(29_999);
    expect(types()).toEqual([]);
    await timers.pass(1_001);
    expect(types()).toEqual([FrameType.Ping]);
    await timers.pass(8_900);
    expect(told).toEqual([]);
    await timers.pass(1_100);
    expect(told).toEqual(['drop 4010 silence']);
  });

  it('there is nothing to look at before the join and after the end', async () => {
    connection.checkNow();
    connection.connect('ws://server/process/room');
    connection.checkNow();
    peer.accept(socket());
    timers.sleep(60_000);
    connection.checkNow();
    expect(told).toEqual([]);
  });
});

describe('framed connection: coming back (S6 to S9)', () => {
  it.each([1001, 1005, 1006, 4010])('%i is a drop', async (code) => {
    await join();
    socket().end(code, 'why');
    expect(told).toEqual([`drop ${code} why`]);
    expect(timers.count).toBe(0);
  });

  it('[S7] sends again what was on its way, then what was sent while it was down, each once', async () => {
    await join();
    connection.send(bytes('0d 01'));
    connection.send(bytes('13 02'));
    await settled();
    socket().take(); // lost on the way
    peer.drop();
    connection.send(bytes('0d 03'));
    connection.send(bytes('13 04')); // an input of a moment that is gone
    peer.session.post({ type: FrameType.Colyseus, flags: 4, body: bytes('0d 11') });
    await settled();
    told = [];

    reconnect();
    expect(socket().token).toBe('tok');
    expect(socket().url).not.toContain('tok');
    expect(new URL(socket().url).searchParams.get('sessionId')).toBe('s');
    connection.send(bytes('0d 05'));
    await settled();
    peer.resume(socket(), 'tok2');
    await settled();
    expect(told).toEqual(['0d 11', hex(joinRoom('tok2'))]);
    expect(bodies()).toEqual(['0d 01', '0d 03', '0d 05']);
    expect(returns).toEqual([undefined]);
    peer.flush();
    expect(connection.kept).toEqual({ messages: 0, bytes: 0 });
    expect(connection.stats.reconnects).toBe(1);
  });

  it('is open for inputs only when the join is answered again: the numbering of inputs begins with it', async () => {
    await join();
    peer.drop();
    reconnect();
    peer.session.suspend();
    peer.session.beginResume();
    peer.accept(socket());
    peer.read();
    peer.flush(); // RESUME alone
    expect(connection.isOpen).toBe(false);
    peer.join('tok2');
    expect(connection.isOpen).toBe(true);
  });

  it('gives an attempt up after 1 s, and more on a slow link', async () => {
    await join();
    peer.drop();
    told = [];
    reconnect();
    await timers.pass(999);
    expect(told).toEqual([]);
    await timers.pass(1);
    expect(told).toEqual(['drop 4010 the attempt took too long']);
    expect([socket().abandoned, socket().closes.length, timers.count]).toEqual([true, 1, 0]);
    connection.stats.rttMs = 1_000;
    reconnect();
    await timers.pass(5_499);
    expect(told).toHaveLength(1);
    await timers.pass(1);
    expect(told).toHaveLength(2);
  });

  /** Attempts that open and are not answered: how long each is waited for. */
  async function unanswered(count: number): Promise<number[]> {
    const waits: number[] = [];
    for (let i = 0; i < count; i++) {
      reconnect();
      await timers.pass(900);
      socket().open();
      const openedAtMs = timers.now();
      const before = told.length;
      while (told.length === before) await timers.pass(100);
      waits.push(timers.now() - openedAtMs);
    }
    return waits;
  }

  it('a server that is there is given longer to answer from attempt to attempt', async () => {
    await join();
    peer.drop();
    told = [];
    expect(await unanswered(5)).toEqual([1_000, 2_000, 4_000, 8_000, 8_000]);
    expect(new Set(told)).toEqual(new Set(['drop 4010 the attempt took too long']));
    expect(timers.count).toBe(0);
  });

  it('and the short time again in the next absence', async () => {
    await join();
    peer.drop();
    await unanswered(2);
    reconnect();
    peer.resume(socket(), 'tok2');
    peer.drop();
    expect(await unanswered(1)).toEqual([1_000]);
  });

  it('a link on which nothing opens is not given longer, however often', async () => {
    await join();
    peer.drop();
    told = [];
    for (let i = 0; i < 10; i++) {
      reconnect();
      await timers.pass(1_000);
    }
    expect(told).toHaveLength(10);
  });

  it('comes back though the server takes three seconds to let it in', async () => {
    await join();
    peer.drop();
    await unanswered(2);
    reconnect();
    peer.session.suspend();
    peer.session.beginResume();
    peer.accept(socket());
    await timers.pass(3_000);
    peer.read();
    peer.join('tok2');
    expect(told.at(-1)).toBe(hex(joinRoom('tok2')));
    expect(connection.isOpen).toBe(true);
  });

  it('gives up an attempt that opened and was answered by RESUME without a join', async () => {
    await join();
    peer.drop();
    told = [];
    reconnect();
    peer.session.suspend();
    peer.session.beginResume();
    peer.accept(socket());
    peer.read();
    peer.flush();
    await timers.pass(1_000);
    expect(told).toEqual(['drop 4010 the attempt took too long']);
  });

  it('hears nothing of a connection that it gave up', async () => {
    await join();
    const old = socket();
    await timers.pass(1_100);
    reconnect();
    told = [];
    old.receive(bytes('01 00 01 04 0d'));
    old.end(4000);
    expect(told).toEqual([]);
  });

  it('is told once when the session is over', async () => {
    await join();
    peer.drop();
    reconnect();
    told = [];
    socket().end(4003, 'seat reservation expired');
    expect(told).toEqual(['close 4003 seat reservation expired']);
    expect(timers.count).toBe(0);
  });

  it('[S5] ends with 4103 when more waits than it keeps', async () => {
    await join();
    peer.drop();
    told = [];
    for (let i = 0; i < 1_025; i++) connection.send(bytes('0d 01'));
    await settled();
    expect([told.length, told[0]]).toEqual([1, expect.stringMatching(/^close 4103 .*maxKeptMessages/)]);
    connection.send(bytes('0d 01'));
    reconnect();
    expect([sockets.length, timers.count]).toEqual([1, 0]); // nothing comes back from it
  });

  it('[S5] says so to a server that is there', async () => {
    await join();
    for (let i = 0; i < 1_025; i++) connection.send(bytes('0d 01'));
    const last = peer.take().at(-1)!;
    expect(readClosing(last.body).code).toBe(CloseReason.SessionOverflow);
    expect(socket().closes[0]!.code).toBe(CloseReason.SessionOverflow);
  });
});

describe('framed connection: owners of a room', () => {
  const STATE = { type: FrameType.Delta, flags: 0, body: bytes('01') };
  const epochOf = (): string | null => new URL(socket().url).searchParams.get('epoch');

  /** Has joined at one owner, and comes back to another. */
  async function comeTo(epoch: number, was: number): Promise<void> {
    connection.connect('ws://server/process/room?sessionId=s');
    peer.accept(socket());
    peer.joinIn(was, 'tok');
    await settled();
    peer.drop();
    reconnect();
    peer.takeBack(socket());
    told = [];
    peer.joinIn(epoch, 'tok2', STATE);
  }

  it('[M6] a new owner is heard, and from then on nobody from before it', async () => {
    await comeTo(3, 2);
    expect(told).toEqual([hex(joinRoom('tok2', undefined, 3)), '0f 01']);
    expect(connection.epoch).toBe(3);
  });

  it('[M6] neither the join nor the state of an owner from before is handed on, and it is as if the connection was lost', async () => {
    await comeTo(2, 3);
    expect(told).toEqual(['drop 4010 the room has another owner by now']);
    expect([connection.epoch, socket().abandoned]).toEqual([3, true]);
    expect(timers.count).toBe(0);
  });

  it('hears the owner of now behind that', async () => {
    await comeTo(2, 3);
    reconnect();
    peer.takeBack(socket());
    told = [];
    peer.joinIn(3, 'tok3', STATE);
    expect(told).toEqual([hex(joinRoom('tok3', undefined, 3)), '0f 01']);
  });

  it('[M6] who comes back says which owner it heard last', async () => {
    await comeTo(3, 2);
    expect(epochOf()).toBe('2');
    peer.drop();
    reconnect();
    expect(epochOf()).toBe('3');
  });
});

describe('framed connection: the end', () => {
  it('[F7] says in a CLOSING what the server did wrong, and closes with its code', async () => {
    await join();
    peer.session.post(PING(1));
    socket().receive(bytes('63 00 00 00'));
    const closing = peer.take().at(-1)!;
    expect(readClosing(closing.body)).toEqual({ code: 4100, text: 'unknown-type at byte 0: type 99' });
    expect(told).toEqual(['close 4100 unknown-type at byte 0: type 99']);
    expect(socket().closes[0]!.code).toBe(4100);
    expect([socket().abandoned, timers.count]).toEqual([true, 0]);
  });

  it.each([
    ['a text message', () => socket().receive('hello')],
    ['a message that is none', () => peer.sayKept('01')],
    ['a PING of one byte', () => peer.say({ type: FrameType.Ping, flags: 0, body: bytes('00') })],
    ['an ACK of what was never sent', () => peer.say({ type: FrameType.Ack, flags: 0, body: bytes('7f 00') })],
  ])('[F7] refuses %s, leaving no timer', async (_what, wrong) => {
    await join();
    wrong();
    await settled();
    expect(told[0]).toMatch(/^close 4100 /);
    expect([told.length, socket().abandoned, timers.count]).toEqual([1, true, 0]);
  });

  it('[F7] hands on what came before the message that is wrong, and nothing behind it', async () => {
    await join();
    peer.sayKept('0d 01', '01', '0d 02');
    expect(told).toEqual(['0d 01', 'close 4100 bad-message at byte 4: code 1']);
    expect(timers.count).toBe(0);
  });

  it('[K5] the text of a CLOSING reaches onclose, as does the reason of the close frame', async () => {
    await join();
    peer.say(CLOSING(4101, 'too many messages'));
    socket().end(4101);
    expect(told).toEqual(['close 4101 too many messages']);
    expect(timers.count).toBe(0);
  });

  it.each([
    ['dies', async () => socket().end(1006)],
    ['falls silent', () => timers.pass(1_100)],
  ])('[K5] a CLOSING counts though the connection then %s before its close frame', async (_what, die) => {
    await join();
    peer.say(CLOSING(4101, 'too many messages'));
    await die();
    expect(told).toEqual(['close 4101 too many messages']);
  });

  it('a CLOSING of an earlier connection says nothing of a later one', async () => {
    await join();
    peer.say(CLOSING(1001, 'going away'));
    peer.drop(1001);
    reconnect();
    told = [];
    socket().end(4003, '');
    expect(told).toEqual(['close 4003 ']);
  });

  it('closing tells the server, waits for its answer, and then is over', async () => {
    await join();
    connection.send(bytes('0d 01'));
    connection.close(4_000, 'bye');
    expect(peer.take().map(({ type }) => type)).toEqual([FrameType.Colyseus, FrameType.Closing]);
    expect(socket().closes).toEqual([{ code: 4_000, reason: 'bye' }]);
    expect(told).toEqual([]);
    socket().end(4_000, 'bye');
    expect(told).toEqual(['close 4000 bye']);
    expect(timers.count).toBe(0);
  });

  it('does not wait longer than a second for the answer', async () => {
    await join();
    connection.close(4_000, 'bye');
    connection.close(4_000, 'bye');
    await timers.pass(1_000);
    expect(told).toEqual(['close 4000 bye']);
    expect([socket().abandoned, timers.count]).toEqual([true, 0]);
  });

  it('is over with its code though the connection that it closes had not come about', async () => {
    await join();
    peer.drop();
    reconnect();
    told = [];
    connection.close(4_000, 'bye');
    socket().end(1006);
    expect(told).toEqual(['close 4000 bye']);
  });

  it('is over at once where there is no connection', async () => {
    await join();
    peer.drop();
    told = [];
    connection.close(4_003, 'too late');
    expect(told).toEqual(['close 4003 too late']);
    connection.close(4_003, 'too late');
    expect(told).toHaveLength(1);
  });

  it.each([undefined, 1006, 4010])(
    'closing with %j what is lost already changes nothing: it comes back',
    async (code) => {
      await join();
      peer.drop();
      told = [];
      connection.close(code);
      expect(told).toEqual([]);
      reconnect();
      peer.resume(socket(), 'tok2');
      expect(told).toEqual([hex(joinRoom('tok2'))]);
    },
  );

  it('`end` ends it whatever the code, and says so once', async () => {
    await join();
    connection.end(1006, 'enough');
    connection.end(4_000, 'again');
    connection.send(bytes('0d 01'));
    expect(told).toEqual(['close 1006 enough']);
    expect([connection.endCode, connection.kept.messages, socket().abandoned, timers.count]).toEqual([
      1006,
      0,
      true,
      0,
    ]);
  });

  it('4010 from the owner is a drop, at once', async () => {
    await join();
    connection.close(4010, 'offline');
    expect(told).toEqual(['drop 4010 offline']);
    expect([socket().abandoned, timers.count]).toEqual([true, 0]);
  });

  it('messages behind the one at which a listener throws are handed on, and then the error comes out', async () => {
    await join();
    connection.events.onmessage = ({ data }) => {
      const body = hex(new Uint8Array(data));
      told.push(body);
      if (body === '0d 01') throw new Error('a listener failed');
    };
    expect(() => peer.sayKept('0d 01', '0d 02')).toThrow('a listener failed');
    peer.sayKept('0d 03');
    expect(told).toEqual(['0d 01', '0d 02', '0d 03']);
  });

  it('[S3] acknowledges what a listener threw at: it is not sent again', async () => {
    await join();
    connection.events.onmessage = () => {
      throw new Error('a listener failed');
    };
    expect(() => peer.sayKept('0d 01')).toThrow('a listener failed');
    await timers.pass(50);
    peer.read();
    expect(peer.session.kept.messages).toBe(0);
  });

  it('messages of one frame arrive though a listener drops the connection in between', async () => {
    await join();
    connection.events.onmessage = ({ data }) => {
      told.push(hex(new Uint8Array(data)));
      if (told.length === 1) connection.close(4010, 'test');
    };
    peer.sayKept('0d 01', '0d 02');
    expect(told).toEqual(['0d 01', 'drop 4010 test', '0d 02']);
    await timers.pass(1_000);
    expect(timers.count).toBe(0);
  });

  it('hands on nothing behind the end that a listener made', async () => {
    await join();
    connection.events.onmessage = ({ data }) => {
      told.push(hex(new Uint8Array(data)));
      peer.drop();
      connection.close(4000);
    };
    peer.sayKept('0d 01', '0d 02');
    expect(told).toEqual(['0d 01', 'drop 1006 ', 'close 4000 ']);
    expect(timers.count).toBe(0);
  });
});

describe('framed connection: a room on another node (K4, K7)', () => {
  const MOVED = (address: string, processId = '') => {
    const body = writeMoved({ address, processId, roomId: 'room', sessionId: 's', reconnectionToken: '' });
    return { type: FrameType.Moved, flags: 0, body };
  };
  const movedAlone = (address: string, sequence = 0): Uint8Array =>
    writeFrame(FrameType.Moved, sequence, 0, MOVED(address).body);
  const urls = (): string[] => sockets.map(({ url }) => url);
  const sendOn = (address: string): void => {
    socket().open();
    socket().receive(movedAlone(address));
  };

  it('joins where it is sent on to, with the sequences of a new session', async () => {
    connection.connect('ws://server/process/room?sessionId=s');
    sendOn('n2:80');
    expect(urls()).toEqual(['ws://server/process/room?sessionId=s', 'ws://n2/process/room?sessionId=s']);
    expect(sockets[0]!.abandoned).toBe(true);
    peer.accept(socket());
    peer.join('tok');
    connection.send(bytes('0d 01'));
    await settled();
    expect(bodies()).toEqual(['0d 01']);
    expect(told).toEqual([hex(joinRoom('tok'))]);
    expect(connection.url).toBe('ws://n2/process/room?sessionId=s');
  });

  it.each([
    ['n2:80/a', 'ws://n2/a/process/room?sessionId=s'],
    ['n2:8080', 'ws://n2:8080/process/room?sessionId=s'],
    ['[::1]:8080/a/b/', 'ws://[::1]:8080/a/b/process/room?sessionId=s'],
    ['', 'ws://server:2567/p/process/room?sessionId=s'],
  ])('the address %j leads to %s', (address, url) => {
    connection.connect('ws://server:2567/p/process/room?sessionId=s');
    sendOn(address);
    expect(socket().url).toBe(url);
  });

  it('comes to the process that it is sent to, as the balancer knows it', () => {
    connection.connect('ws://server/p/process/room?sessionId=s');
    socket().open();
    socket().receive(writeFrame(FrameType.Moved, 0, 0, MOVED('', 'p/2').body));
    expect(socket().url).toBe('ws://server/p/p%2F2/room?sessionId=s');
    expect(connection.url).toBe('ws://server/p/p%2F2/room?sessionId=s');
  });

  it('keeps the scheme', () => {
    connection.connect('wss://server/process/room?sessionId=s');
    sendOn('n2:8443');
    expect(socket().url).toBe('wss://n2:8443/process/room?sessionId=s');
  });

  it('comes back where it is sent on to: the same session, nothing lost, nothing twice', async () => {
    await join();
    connection.send(bytes('0d 01'));
    await settled();
    peer.drop(); // it has not read that
    expect(told).toEqual(['drop 1006 ']);
    reconnect();
    sendOn('n2:80');
    expect(socket()).toMatchObject({
      url: 'ws://n2/process/room?sessionId=s&skipHandshake=true&inputs=on',
      token: 'tok',
    });
    peer.resume(socket(), 'tok2');
    await settled();
    expect(bodies()).toEqual(['0d 01']);
    connection.send(bytes('0d 02'));
    await settled();
    expect(bodies()).toEqual(['0d 02']);
    expect(connection.stats.reconnects).toBe(1);
    expect(told.filter((entry) => entry.startsWith('drop') || entry.startsWith('close'))).toEqual(['drop 1006 ']);
  });

  it('follows three nodes and then takes it for a circle: who has not joined ends', () => {
    connection.connect('ws://server/process/room?sessionId=s');
    for (let i = 0; i < 4; i++) sendOn(`n${i}:80`);
    expect(sockets).toHaveLength(4);
    expect(told).toEqual(['close 4104 sent on too often']);
  });

  it('is told what the servers lack, where they send it on to where it asked', () => {
    connection.connect('ws://server/process/room?sessionId=s');
    for (let i = 0; i < 4; i++) sendOn('');
    expect(told).toEqual([expect.stringMatching(/^close 4104 sent on too often: .*balancer.*publicAddress/)]);
  });

  it('who has joined tries again, and may go as far once more', async () => {
    await join();
    peer.drop();
    reconnect();
    for (let i = 0; i < 4; i++) sendOn(`n${i}:80`);
    expect(told).toEqual(['drop 1006 ', 'drop 4010 sent on too often']);
    reconnect();
    for (let i = 0; i < 3; i++) sendOn(`n${i}:80`);
    expect(told).toHaveLength(2);
    expect(socket().abandoned).toBe(false);
  });

  it('a room that moves while it is played in: its connection is lost, and the next one goes there', async () => {
    await join();
    peer.say(MOVED('n2:80'));
    expect(told).toEqual(['drop 4010 the room has moved']);
    reconnect();
    expect(socket()).toMatchObject({
      url: 'ws://n2/process/room?sessionId=s&skipHandshake=true&inputs=on',
      token: 'tok',
    });
  });

  it.each([
    ['an address with a user', movedAlone('user@n2'), 'bad-text'],
    ['an address with a query', movedAlone('n2?x=1'), 'bad-text'],
    ['another sequence than 0', movedAlone('n2', 1), 'sequence-jump'],
    ['half of it', movedAlone('n2').subarray(0, 9), 'truncated'],
  ])('ends at %s', (_what, frame, code) => {
    connection.connect('ws://server/process/room?sessionId=s');
    socket().open();
    socket().receive(frame);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`close 4100 ${code}`);
  });
});
