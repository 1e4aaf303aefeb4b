import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { connect } from '../client/connect.ts';
import { type RunningServer, serve } from '../server/serve.ts';
import { MAX_BODY_BYTES } from '../server/transport/http-guard.ts';
import { FrameSession } from '../shared/session/frame-session.ts';
import { CloseReason } from '../shared/wire/close-reason.ts';
import { toWire } from '../shared/wire/colyseus-message.ts';
import { Compressor } from '../shared/wire/compression.ts';
import { readClosing, writeTime } from '../shared/wire/control.ts';
import { SUBPROTOCOL } from '../shared/wire/frame.ts';
import { FrameType } from '../shared/wire/frame-type.ts';
import { nodeDeflate } from '../server/transport/node-deflate.ts';
import { CourseRoom } from './support/course.ts';
import { usedBytes } from './support/heap.ts';
import { Random } from './support/random.ts';
import { until } from './support/until.ts';

const compressor = new Compressor(nodeDeflate);
const JOIN_ACKNOWLEDGEMENT = Uint8Array.of(10);
const LEVELS = ['error', 'warn', 'log'] as const;
const consoleAsItWas = { error: console.error, warn: console.warn, log: console.log };

let server: RunningServer;
let http: string;
let ws: string;

beforeAll(async () => {
  // What Colyseus and Schema log of attacks.
  for (const level of LEVELS) console[level] = () => {}; // a mock would remember every call, and be the leak
  server = await serve({
    rooms: { course: CourseRoom },
    port: 0,
    handleSignals: false,
    limits: { handshakeTimeoutMs: 1_500, rate: { messagesPerSecond: 100, bytesPerSecond: 50_000, burstSeconds: 2 } },
  });
  http = `http://127.0.0.1:${server.port}`;
  ws = `ws://127.0.0.1:${server.port}`;
});

afterAll(async () => {
  await server.close();
  Object.assign(console, consoleAsItWas);
});

