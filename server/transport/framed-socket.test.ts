import { CloseCode } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { FrameSession } from '../../shared/session/frame-session.ts';
import { CloseReason } from '../../shared/wire/close-reason.ts';
import { Compressor } from '../../shared/wire/compression.ts';
import { readClosing, readTime, writeTime } from '../../shared/wire/control.ts';
import { FrameType } from '../../shared/wire/frame-type.ts';
import { readJoinSection } from '../../shared/wire/join-section.ts';
import { bytes, hex } from '../../test/support/bytes.ts';
import { FakeWs } from '../../test/support/fake-ws.ts';
import { kept } from '../../test/support/session-pair.ts';
import { settled, VirtualTimers } from '../../test/support/virtual-timers.ts';
import { RateLimiter } from '../session/rate-limiter.ts';
import { RoomSession } from '../session/room-sessions.ts';
import { SessionClient } from '../session/session-client.ts';
import { FramedSocket } from './framed-socket.ts';
import { nodeDeflate } from './node-deflate.ts';
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './transport-options.ts';

const TICK_MS = 1_000 / 60;
const compressor = new Compressor(nodeDeflate);
/** JOIN_ROOM: token "tok", serializer "schema", no reflection. */
const JOIN_ROOM = bytes('0a 03 74 6f 6b 06 73 63 68 65 6d 61 00');
const JOIN_ACKNOWLEDGED = bytes('0a');

interface EndOptions {
  limits?: Partial<ConnectionLimits>;
  tickMs?: number | undefined;
  resuming?: boolean;
  timers?: VirtualTimers;
}

/** A connection, what it ended with, and what the room heard. */
function serve({ limits, resuming = false, timers = new VirtualTimers(), ...rest }: EndOptions = {}) {
  const ws = new FakeWs();
  const allLimits = { ...DEFAULT_CONNECTION_LIMITS, ...limits };
  const tickMs = 'tickMs' in rest ? rest.tickMs : TICK_MS;
  const socket = new FramedSocket(ws.ws, { limits: allLimits, compressor, now: timers.now, tickMs, resuming });
  const heard: string[] = [];
  const closed: number[] = [];
  socket.on('message', (data: Buffer) => heard.push(hex(data)));
  socket.on('close', (code: number) => closed.push(code));
  return { ws, socket, timers, heard, closed, limits: allLimits };
}

/** What the peer makes of what was sent since the last time, each WebSocket message for itself. */
const read = (ws: FakeWs, peer: FrameSession) => ws.take().map((frame) => peer.receive(frame));
const bodies = (ws: FakeWs, peer: FrameSession) => read(ws, peer).map((all) => all.map(({ body }) => hex(body)));
const say = (ws: FakeWs, peer: FrameSession) => peer.takeFrames().forEach((frame) => ws.receive(frame));

function session(socket: FramedSocket, frames = socket.frames): RoomSession {
  const client = new SessionClient('s', socket as never, 'new');
  return new RoomSession(client, new RateLimiter(DEFAULT_CONNECTION_LIMITS.rate, 0), frames);
}

let peer: FrameSession;
beforeEach(() => void (peer = new FrameSession('client', compressor)));

