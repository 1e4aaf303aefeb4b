import { CloseCode } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { IncomingState } from '../client/incoming-state.ts';
import { RateLimiter } from '../server/session/rate-limiter.ts';
import { RoomSession } from '../server/session/room-sessions.ts';
import { SessionClient } from '../server/session/session-client.ts';
import { FramedSocket } from '../server/transport/framed-socket.ts';
import { nodeDeflate } from '../server/transport/node-deflate.ts';
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from '../server/transport/transport-options.ts';
import { FrameSession } from '../shared/session/frame-session.ts';
import { CloseReason } from '../shared/wire/close-reason.ts';
import { fromWire } from '../shared/wire/colyseus-message.ts';
import { Compressor } from '../shared/wire/compression.ts';
import { FrameFlag, FrameType } from '../shared/wire/frame-type.ts';
import { bytes, concat, hex } from './support/bytes.ts';
import { Random } from './support/random.ts';
import { kept } from './support/session-pair.ts';
import { SlowWs } from './support/slow-ws.ts';
import { settled, VirtualTimers } from './support/virtual-timers.ts';

const TICK_MS = 1_000 / 60;
const compressor = new Compressor(nodeDeflate);
const JOIN_ROOM = bytes('0a 03 74 6f 6b 06 73 63 68 65 6d 61 00');
const NOISE = new Random(1).bytes(2 * 1_048_576);
const KEYFRAME = { type: FrameType.Keyframe, flags: 0, body: bytes('') };

interface ServeOptions {
  limits?: Partial<ConnectionLimits>;
  ticks?: boolean;
  resuming?: boolean;
  /** Whether the state is timed. */
  timed?: boolean;
}

/** A connection to a room whose state is one byte and the tick, and what its client makes of it. */
class Served {
  readonly ws = new SlowWs();
  readonly timers = new VirtualTimers();
  readonly socket: FramedSocket;
  readonly session: RoomSession;
  readonly peer: FrameSession;
  /** Whether the client reads. */
  reads = true;
  /** How often the room was asked for the whole state, and the length of that. */
  asked = 0;
  stateBytes = 2;
  incoming = new IncomingState();
  readonly #timed: boolean;
  #tick = 0;

  constructor({ limits, ticks = true, resuming = false, timed = false }: ServeOptions = {}, of?: Served) {
    const allLimits = { ...DEFAULT_CONNECTION_LIMITS, ...limits };
    this.#timed = timed;
    this.socket = new FramedSocket(this.ws.ws, {
      limits: allLimits,
      compressor,
      now: this.timers.now,
      tickMs: ticks ? TICK_MS : undefined,
      resuming,
    });
    this.peer = of?.peer ?? new FrameSession('client', compressor);
    const client = new SessionClient('s', this.socket as never);
    this.session = of?.session ?? new RoomSession(client, new RateLimiter(allLimits.rate, 0), this.socket.frames);
  }

  /** The join and the first state, as core sends them. */
  join(): void {
    this.socket.send(JOIN_ROOM);
    this.attach();
    this.sendState();
    this.read();
    this.socket.flush(); // which sees that all has left
  }

  attach(): void {
    this.socket.attach(this.session, () => {
      this.asked++;
      this.sendState();
    });
  }