interface Seat {
  processId: string;
  roomId: string;
  sessionId: string;
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`${http}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

const takeSeat = async (): Promise<Seat> => (await (await post('/matchmake/joinOrCreate/course', {})).json()) as Seat;

/** A client that goes by no rules: a bare socket on a seat. */
class Attacker {
  readonly seat: Seat;
  readonly socket: WebSocket;
  readonly session = new FrameSession('client', compressor);
  readonly received: Uint8Array[] = [];
  closed: { code: number; reason: string } | undefined;
  /** Called with each PONG, and at the end. */
  #hear = (): void => {};
  /** What the server said in a CLOSING frame. */
  closing: { code: number; text: string } | undefined;

  constructor(seat: Seat, protocols: string[] = [SUBPROTOCOL], query = '') {
    this.seat = seat;
    this.socket = new WebSocket(
      `${ws}/${seat.processId}/${seat.roomId}?sessionId=${seat.sessionId}${query}`,
      protocols,
    );
    this.socket.on('error', () => {});
    this.socket.on('message', (data: Buffer) => this.#read(data));
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#hear();
    });
  }

  /** Joins as a client should. */
  static async joined(): Promise<Attacker> {
    const attacker = new Attacker(await takeSeat());
    await until('the join is answered', () => attacker.received.length > 0);
    attacker.say(JOIN_ACKNOWLEDGEMENT);
    return attacker;
  }

  /** Sends a Colyseus message in a proper frame. */
  say(message: Uint8Array): void {
    this.session.post(toWire(message));
    for (const frame of this.session.takeFrames()) this.socket.send(frame);
  }

  /** Asks with a PING; resolves when it is answered, or the connection is closed. */
  async answered(): Promise<void> {
    const answer = new Promise<void>((resolve) => (this.#hear = resolve));
    this.session.post({ type: FrameType.Ping, flags: 0, body: writeTime(0) });
    for (const frame of this.session.takeFrames()) this.socket.send(frame);
    if (this.closed === undefined) await answer;
  }

  async end(): Promise<{ code: number; reason: string }> {
    await until('the connection is closed', () => this.closed !== undefined);
    return this.closed!;
  }

  #read(data: Buffer): void {
    if (this.socket.protocol !== SUBPROTOCOL) return void this.received.push(data);
    for (const { type, body } of this.session.receive(data)) {
      if (type === FrameType.Closing) this.closing = readClosing(body);
      if (type === FrameType.Pong) this.#hear();
      this.received.push(body);
    }
  }
}

describe('the door (A)', () => {
  it('[A1] refuses an upgrade from a page of another origin before it is one', async () => {
    const seat = await takeSeat();
    const statusFor = (origin: string | undefined): Promise<number | undefined> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${ws}/${seat.processId}/${seat.roomId}?sessionId=x`, [SUBPROTOCOL], {
          ...(origin === undefined ? {} : { origin }),
        });
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
        socket.on('upgrade', ({ statusCode }) => resolve(statusCode));
        socket.on('error', () => {});
        socket.on('open', () => socket.terminate());
      });
    expect(await statusFor('https://evil.example')).toBe(403);
    expect(await statusFor(`${http}.evil.example`)).toBe(403);
    expect(await statusFor('null')).toBe(403);
    expect(await statusFor(http)).toBe(101);
    expect(await statusFor(undefined)).toBe(101);
  });

  it('[A2] answers other origins without CORS headers, and does nothing for them', async () => {
    const evil = await post('/matchmake/joinOrCreate/course', {}, { origin: 'https://evil.example' });
    expect(evil.status).toBe(403);
    expect(evil.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(`${http}/matchmake/joinOrCreate/course`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    const own = await post('/matchmake/joinOrCreate/course', {}, { origin: http });
    expect(own.status).toBe(200);
    expect(own.headers.get('access-control-allow-origin')).toBe(http);
    expect(own.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('[A3] refuses a body over 16 KB without reading it', async () => {
    const { status, sent } = await new Promise<{ status: number | undefined; sent: number }>((resolve) => {
      const upload = request(`${http}/matchmake/joinOrCreate/course`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': 100_000_000 },
      });
      upload.on('error', () => {});
      upload.on('response', (response) => {
        resolve({ status: response.statusCode, sent: upload.socket?.bytesWritten ?? 0 });
        upload.destroy();
      });
      upload.write(Buffer.alloc(1_000));
    });
    expect(status).toBe(413);
    expect(sent).toBeLessThan(MAX_BODY_BYTES);
    expect((await post('/matchmake/joinOrCreate/course', { pad: 'x'.repeat(MAX_BODY_BYTES) })).status).toBe(413);
    expect((await post('/matchmake/joinOrCreate/course', { pad: 'x'.repeat(10_000) })).status).toBe(200);
  });

  it('[A4] refuses a body of unknown length', async () => {
    const status = await new Promise<number | undefined>((resolve) => {
      const upload = request(`${http}/matchmake/joinOrCreate/course`, { method: 'POST' });
      upload.on('error', () => {});
      upload.on('response', (response) => resolve(response.statusCode));
      upload.write('{');
    });
    expect(status).toBe(411);
  });

  it('[A5] closes a socket that is silent, and one that never acknowledges its join', async () => {
    const silent = new Attacker(await takeSeat());
    const plain = new Attacker(await takeSeat(), []);
    const nowhere = new WebSocket(ws);
    const nowhereClosed = new Promise<number>((resolve) => nowhere.on('close', resolve));
    expect((await silent.end()).code).toBe(CloseReason.HandshakeTimeout);
    expect(silent.closing?.code).toBe(CloseReason.HandshakeTimeout);
    expect((await plain.end()).code).toBe(CloseReason.HandshakeTimeout);
    expect(await nowhereClosed).toBe(CloseReason.HandshakeTimeout);
  });

  it('[A6] closes a connection whose handshake never ends', async () => {
    const slow = connectTcp(server.port, '127.0.0.1');
    slow.on('error', () => {});
    slow.write('GET / HTTP/1.1\r\nHost: x\r\n');
    const closed = new Promise<void>((resolve) => slow.on('close', () => resolve()));
    slow.resume();
    await closed;
  });

  it.each([[[SUBPROTOCOL]], [[]]])('[A7] limits messages of a session, subprotocol %j', async (protocols) => {
    const attacker = new Attacker(await takeSeat(), protocols as string[]);
    await until('the join is answered', () => attacker.received.length > 0);
    const ping = Uint8Array.of(18);
    const send = (message: Uint8Array): void =>
      protocols.length > 0 ? attacker.say(message) : attacker.socket.send(message);
    send(JOIN_ACKNOWLEDGEMENT);
    for (let i = 0; i < 400; i++) send(ping);
    expect((await attacker.end()).code).toBe(CloseReason.RateLimited);
  });

  it('[A8] limits messages inside batches, and bytes', async () => {
    const batches = await Attacker.joined();
    for (let i = 0; i < 300; i++) batches.session.post(toWire(Uint8Array.of(18)));
    for (const frame of batches.session.takeFrames()) batches.socket.send(frame);
    expect((await batches.end()).code).toBe(CloseReason.RateLimited);

    const bytes = await Attacker.joined();
    const noise = Buffer.from(new Random(7).bytes(40_000));
    for (let i = 0; i < 4; i++) bytes.say(Buffer.concat([Uint8Array.of(17, 0xa5), Buffer.from('bytes'), noise]));
    expect((await bytes.end()).code).toBe(CloseReason.RateLimited);
  });

  it('[A8] counts the bytes to which compressed messages swell', async () => {
    const attacker = await Attacker.joined();
    const sparse = new Uint8Array(60_000);
    sparse.set([17, 0xa5, ...Buffer.from('bytes')]);
    for (let i = 0; i < 3; i++) attacker.say(sparse);
    expect((await attacker.end()).code).toBe(CloseReason.RateLimited);
  });

  it('[A9] does not refill the limit when a session is resumed', async () => {
    const room = await connect<CourseRoom>(http, { room: 'course' });
    await until('it plays', () => room.state.tick > 0);
    const ends: number[] = [];
    room.onLeave((code) => ends.push(code));
    for (let round = 0; ends.length === 0 && round < 20; round++) {
      for (let i = 0; i < 60; i++) {
        room.send('number' as never, i as never);
        await new Promise((resolve) => queueMicrotask(() => resolve(undefined))); // each in a frame of its own
      }
      room.connection.close(4010);
      await until('it is back, or over', () => room.connection.isOpen || ends.length > 0);
    }
    expect(ends).toEqual([CloseReason.RateLimited]);
  });

  it('[A10] names no internals in errors', async () => {
    const create = await post('/matchmake/create/course', { fail: 'secret: /etc/inside' });
    expect(await create.text()).not.toContain('secret');
    const joins = await connect<CourseRoom>(http, { room: 'course', join: { fail: 'join' } }).catch((e: Error) => e);
    expect((joins as Error).message).toBe('the room could not be joined');
    const room = await connect<CourseRoom>(http, { room: 'course' });
    const answer = await room.request('throw' as never, 1 as never).catch((e: Error) => e);
    expect(String((answer as Error).message)).not.toContain('secret');
    await room.leave();
  });

  it('[A11] takes no names of Object.prototype for rooms, methods or message types', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect((await post(`/matchmake/joinOrCreate/${name}`, {})).ok).toBe(false);
      expect((await post(`/matchmake/${name}/course`, {})).ok).toBe(false);
    }
    const upgrades = ['/p/__proto__', '/p/constructor', '/p/toString', '/p/hasOwnProperty'].map(async (path) => {
      const query = '?sessionId=__proto__&reconnectionToken=__proto__';
      const socket = new WebSocket(`${ws}${path}${query}`, [SUBPROTOCOL]);
      return await new Promise<number>((resolve) => socket.on('close', resolve));
    });
    expect(await Promise.all(upgrades)).toEqual([4003, 4003, 4003, 4003]);
    const room = await connect<CourseRoom>(http, { room: 'course' });
    for (const name of ['__proto__', 'constructor', 'toString']) room.send(name as never, { polluted: true } as never);
    await room.request('double' as never, 1 as never).catch(() => {});
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('[A11] takes any request target', async () => {
    const statuses = [':99999/', 'http://[', '//[', '/%', '*'].map(
      (target) =>
        new Promise<string>((resolve) => {
          const socket = connectTcp(server.port, '127.0.0.1');
          const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13';
          socket.write(
            `GET ${target} HTTP/1.1\r\nHost: x\r\n${upgrade}\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
          );
          socket.on('data', (data) => {
            resolve(data.toString().slice(9, 12));
            socket.destroy();
          });
          socket.on('close', () => resolve('closed'));
        }),
    );
    for (const status of await Promise.all(statuses)) expect(['101', '400', 'closed']).toContain(status);
    expect((await post('/matchmake/joinOrCreate/course', {})).status).toBe(200);
  });

  it.each(['*:99999999', '*%00', 'http://[', '/ok'])('[A11] answers the request target %s', async (target) => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connectTcp(server.port, '127.0.0.1');
      socket.write(`GET ${target} HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n`);
      socket.on('data', (data) => resolve(data.toString().slice(9, 12)));
    });
    expect(answer).toBe('400');
  });

  it('[A12] does not make a room of inputs that are announced and not there', async () => {
    // Unreliable input, timed, 4,294,967,295 stamps announced: core would make an array of them.
    const attack = Uint8Array.of(20 | 0x80, 0xce, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
    const framed = await Attacker.joined();
    framed.say(attack);
    expect((await framed.end()).code).toBe(CloseReason.ProtocolError);
    const plain = new Attacker(await takeSeat(), []);
    await until('the join is answered', () => plain.received.length > 0);
    plain.socket.send(JOIN_ACKNOWLEDGEMENT);
    plain.socket.send(attack);
    expect((await plain.end()).code).toBe(CloseReason.ProtocolError);
  });
});

describe('frames of an attacker (F)', () => {
  it.each([
    ['truncated', 'bytes 0 1', Uint8Array.of(1, 0)],
    ['unknown-type', 'type 13', Uint8Array.of(13, 0, 0, 0)],
    ['reserved-flag', 'flag 16', Uint8Array.of(1, 0, 0, 16, 10)],
    ['sequence-jump', 'sequence 9', Uint8Array.of(1, 0, 9, 0, 10)],
    ['fragment-without-start', 'fragment 1', Buffer.concat([Uint8Array.of(1, 0, 0, 2, 1), Buffer.alloc(65_531)])],
    ['bad-batch', 'empty batch', Uint8Array.of(2, 0, 0, 0)],
    ['truncated', 'batch that does not add up', Uint8Array.of(2, 0, 0, 0, 9, 1, 10)],
    ['message-too-large', 'inflates to 4 GB', Uint8Array.of(1, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 3, 0)],
    ['wrong-length', 'varint of six bytes', Uint8Array.of(2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 10)],
    ['trailing-bytes', 'ACK of three bytes', Uint8Array.of(8, 0, 0, 0, 0, 0, 0)],
    ['too-large', '65,537 bytes', Buffer.concat([Uint8Array.of(1, 0, 0, 0, 10), Buffer.alloc(65_532)])],
  ])('[F7] %s (%s) is answered with CLOSING and a close', async (code, _what, frame) => {
    const attacker = new Attacker(await takeSeat());
    await until('the join is answered', () => attacker.received.length > 0);
    attacker.socket.send(frame);
    expect((await attacker.end()).code).toBe(CloseReason.ProtocolError);
    expect(attacker.closing).toEqual({ code: CloseReason.ProtocolError, text: expect.stringContaining(code) });
  });

  it('[F3] far over 64 KiB is refused by its length, and keeps no seat', async () => {
    const attacker = await Attacker.joined();
    const served = CourseRoom.of(attacker.seat.roomId);
    attacker.socket.send(Buffer.alloc(100_000));
    expect((await attacker.end()).code).toBe(1009);
    await until('it has left', () => served.left.some(({ sessionId }) => sessionId === attacker.seat.sessionId));
  });

  it('[F3] text ends the connection', async () => {
    const attacker = await Attacker.joined();
    attacker.socket.send('hello');
    expect((await attacker.end()).code).toBe(CloseReason.ProtocolError);
  });

  it('[F7] 10,000 random and mutated ones cost another client no update and the server no memory', async () => {
    const FRAMES = 10_000;
    const random = new Random(2026);
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on('uncaughtException', note).on('unhandledRejection', note);

    const victim = await connect<CourseRoom>(http, { room: 'course' });
    const ticks: number[] = [];
    victim.onStateChange(({ tick }) => ticks.push(tick));
    const served = CourseRoom.of(victim.roomId);
    await until('the victim plays', () => ticks.length > 10);

    // A frame counts when the server has read it: a PING behind it is answered, or the connection closed for it.
    let read = 0;
    let connections = 0;
    const attack = async (frames: number): Promise<void> => {
      while (read < frames) {
        const attacker = await Attacker.joined();
        connections++;
        for (let i = 0; i < 20 && attacker.closed === undefined && read < frames; i++) {
          attacker.socket.send(hostileFrame(attacker, random));
          await attacker.answered();
          read++;
        }
        attacker.socket.close(4000); // on purpose: its seat is not kept
        await attacker.end();
      }
    };
    const attackers = (frames: number): Promise<unknown> =>
      Promise.all(Array.from({ length: 6 }, () => attack(frames)));
    const alone = (): boolean => served.clients.length === 1;
    await attackers(FRAMES / 2);
    await until('all attackers have left the room', alone);
    const halfway = await usedBytes();
    await attackers(FRAMES);
    await until('all attackers have left the room', alone);
    const grown = (await usedBytes()) - halfway;
    process.off('uncaughtException', note).off('unhandledRejection', note);

    expect(uncaught).toEqual([]);
    const { length } = ticks;
    await until('the victim plays on', () => ticks.length > length + 10);
    expect(connections).toBeGreaterThan(1_000);
    expect(victim.stats.reconnects).toBe(0);
    expect(ticks.every((tick, i) => i === 0 || tick === ticks[i - 1]! + 1)).toBe(true);
    expect(grown).toBeLessThan(4_000_000);
    await victim.leave();
  }, 120_000);
});

/** Garbage, a proper frame with flipped bits, or a proper frame around a garbled Colyseus message. */
function hostileFrame(attacker: Attacker, random: Random): Uint8Array {
  const kind = random.below(6);
  if (kind === 0) return random.bytes(random.below(64));
  const message = random.bytes(1 + random.below(40));
  message[0] = random.pick([10, 10, 12, 13, 17, 18, 18, 19, 19, 19, 20, 20, 21, 147, 148]);
  attacker.session.post(toWire(message));
  const [frame] = attacker.session.takeFrames();
  if (kind === 1) frame![random.below(frame!.length)]! ^= 1 << random.below(8);
  return frame!;
}
