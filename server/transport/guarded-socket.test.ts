import { CloseCode } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SessionOverflowError } from '../../shared/session/send-window.ts';
import { CloseReason } from '../../shared/wire/close-reason.ts';
import { WireError } from '../../shared/wire/wire-error.ts';
import { FakeWs } from '../../test/support/fake-ws.ts';
import { VirtualTimers } from '../../test/support/virtual-timers.ts';
import { GuardedSocket } from './guarded-socket.ts';
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './transport-options.ts';

/** A guarded socket whose messages are whatever `take` makes of them. */
class TestSocket extends GuardedSocket {
  take: (data: Buffer) => void = () => {};
  asked = 0;
  said: { code: number; reason: string }[] = [];
  endedWith: number[] = [];

  override send(): void {}

  answerJoin(): void {
    this.awaitJoin();
  }

  join(): void {
    this.joined();
  }

  protected override accept(data: Buffer): void {
    this.take(data);
  }

  protected override ask(): void {
    this.asked++;
  }

  protected override sayClosing(code: number, reason: string): void {
    this.said.push({ code, reason });
  }

  protected override ended(code: number): void {
    this.endedWith.push(code);
  }
}

let timers: VirtualTimers;
let ws: FakeWs;
let socket: TestSocket;
let taken: string[];
let closed: { code: number; reason: string }[];

function connect(limits: Partial<ConnectionLimits> = {}): void {
  timers = new VirtualTimers(1_000_000);
  ws = new FakeWs();
  socket = new TestSocket(ws.ws, { ...DEFAULT_CONNECTION_LIMITS, ...limits }, timers.now);
  taken = [];
  closed = [];
  socket.take = (data) => taken.push(data.toString());
  socket.on('close', (code: number, reason: string) => closed.push({ code, reason }));
}

/** Time passes as on a server: the transport looks at the connection every 250 ms. */
function pass(ms: number): void {
  for (let passed = 0; passed < ms; passed += 250) {
    timers.advance(Math.min(250, ms - passed));
    socket.check(timers.now());
  }
}

const say = (text: string): void => ws.receive(Buffer.from(text));

beforeEach(() => connect());

describe('guarded socket: time', () => {
  it('closes with HandshakeTimeout what has not acknowledged its join after 4 s; the time the room took is its own', () => {
    pass(60_000);
    socket.answerJoin();
    pass(3_750);
    expect(ws.closes).toEqual([]);
    pass(250);
    expect(ws.closes).toEqual([{ code: CloseReason.HandshakeTimeout, reason: 'the join took too long' }]);
    expect(socket.said).toEqual([{ code: CloseReason.HandshakeTimeout, reason: 'the join took too long' }]);
  });

  it('closes what talks and does not join, too', () => {
    socket.answerJoin();
    for (let i = 0; i < 16; i++) {
      say('hello');
      pass(250);
    }
    expect(ws.closes).toHaveLength(1);
  });

  it('[S10] asks after 30 s of silence, and lets go of the connection after 10 s more', () => {
    socket.join();
    pass(29_750);
    expect(socket.asked).toBe(0);
    pass(250);
    expect(socket.asked).toBe(1);
    pass(9_750);
    expect([socket.asked, ws.terminated, closed]).toEqual([1, false, []]);
    pass(250);
    expect([ws.terminated, closed]).toEqual([true, [{ code: CloseCode.MAY_TRY_RECONNECT, reason: '' }]]);
  });

  it.each([
    ['a message', () => say('here')],
    ['a ping', () => ws.emit('ping', Buffer.alloc(0))],
    ['a pong', () => ws.emit('pong', Buffer.alloc(0))],
  ])('[S10] takes %s for a sign of life', (_what, live) => {
    socket.join();
    pass(39_750);
    live();
    pass(29_750);
    expect([ws.terminated, socket.asked]).toEqual([false, 1]);
    pass(250);
    expect(socket.asked).toBe(2);
  });

  it('ends a close that the peer does not answer after 1 s', () => {
    socket.join();
    socket.close(4_001, 'bye');
    pass(750);
    expect(ws.terminated).toBe(false);
    pass(250);
    expect(ws.terminated).toBe(true);
    ws.end(1006);
    expect(closed).toEqual([{ code: 4_001, reason: 'bye' }]);
  });

  it('does nothing more once it is over', () => {
    socket.join();
    ws.end(1001);
    pass(120_000);
    expect([socket.asked, ws.terminated, ws.closes]).toEqual([0, false, []]);
  });
});