describe('framed socket: sending', () => {
  it('[B4] what is sent in one tick leaves with the flush, as one WebSocket message', () => {
    const { ws, socket } = serve();
    socket.send(bytes('0e 00'));
    read(ws, peer);
    socket.send(bytes('0d 01'));
    socket.send(bytes('0f 02'));
    socket.send(bytes('0d 03'));
    expect(ws.sent).toEqual([]);
    socket.flush();
    expect(bodies(ws, peer)).toEqual([['0d 01', '02', '0d 03']]);
    socket.flush();
    expect(ws.sent).toEqual([]);
  });

  it.each([
    ['the join', hex(JOIN_ROOM)],
    ['the state', '0e 01'],
    ['a refusal', '0b 01'],
  ])('[B4] %s leaves at once, and what was sent before it goes in front', (_what, urgent) => {
    const { ws, socket } = serve({ tickMs: undefined });
    socket.send(bytes('0d 01'));
    socket.send(bytes(urgent));
    const [messages, ...more] = read(ws, peer);
    expect([messages!.length, hex(messages![0]!.body), more]).toEqual([2, '0d 01', []]);
  });

  it('[M4] tells in the join how often the room ticks, and not where it does not', () => {
    const ticking = serve();
    ticking.socket.send(JOIN_ROOM);
    expect(readJoinSection(read(ticking.ws, peer)[0]![0]!.body)!.tickMs).toBeCloseTo(TICK_MS, 3);
    const still = serve({ tickMs: undefined });
    still.socket.send(JOIN_ROOM);
    const other = new FrameSession('client', compressor);
    expect(hex(read(still.ws, other)[0]![0]!.body)).toBe(hex(JOIN_ROOM));
  });

  it.each(['0e 01', '0f 01'])('sends %s as it was, though its buffer is used again', (message) => {
    const { ws, socket } = serve();
    socket.send(bytes('0e 00'));
    read(ws, peer);
    const scratch = bytes(message);
    socket.send(scratch);
    scratch.fill(0xee);
    socket.flush();
    expect(bodies(ws, peer)).toEqual([['01']]);
  });

  describe('patches that leave in one piece', () => {
    /** A connection with a socket below it, which has its first timed state behind it. */
    function direct() {
      const ws = new FakeWs();
      ws.extensions = '';
      const sink = { write: (bytes: Uint8Array) => void ws.sent.push(bytes.slice(bytes[1]! < 126 ? 2 : 4)) };
      const now = new VirtualTimers().now;
      const limits = DEFAULT_CONNECTION_LIMITS;
      const socket = new FramedSocket(ws.ws, { limits, compressor, now, tickMs: TICK_MS, resuming: false, sink });
      socket.send(bytes('8e 00 00 00 00 00 00 00 00'));
      return { ws, socket };
    }

    it('[M2] are exactly these bytes, and leave with the flush', () => {
      const { ws, socket } = direct();
      ws.take();
      expect(socket.sendTimedPatch(bytes('aa bb'), 17, 1)).toBe(true);
      expect(ws.sent).toEqual([]);
      socket.flush();
      socket.sendTimedPatch(bytes('cc'), 1_017, 300);
      socket.flush();
      expect(ws.take().map(hex)).toEqual(['04 00 01 08 81 aa bb', '04 00 02 08 ff ab 02 e8 07 cc']);
    });

    it('[B4] are the same messages in the same order as through the queue, whatever else is sent', () => {
      const step = fc.oneof(
        fc.record({ kind: fc.constant('patch' as const), bytes: fc.integer({ min: 0, max: 40 }) }),
        fc.record({ kind: fc.constant('patch' as const), bytes: fc.integer({ min: 1_000, max: 1_100 }) }),
        fc.record({ kind: fc.constantFrom('message', 'state', 'flush', 'flush', 'ping') }),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
          const [one, other] = [direct(), direct()];
          const [peerOfOne, peerOfOther] = [0, 1].map(() => new FrameSession('client', compressor)) as [
            FrameSession,
            FrameSession,
          ];
          const heard = [one, other].map(({ ws, socket }, which) => {
            const client = which === 0 ? peerOfOne : peerOfOther;
            const all: string[][] = [];
            const readAll = (): void => void all.push(...bodies(ws, client));
            readAll();
            let elapsedMs = 0;
            for (const made of steps) {
              elapsedMs += 17;
              if (made.kind === 'patch') {
                const patch = new Uint8Array(made.bytes).fill(elapsedMs & 0xff);
                const whole = new Uint8Array(9 + patch.length);
                new DataView(whole.buffer).setUint32(1, elapsedMs, true);
                whole[0] = 0x8f;
                whole.set(patch, 9);
                if (which === 0) socket.sendTimedPatch(patch, elapsedMs, 0);
                else socket.send(whole);
              } else if (made.kind === 'message') socket.send(bytes('0d 01'));
              else if (made.kind === 'state') socket.send(bytes('8e 00 00 00 00 00 00 00 00 01'));
              else if (made.kind === 'flush') socket.flush();
              else {
                client.post({ type: FrameType.Ping, flags: 0, body: writeTime(elapsedMs) });
                say(ws, client);
              }
              readAll();
            }
            return all;
          });
          expect(heard[0]).toEqual(heard[1]);
        }),
        { numRuns: 300, seed: 1 },
      );
    });
  });

  it('gives inputs to whoever takes them, and the rest, or all while nobody does, to the listeners', () => {
    const { ws, socket, heard } = serve();
    socket.send(bytes('0d 01'));
    const taken: string[] = [];
    const taker = {
      isOpen: true,
      take: (from: Uint8Array, offset: number) => void taken.push(hex(from.subarray(offset))),
    };
    const of = session(socket);
    socket.attach(of, () => {}, taker);
    const says = (body: string, type: FrameType = FrameType.Input) => {
      peer.post({ type, flags: 0, body: bytes(body) });
      say(ws, peer);
    };
    of.given = 3;
    says('13 01');
    expect(of.given).toBe(0);
    says('93 02'); // timed
    says('14 03'); // unreliable
    taker.isOpen = false;
    says('13 04');
    taker.isOpen = true;
    says('13 05');
    expect([taken, heard]).toEqual([
      ['13 01', '93 02', '13 05'],
      ['14 03', '13 04'],
    ]);
    socket.removeAllListeners('message'); // as core does when it closes, and a room that failed
    says('13 06');
    expect(taken).toHaveLength(3);
    expect(of.frames!.lastProcessed).toBe(5);
  });

  it('[S10] says PING when there was nothing for the client of a ticking room for 250 ms, and only then', () => {
    const { ws, socket, timers } = serve();
    socket.attach(session(socket), () => {});
    socket.send(bytes('0d 01'));
    socket.flush();
    ws.take();
    const pings: number[] = [];
    for (let t = 10; t <= 1_000; t += 10) {
      timers.advance(10);
      socket.check(timers.now());
      if (ws.take().length > 0) pings.push(t);
    }
    expect(pings).toEqual([250, 500, 750, 1_000]);
  });

  it('[S10] answers PING at once, with the same eight bytes', () => {
    const { ws, socket } = serve();
    socket.send(bytes('0d 01'));
    peer.post({ type: FrameType.Ping, flags: 0, body: writeTime(1234.5) });
    say(ws, peer);
    const [messages] = read(ws, peer);
    const pong = messages!.find(({ type }) => type === FrameType.Pong)!;
    expect(readTime(pong.body)).toBe(1234.5);
  });

  it('in a room that does not tick, what is sent in one turn leaves together', async () => {
    const { ws, socket } = serve({ tickMs: undefined });
    socket.send(bytes('0d 01'));
    socket.send(bytes('0d 02'));
    expect(ws.sent).toEqual([]);
    await settled();
    expect(bodies(ws, peer)).toEqual([['0d 01', '0d 02']]);
    peer.post(kept('0d 03'));
    read(ws, peer);
    say(ws, peer);
    await settled();
    expect(peer.kept.messages).toBe(1);
    read(ws, peer); // the ACK
    expect(peer.kept.messages).toBe(0);
  });

  it('is dropped when it does not read; what must not be lost is kept', () => {
    const { ws, socket, closed } = serve({ limits: { maxBufferedBytes: 1_000 } });
    ws.bufferedAmount = 1_001;
    socket.send(bytes('0d 01'));
    socket.flush();
    expect([ws.terminated, closed]).toEqual([true, [CloseCode.MAY_TRY_RECONNECT]]);
    expect(socket.frames!.kept.messages).toBe(1);
  });

  it('[S5] more than it keeps closes with 4103, and what the session ended for is known', () => {
    const { ws, socket, closed } = serve({ limits: { session: { maxKeptMessages: 2 } } });
    const of = session(socket);
    socket.attach(of, () => {});
    for (let i = 0; i < 4; i++) socket.send(bytes('0d 01'));
    const messages = read(ws, peer).flat();
    expect(messages.filter(({ type }) => type === FrameType.Colyseus)).toHaveLength(2);
    expect(readClosing(messages.at(-1)!.body).code).toBe(CloseReason.SessionOverflow);
    expect(ws.closes[0]!.code).toBe(CloseReason.SessionOverflow);
    ws.end(1006); // the peer is not there to hear it
    expect(closed).toEqual([CloseReason.SessionOverflow]);
    expect(of.endReason).toBe(CloseReason.SessionOverflow);
  });

  it('[S9] keeps what is sent between the peer\u2019s close and the end of the connection', () => {
    const { ws, socket } = serve();
    ws.beginPeerClose();
    socket.send(bytes('0d 01'));
    socket.send(bytes('0f 02'));
    socket.flush();
    expect(ws.sent).toEqual([]);
    ws.end(1001);
    expect(socket.frames!.kept.messages).toBe(1);
    expect(socket.frames!.state).toBe('suspended');
  });

  it('[S5] does not lose the overflow of that time', () => {
    const { ws, socket, closed } = serve({ limits: { session: { maxKeptMessages: 1 } } });
    ws.beginPeerClose();
    socket.send(bytes('0d 01'));
    socket.send(bytes('0d 02'));
    ws.end(1001);
    expect(closed).toEqual([CloseReason.SessionOverflow]);
  });

  it('takes nothing to send once it is being closed', () => {
    const { ws, socket } = serve();
    socket.close(4001);
    ws.take();
    socket.send(JOIN_ROOM);
    socket.flush();
    expect([ws.sent, socket.frames!.kept.messages]).toEqual([[], 0]);
  });
});

