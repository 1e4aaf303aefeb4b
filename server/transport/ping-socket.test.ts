import { beforeEach, describe, expect, it } from '@jest/globals';
import { hex } from '../../test/support/bytes.ts';
import { FakeWs } from '../../test/support/fake-ws.ts';
import { PingSocket } from './ping-socket.ts';
import { DEFAULT_CONNECTION_LIMITS } from './transport-options.ts';

let nowMs = 0;
let ws: FakeWs;
let socket: PingSocket;

beforeEach(() => {
  nowMs = 0;
  ws = new FakeWs();
  socket = new PingSocket(ws.ws, DEFAULT_CONNECTION_LIMITS, () => nowMs);
});

describe('a connection that measures latency', () => {
  it('answers each message with one, twenty times at most', () => {
    for (let i = 0; i < 20; i++) ws.receive(Uint8Array.of(18));
    expect(ws.take().map(hex)).toEqual(Array.from({ length: 20 }, () => '12'));
    ws.receive(Uint8Array.of(18));
    expect([ws.take(), ws.closes]).toEqual([[], [{ code: 1000, reason: '' }]]);
  });

  it('is closed after 4 s, silent or not', () => {
    ws.receive(Uint8Array.of(18));
    nowMs = 4_000;
    socket.check(nowMs);
    expect(ws.closes[0]!.code).toBe(4102);
  });
});