describe('guarded socket: closing', () => {
  it('tells the peer, and takes and gives nothing from then on', () => {
    socket.close(4_001, 'bye');
    expect([socket.said, ws.closes]).toEqual([[{ code: 4_001, reason: 'bye' }], [{ code: 4_001, reason: 'bye' }]]);
    expect([socket.open, socket.readyState]).toEqual([false, 2]);
    say('late');
    expect(taken).toEqual([]);
    socket.close(4_002, 'again');
    expect(ws.closes).toHaveLength(1);
  });

  it.each([
    [undefined, CloseCode.CONSENTED],
    [1000, 1000],
    [1001, 1001],
    [1006, CloseCode.WITH_ERROR],
    [999, CloseCode.WITH_ERROR],
    [520, CloseCode.WITH_ERROR],
    [5000, CloseCode.WITH_ERROR],
    [4010, 4010],
  ])('%j goes out as %i', (code, sent) => {
    socket.close(code);
    expect(ws.closes).toEqual([{ code: sent, reason: '' }]);
  });

  it('cuts a reason to what a close frame carries', () => {
    socket.close(4_001, '\u00fc'.repeat(100));
    expect(Buffer.byteLength(ws.closes[0]!.reason)).toBeLessThanOrEqual(123);
    expect(ws.closes[0]!.reason).toBe('\u00fc'.repeat(61));
  });

  it.each([
    ['another code', () => ws.end(1000, 'as I like')],
    ['a code with which one may come back', () => ws.end(1001)],
    ['nothing', () => ws.end(1006)],
    ['the end that we make', () => socket.terminate()],
  ])('what it was closed for is not changed by a peer that answers with %s', (_what, answer) => {
    socket.close(CloseReason.RateLimited, 'too much');
    answer();
    expect(closed).toEqual([{ code: CloseReason.RateLimited, reason: 'too much' }]);
    expect(socket.endedWith).toEqual([CloseReason.RateLimited]);
  });

  it('closes what the peer had begun to close, and says why', () => {
    ws.beginPeerClose();
    expect(socket.open).toBe(false);
    socket.close(CloseReason.SessionOverflow, 'too much kept');
    expect(socket.said).toEqual([]); // nothing can be sent any more
    pass(1_000);
    expect(ws.terminated).toBe(true);
    ws.end(1001);
    expect(closed).toEqual([{ code: CloseReason.SessionOverflow, reason: 'too much kept' }]);
  });

  it('a peer that closes is reported with its code, once', () => {
    ws.end(1001, 'away');
    ws.end(1006);
    socket.terminate();
    expect(closed).toEqual([{ code: 1001, reason: 'away' }]);
    expect([socket.open, socket.readyState]).toEqual([false, 3]);
  });

  it('terminates at once, without waiting for the socket', () => {
    socket.terminate();
    expect([ws.terminated, socket.readyState]).toEqual([true, 3]);
    expect(closed).toEqual([{ code: CloseCode.MAY_TRY_RECONNECT, reason: '' }]);
    ws.end();
    say('late');
    expect([closed.length, taken]).toEqual([1, []]);
  });

  it('takes nothing of what the peer sent behind its close', () => {
    ws.beginPeerClose();
    say('late');
    expect(taken).toEqual([]);
  });

  it('survives an error of the socket', () => {
    ws.emit('error', new Error('ECONNRESET'));
    expect(closed).toEqual([]);
    ws.end(1006);
    expect(closed).toHaveLength(1);
  });
});

describe('guarded socket: what the peer does wrong', () => {
  beforeEach(() => void jest.spyOn(console, 'error').mockImplementation(() => {}));
  afterEach(() => void jest.restoreAllMocks());

  it('[F7] a WireError closes with 4100 and its text', () => {
    socket.take = () => {
      throw new WireError('unknown-type', 0, 'type 99');
    };
    say('bad');
    expect(ws.closes).toEqual([{ code: 4100, reason: 'unknown-type at byte 0: type 99' }]);
  });

  it('[F3] so does a text message', () => {
    ws.receive(Buffer.from('hello'), false);
    expect([ws.closes[0]!.code, taken]).toEqual([4100, []]);
  });

  it('[S5] too much kept closes with 4103', () => {
    socket.take = () => {
      throw new SessionOverflowError(9, 1024, 5, { maxKeptMessages: 1024, maxKeptBytes: 10 });
    };
    say('more');
    expect(ws.closes[0]!.code).toBe(4103);
  });

  it('an error of ours closes with 4002 and says nothing of the inside', () => {
    socket.take = () => {
      throw new Error('secret: /etc/inside');
    };
    say('boom');
    expect(ws.closes).toEqual([{ code: CloseCode.WITH_ERROR, reason: 'internal error' }]);
    expect(console.error).toHaveBeenCalled();
  });

  it.each([
    ['messages', 3, 'x'],
    ['bytes', 2, 'x'.repeat(60)],
  ])('too many %s a second close with 4101', (_what, allowed, text) => {
    connect({ rate: { messagesPerSecond: 3, bytesPerSecond: 120, burstSeconds: 1 } });
    for (let i = 0; i < allowed; i++) say(text);
    expect(ws.closes).toEqual([]);
    say(text);
    expect(ws.closes[0]!.code).toBe(4101);
    expect(taken).toHaveLength(allowed);
  });

  it.each(['ping', 'pong'])('%ss count', (kind) => {
    connect({ rate: { messagesPerSecond: 3, bytesPerSecond: 1_000, burstSeconds: 1 } });
    for (let i = 0; i < 4; i++) ws.emit(kind, Buffer.alloc(0));
    expect(ws.closes[0]!.code).toBe(4101);
  });
});
