import { beforeEach, describe, expect, it } from '@jest/globals';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { FakeWs } from '../../test/support/fake-ws.ts';
import { SlowWs } from '../../test/support/slow-ws.ts';
import { RateLimiter } from '../session/rate-limiter.ts';
import { RoomSession } from '../session/room-sessions.ts';
import { SessionClient } from '../session/session-client.ts';
import { PlainSocket } from './plain-socket.ts';
import { DEFAULT_CONNECTION_LIMITS } from './transport-options.ts';

let nowMs = 0;
let ws: FakeWs;
let socket: PlainSocket;
let heard: string[];

beforeEach(() => {
  nowMs = 0;
  ws = new FakeWs('');
  heard = [];
  socket = new PlainSocket(ws.ws, { ...DEFAULT_CONNECTION_LIMITS, maxBufferedBytes: 100 }, () => nowMs);
  socket.on('message', (data: Buffer) => heard.push(hex(data)));
});

describe('a connection without frames', () => {
  it('carries messages as they are', () => {
    socket.send(bytes('0d 01'));
    ws.receive(bytes('0d 02'));
    expect([ws.take().map(hex), heard]).toEqual([['0d 01'], ['0d 02']]);
  });

  it('has joined when it acknowledges the join; then the heartbeat is a ping of WebSocket', () => {
    ws.receive(bytes('0a'));
    nowMs = 30_000;
    socket.check(nowMs);
    expect([ws.pings, ws.closes]).toEqual([1, []]);
  });

  it('is dropped when it does not read', () => {
    ws.bufferedAmount = 101;
    let ended = 0;
    socket.on('close', (code: number) => (ended = code));
    socket.send(bytes('0d 01'));
    expect([ws.terminated, ended]).toEqual([true, 4010]);
  });

  describe('state (A14)', () => {
    let slow: SlowWs;
    let asked: number;
    beforeEach(() => {
      slow = new SlowWs('');
      asked = 0;
      socket = new PlainSocket(slow.ws, DEFAULT_CONNECTION_LIMITS, () => nowMs);
      const session = new RoomSession(
        new SessionClient('s', slow.ws),
        new RateLimiter(DEFAULT_CONNECTION_LIMITS.rate, 0),
        undefined,
      );
      socket.attach(session, () => {
        asked++;
        socket.send(bytes('0e 09'));
      });
    });

    /** What the client reads. */
    const read = (): string[] => {
      slow.drain(Infinity);
      return slow.take().map((data) => hex(data.subarray(0, 2)));
    };

    it('[S13] begins with the whole', () => {
      socket.send(bytes('0f 01'));
      socket.send(bytes('0e 02'));
      socket.send(bytes('0f 03'));
      expect(read()).toEqual(['0e 02', '0f 03']);
    });

    it.each([
      ['0f 01', '0e 04'],
      ['8f 01', '8e 04'],
    ])('[S14] as %s is not sent to one that does not read; when it does, the whole is, once', (patch, whole) => {
      socket.send(bytes(whole));
      read();
      socket.flush();
      socket.send(concat(bytes(patch), new Uint8Array(20_000)));
      expect(socket.takesState).toBe(false);
      socket.send(bytes(patch));
      socket.send(bytes(whole));
      socket.send(bytes('0d 01'));
      expect(read()).toEqual([patch, '0d 01']);
      socket.flush();
      socket.send(bytes(patch));
      socket.check(nowMs);
      expect([asked, read()]).toEqual([1, ['0e 09', patch]]);
    });

    it('[S14] waits as it was, though the encoder writes its buffer again', () => {
      socket.send(bytes('0e 01'));
      const scratch = bytes('0f 02');
      const held: Uint8Array[] = [];
      slow.send = (data: Uint8Array) => void held.push(data);
      socket.send(scratch);
      scratch.fill(0xee);
      expect(held.map(hex)).toEqual(['0f 02']);
    });
  });

  it('refuses what no client sends', () => {
    ws.receive(bytes('94 ce ff ff ff ff'));
    ws.receive(bytes('0d'));
    expect([heard, ws.closes[0]!.code]).toEqual([[], 4100]);
  });

  it('sends nothing once it is being closed', () => {
    socket.close(4001);
    socket.send(bytes('0d 01'));
    expect(ws.take()).toEqual([]);
  });

  it('goes by the limits of its session, which a new connection does not fill up', () => {
    const limiter = new RateLimiter({ messagesPerSecond: 1, bytesPerSecond: 1_000, burstSeconds: 1 }, 0);
    limiter.take(1, 1, 0);
    socket.attach(new RoomSession(new SessionClient('s', ws.ws), limiter, undefined), () => {});
    ws.receive(bytes('0d'));
    expect(ws.closes[0]!.code).toBe(4101);
  });
});