  sendState(): void {
    const body = noise(this.stateBytes);
    body[0] = this.#tick;
    this.socket.send(concat(this.#head(0x0e), body));
  }

  sendDelta(length = 1): void {
    const body = noise(length);
    body[0] = this.#tick;
    this.socket.send(concat(this.#head(0x0f), body));
  }

  /** A tick: the patch, then the flush. What the client got of it, the rest of a long one left out. */
  tick(deltaBytes = 1): string[] {
    this.#tick++;
    this.timers.advance(TICK_MS);
    this.sendDelta(deltaBytes);
    this.socket.flush();
    return this.read();
  }

  /** Colyseus messages that the client got, or nothing while it does not read. */
  read(): string[] {
    if (!this.reads) return [];
    this.ws.drain(Infinity);
    return this.ws.take().flatMap((frame) =>
      this.peer
        .receive(frame)
        .map((message) => this.incoming.receive(message))
        .filter(({ type }) => type <= FrameType.Delta)
        .map((message) => hex(fromWire(message).subarray(0, 10))),
    );
  }

  say(): void {
    for (const frame of this.peer.takeFrames()) this.ws.receive(frame);
  }

  sayKeyframe(): void {
    this.peer.post(KEYFRAME);
    this.say();
  }

  #head(code: number): Uint8Array {
    if (!this.#timed) return Uint8Array.of(code);
    const head = new DataView(new ArrayBuffer(9));
    head.setUint8(0, code | 0x80);
    head.setUint32(1, this.timers.now(), true);
    head.setUint32(5, this.#tick, true);
    return new Uint8Array(head.buffer);
  }
}

describe('framed socket: the clock prefix', () => {
  it('[M2] is one byte in a DELTA, and comes out as it went in', () => {
    const served = new Served({ timed: true });
    served.join();
    for (const expected of ['10 00 00 00 01', '21 00 00 00 02', '32 00 00 00 03']) {
      expect(served.tick()).toEqual([`8f ${expected} 00 00 00 ${expected.slice(-2)}`]);
    }
    served.sendDelta();
    served.socket.flush();
    expect(hex(served.ws.sent[0]!)).toMatch(/^04 00 \d\d 08 f0 00 03$/); // no time has passed
  });

  it('[M2] counts from what was sent, over all that was not', () => {
    const served = new Served({ timed: true });
    served.join();
    served.tick();
    served.reads = false;
    served.tick(20_000);
    for (let i = 0; i < 100; i++) served.tick();
    served.reads = true;
    expect(served.read()).toHaveLength(1); // what was written before
    expect(served.tick()).toEqual(['8e b4 06 00 00 67 00 00 00 67']);
    expect(served.tick()).toEqual(['8f c5 06 00 00 68 00 00 00 68']);
  });

  it('[S13] a timed DELTA behind a STATE that was not is not sent: a timed STATE comes first', () => {
    const untimed = new Served();
    untimed.join();
    const prefixed = bytes('8f 10 00 00 00 01 00 00 00 01');
    untimed.socket.send(prefixed);
    expect([untimed.socket.takesState, untimed.asked]).toEqual([false, 0]);
    untimed.socket.flush();
    expect([untimed.asked, untimed.read()]).toEqual([1, ['0e 00 00']]);
  });
});

describe.each([
  ['timed', true],
  ['untimed', false],
])('framed socket: %s state to a client that is slow', (_what, timed) => {
  let served: Served;
  beforeEach(() => {
    served = new Served({ timed });
    served.join();
    served.tick();
  });

  /** The codes of Colyseus in what came. */
  const codes = (messages: string[]): string[] =>
    messages.map((message) => hex(Uint8Array.of(bytes(message)[0]! & 0x1f)));

  it('[S14] none goes out while more than 16 KiB wait; then one STATE does, and DELTAs behind it', () => {
    served.reads = false;
    served.tick(16_000);
    expect(served.socket.takesState).toBe(true);
    served.tick(1_000);
    expect(served.socket.takesState).toBe(false);
    const waiting = served.ws.bufferedAmount;
    for (let i = 0; i < 600; i++) served.tick(1_000);
    expect(served.ws.bufferedAmount).toBe(waiting);
    served.sendState();
    expect(served.ws.bufferedAmount).toBe(waiting);

    served.reads = true;
    served.read();
    expect(served.socket.takesState).toBe(false);
    expect([codes(served.tick()), served.asked]).toEqual([['0e'], 1]);
    expect(served.socket.takesState).toBe(true);
    expect([codes(served.tick()), served.asked]).toEqual([['0f'], 1]);
  });

  it('[S14] nor after anything has waited for 250 ms', () => {
    served.reads = false;
    for (let i = 0; i < 60; i++) served.tick(10);
    const { bufferedAmount } = served.ws;
    served.tick(10);
    expect([served.socket.takesState, served.ws.bufferedAmount, bufferedAmount < 20 * 30]).toEqual([
      false,
      bufferedAmount,
      true,
    ]);
    served.reads = true;
    served.read();
    expect([codes(served.tick()), codes(served.tick()), served.asked]).toEqual([['0e'], ['0f'], 1]);
  });

  it('[S14] messages do, and wait in front of the STATE', () => {
    served.reads = false;
    served.tick(20_000);
    for (let i = 0; i < 3; i++) {
      served.socket.send(bytes(`0d 0${i}`));
      served.tick();
    }
    served.reads = true;
    expect(codes(served.read())).toEqual(['0f', '0d', '0d', '0d']);
    served.socket.send(bytes('0d 07'));
    expect(codes(served.tick())).toEqual(['0d', '0e']);
  });

  it('[S14] what else is looked at 4 times a second finds a buffer empty too', () => {
    served.reads = false;
    served.tick(20_000);
    served.socket.check(served.timers.now());
    expect(served.asked).toBe(0);
    served.reads = true;
    served.read();
    served.socket.check(served.timers.now());
    expect([served.asked, codes(served.read())]).toEqual([1, ['0e']]);
  });

  it('[S15] a STATE of 300 KiB to one that reads it at once is followed by every DELTA', () => {
    served.stateBytes = 300 * 1_024;
    served.sendState();
    expect(served.socket.takesState).toBe(true);
    expect(codes(served.read())).toEqual(['0e']);
    for (let i = 0; i < 100; i++) expect(codes(served.tick())).toEqual(['0f']);
    expect(served.asked).toBe(0);
  });

  it('[S15] [A13] a STATE over all bounds does not end the connection, and a second one waits for the first', () => {
    served.reads = false;
    served.stateBytes = 2 * 1_048_576;
    served.sendState();
    served.tick();
    expect([served.ws.terminated, served.socket.takesState]).toEqual([false, true]);
    served.sendState();
    expect([served.ws.terminated, served.socket.takesState]).toEqual([false, false]);
    expect(served.ws.bufferedAmount).toBeLessThan(2.1 * 1_048_576);
    served.reads = true;
    expect(codes(served.read())).toEqual(['0e', '0f']);
    expect([codes(served.tick()), served.asked]).toEqual([['0e'], 1]);
  });

  it('[A13] is dropped at last when it takes nothing and messages pile up', () => {
    served.reads = false;
    const message = concat(bytes('0d'), noise(60_000));
    for (let i = 0; i < 17; i++) {
      served.socket.send(message);
      served.tick();
    }
    expect(served.ws.terminated).toBe(false);
    served.socket.send(concat(bytes('0b'), noise(60_000))); // a refusal is not kept
    expect(served.ws.terminated).toBe(true);
    expect(served.session.frames!.kept.messages).toBe(17);
  });
});

describe('framed socket: state in a room that does not tick', () => {
  it('[S14] goes on with the turn in which the buffer is found empty', async () => {
    const served = new Served({ ticks: false });
    served.join();
    served.reads = false;
    served.sendDelta(20_000);
    await settled();
    served.sendDelta();
    await settled();
    served.reads = true;
    expect(served.read()).toHaveLength(1);
    expect(served.asked).toBe(0);
    served.sendDelta();
    await settled();
    expect([served.asked, served.read()]).toEqual([1, ['0e 00 00']]);
  });

  it('[S16] KEYFRAME is answered in the same turn', async () => {
    const served = new Served({ ticks: false });
    served.join();
    served.sayKeyframe();
    await settled();
    expect([served.asked, served.read()]).toEqual([1, ['0e 00 00']]);
  });
});

describe('framed socket: KEYFRAME (S16)', () => {
  beforeEach(() => void jest.spyOn(console, 'error').mockImplementation(() => {}));
  afterEach(() => void jest.restoreAllMocks());

  it('[S16] is answered with a STATE behind the tick, in place of its DELTA, and then DELTAs', () => {
    const served = new Served();
    served.join();
    served.sayKeyframe();
    expect([served.asked, served.socket.takesState]).toEqual([0, false]);
    expect([served.tick(), served.asked]).toEqual([['0e 01 00'], 1]);
    expect([served.tick(), served.asked]).toEqual([['0f 02'], 1]);
  });

  it('[S16] [A9] costs 20 messages, however many of them get one answer, in batches too', () => {
    const rate = { messagesPerSecond: 100, bytesPerSecond: 100_000, burstSeconds: 10 };
    const served = new Served({ limits: { rate } });
    served.join();
    for (let i = 0; i < 46; i++) {
      if (i % 2 === 0) served.peer.post(kept('0d'));
      served.peer.post(KEYFRAME);
      if (i % 2 === 1) served.say();
    }
    served.say();
    expect(served.ws.closes).toEqual([]);
    expect([served.tick(), served.asked]).toEqual([['0e 01 00'], 1]);
    served.sayKeyframe();
    expect(served.ws.closes[0]!.code).toBe(CloseReason.RateLimited);
  });

  it('[S16] changes nothing before the first STATE, nor while one is owed', () => {
    const served = new Served();
    served.socket.send(JOIN_ROOM);
    served.sayKeyframe();
    served.attach();
    served.sayKeyframe();
    served.socket.flush();
    expect([served.asked, served.ws.closes]).toEqual([0, []]);
    served.sendState();
    served.read();
    served.reads = false;
    served.tick(20_000);
    served.sayKeyframe();
    served.reads = true;
    served.read();
    served.sayKeyframe();
    expect([served.tick(), served.asked]).toEqual([['0e 02 00'], 1]);
    expect([served.tick(), served.asked]).toEqual([['0f 03'], 1]);
  });

  it('[S16] with a STATE on its way it is answered when that has left', () => {
    const served = new Served();
    served.join();
    served.reads = false;
    served.stateBytes = 100_000;
    served.sendState();
    served.sayKeyframe();
    expect(served.socket.takesState).toBe(false);
    served.tick();
    served.reads = true;
    served.read();
    expect(served.tick()).toEqual([expect.stringMatching(/^0e 02 /)]);
  });

  it('[S16] with anything in it is refused', () => {
    const served = new Served();
    served.join();
    served.peer.post({ ...KEYFRAME, body: bytes('00') });
    served.say();
    expect(served.ws.closes).toEqual([{ code: 4100, reason: 'trailing-bytes at byte 4: 0 bytes expected' }]);
  });

  it('a room that throws ends this connection and says nothing of the inside', () => {
    const served = new Served();
    served.socket.send(JOIN_ROOM);
    served.socket.attach(served.session, () => {
      throw new Error('secret: /etc/inside');
    });
    served.sendState();
    served.read();
    served.sayKeyframe();
    expect(() => served.socket.flush()).not.toThrow();
    expect(served.ws.closes).toEqual([{ code: CloseCode.WITH_ERROR, reason: 'internal error' }]);
  });
});

describe('framed socket: state of a session that comes back', () => {
  it('[S13] begins with the STATE that answers its RESUME; before that none is counted', () => {
    const first = new Served({ timed: true });
    first.join();
    first.tick();
    first.socket.terminate();
    first.peer.suspend();
    const second = new Served({ timed: true, resuming: true }, first);
    second.socket.send(JOIN_ROOM);
    second.sendState(); // core's, with the join: nobody knows yet what the client has
    second.attach();
    second.tick();
    second.sendState();
    expect([second.ws.sent, second.socket.takesState, second.asked]).toEqual([[], false, 0]);

    second.ws.receive(second.peer.beginResume()!);
    expect([second.asked, second.socket.takesState]).toEqual([1, true]);
    expect(second.read().at(-1)).toBe('8e 10 00 00 00 01 00 00 00 01');
    expect(second.tick()).toEqual(['8f 21 00 00 00 02 00 00 00 02']);
    expect(second.peer.kept).toEqual({ messages: 0, bytes: 0 });
  });

  it('[S16] a KEYFRAME that waited for the connection is not sent on the next: a STATE comes anyway', () => {
    const peer = new FrameSession('client', compressor);
    peer.suspend();
    peer.post(KEYFRAME);
    peer.beginResume();
    peer.post(KEYFRAME);
    expect([peer.takeFrames(), peer.kept.messages]).toEqual([[], 0]);
  });

  it('[F4] KEYFRAME has no flags', () => {
    const served = new Served();
    served.join();
    for (const flag of Object.values(FrameFlag)) {
      const { ws, peer } = new Served();
      ws.receive(Uint8Array.of(FrameType.Keyframe, 0, 0, flag));
      expect([ws.closes[0]!.reason, peer.state]).toEqual([`wrong-flag at byte 3: KEYFRAME with flags ${flag}`, 'live']);
    }
  });
});

/** Bytes that do not shrink, and another array each time. */
function noise(length: number): Uint8Array {
  return NOISE.slice(0, length);
}