describe('framed socket: receiving', () => {
  beforeEach(() => void jest.spyOn(console, 'error').mockImplementation(() => {}));
  afterEach(() => void jest.restoreAllMocks());

  it('hands on the messages of a frame in order', () => {
    const { ws, heard } = serve();
    for (const body of ['0d 01', '13 02', '0d 03']) {
      peer.post(body.startsWith('13') ? { type: FrameType.Input, flags: 0, body: bytes(body) } : kept(body));
    }
    say(ws, peer);
    expect(heard).toEqual(['0d 01', '13 02', '0d 03']);
  });

  it('[S3] acknowledges with the next flush', () => {
    const { ws, socket } = serve();
    peer.post(kept('0d 01'));
    say(ws, peer);
    expect(ws.sent).toEqual([]);
    socket.flush();
    expect(read(ws, peer)).toEqual([[]]);
    expect(peer.kept.messages).toBe(0);
  });

  it('[F7] says what is wrong with a frame in a CLOSING, closes with 4100, and takes nothing behind it', () => {
    const { ws, heard } = serve();
    ws.receive(bytes('63 00 00 00'));
    peer.post(kept('0d 01'));
    say(ws, peer);
    const closing = read(ws, peer)[0]![0]!;
    expect(closing.type).toBe(FrameType.Closing);
    expect(readClosing(closing.body)).toEqual({ code: 4100, text: 'unknown-type at byte 0: type 99' });
    expect(ws.closes).toEqual([{ code: 4100, reason: 'unknown-type at byte 0: type 99' }]);
    expect(heard).toEqual([]);
  });

  it.each([
    ['a PING of three bytes', FrameType.Ping, '00 00 00'],
    ['a PONG of three bytes', FrameType.Pong, '00 00 00'],
    ['a CLOSING without a code', FrameType.Closing, '00'],
    ['an unreliable input of too many stamps', FrameType.Input, '94 ce ff ff ff ff'],
    ['a message with a code that there is not', FrameType.Colyseus, '01'],
  ])('[F7] refuses %s', (_what, type, body) => {
    const { ws, heard } = serve();
    peer.post({ type, flags: 0, body: bytes(body) });
    say(ws, peer);
    expect([heard, ws.closes[0]!.code]).toEqual([[], 4100]);
  });

  it('counts the messages of a batch', () => {
    const rate = { messagesPerSecond: 10, bytesPerSecond: 10_000, burstSeconds: 1 };
    const { ws, heard } = serve({ limits: { rate } });
    for (let i = 0; i < 11; i++) peer.post(kept('0d 01'));
    say(ws, peer);
    expect([heard, ws.closes[0]!.code]).toEqual([[], CloseReason.RateLimited]);
  });

  it('a listener that throws ends this connection and says nothing of the inside', () => {
    const { ws, socket } = serve();
    socket.on('message', () => {
      throw new Error('secret: /etc/inside');
    });
    peer.post(kept('0d 01'));
    expect(() => say(ws, peer)).not.toThrow();
    expect(ws.closes).toEqual([{ code: CloseCode.WITH_ERROR, reason: 'internal error' }]);
  });

  it('has joined when the join is acknowledged', () => {
    const { ws, socket, timers } = serve();
    peer.post({ type: FrameType.Colyseus, flags: 0, body: JOIN_ACKNOWLEDGED });
    say(ws, peer);
    timers.advance(29_999);
    socket.check(timers.now());
    expect(ws.closes).toEqual([]);
  });

  it('[S10] asks with a PING', () => {
    const { ws, socket, timers } = serve();
    peer.post({ type: FrameType.Colyseus, flags: 0, body: JOIN_ACKNOWLEDGED });
    say(ws, peer);
    timers.advance(30_000);
    socket.check(timers.now());
    expect(read(ws, peer)[0]!.map(({ type }) => type)).toEqual([FrameType.Ping]);
  });
});

describe('framed socket: coming back (S6 to S9)', () => {
  /** A session with a message on its way in each direction when its connection died. */
  function dropped() {
    const first = serve();
    const of = session(first.socket);
    first.socket.attach(of, () => {});
    first.socket.send(bytes('0d 01'));
    first.socket.flush();
    peer.post(kept('0d 11'));
    peer.takeFrames(); // lost
    first.ws.take(); // lost
    first.socket.terminate();
    peer.suspend();
    return { of, timers: first.timers };
  }

  it('[S7] sends again behind RESUME, then the join, then the state; and takes what the client sends again', () => {
    const { of, timers } = dropped();
    const { ws, socket, heard } = serve({ resuming: true, timers });
    socket.send(JOIN_ROOM);
    expect(ws.sent).toEqual([]);
    socket.attach(of, () => socket.send(bytes('0e 02')));
    socket.send(bytes('0d 03'));
    socket.flush();
    expect(ws.sent).toEqual([]);

    ws.receive(peer.beginResume()!);
    const messages = read(ws, peer);
    expect(messages.flat().map(({ type, body }) => `${type}:${hex(body.subarray(0, 2))}`)).toEqual([
      '1:0d 01',
      `1:${hex(JOIN_ROOM.subarray(0, 2))}`,
      '1:0d 03',
      '3:02',
    ]);
    say(ws, peer);
    expect(heard).toEqual(['0d 11']);
    expect(socket.frames!.kept.messages).toBe(0);
  });

  it('[S6] takes a RESUME that came before the room had answered', () => {
    const { of, timers } = dropped();
    const { ws, socket } = serve({ resuming: true, timers });
    ws.receive(peer.beginResume()!);
    expect(ws.sent).toEqual([]);
    let resumed = 0;
    socket.attach(of, () => resumed++);
    expect(resumed).toBe(1);
    expect(
      read(ws, peer)
        .flat()
        .map(({ body }) => hex(body)),
    ).toEqual(['0d 01']);
  });

  it('[S6] takes no second frame before the room has answered', () => {
    const { timers } = dropped();
    const { ws } = serve({ resuming: true, timers });
    ws.receive(peer.beginResume()!);
    ws.receive(bytes('05 00 02 00 13'));
    expect(ws.closes[0]!.code).toBe(4100);
  });

  it('[S6] takes nothing but a RESUME first', () => {
    const { of, timers } = dropped();
    const { ws, socket, heard } = serve({ resuming: true, timers });
    socket.attach(of, () => {});
    ws.receive(bytes('01 00 01 04 0d'));
    expect([heard, ws.closes[0]!.code]).toEqual([[], 4100]);
  });

  it('a connection that is silent before its RESUME is a drop: the session may try again', () => {
    const { of, timers } = dropped();
    const { ws, socket, closed } = serve({ resuming: true, timers });
    socket.attach(of, () => {});
    timers.advance(4_000);
    socket.check(timers.now());
    expect([ws.terminated, ws.closes, closed]).toEqual([true, [], [CloseCode.MAY_TRY_RECONNECT]]);
    expect(of.frames!.kept.messages).toBe(1);

    const again = serve({ resuming: true, timers });
    again.socket.attach(of, () => {});
    again.ws.receive(peer.beginResume()!);
    expect(bodies(again.ws, peer).flat()).toEqual(['0d 01']);
  });

  it('the old token opens the session until the client has acknowledged the join with the new one', () => {
    const { of, timers } = dropped();
    of.client.reconnectionToken = 'new';
    of.resumedWith('old');
    const { ws, socket } = serve({ resuming: true, timers });
    socket.attach(of, () => {});
    ws.receive(peer.beginResume()!);
    read(ws, peer);
    say(ws, peer); // what it sends again needs no new token
    expect(of.currentToken('old')).toBe('new');
    peer.post({ type: FrameType.Colyseus, flags: 0, body: JOIN_ACKNOWLEDGED });
    say(ws, peer);
    expect(of.currentToken('old')).toBe('old');
  });

  it('ends with a code when the client acknowledges what was never sent', () => {
    const { of, timers } = dropped();
    const { ws, socket } = serve({ resuming: true, timers });
    socket.attach(of, () => {});
    ws.receive(bytes('09 00 01 00 00 09 00 00 00 00'));
    expect(ws.closes[0]!.code).toBe(4100);
  });

  it('a session that is refused gets a close frame and nothing else', () => {
    const { ws, socket } = serve({ resuming: true });
    socket.close(CloseReason.SessionLost, 'there is nothing to resume');
    expect([ws.sent, ws.closes[0]!.code]).toEqual([[], CloseReason.SessionLost]);
  });

  it('does not attach to a session once it has ended', () => {
    const { of, timers } = dropped();
    const { socket } = serve({ resuming: true, timers });
    socket.terminate();
    socket.attach(of, () => {});
    expect(of.frames!.state).toBe('suspended');
  });
});
