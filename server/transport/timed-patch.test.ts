import { CloseCode } from '@colyseus/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FrameSession } from '../../shared/session/frame-session.ts';
import { Compressor } from '../../shared/wire/compression.ts';
import { FrameType } from '../../shared/wire/frame-type.ts';
import { bytes, hex } from '../../test/support/bytes.ts';
import { FakeWs } from '../../test/support/fake-ws.ts';
import { VirtualTimers } from '../../test/support/virtual-timers.ts';
import { RateLimiter } from '../session/rate-limiter.ts';
import { RoomSession } from '../session/room-sessions.ts';
import { SessionClient } from '../session/session-client.ts';
import { FramedSocket } from './framed-socket.ts';
import { nodeDeflate } from './node-deflate.ts';
import { DEFAULT_CONNECTION_LIMITS } from './transport-options.ts';

const compressor = new Compressor(nodeDeflate);
const STATE = '8e 00 00 00 00 00 00 00 00';
/** Of 17 ms and one input more than that state. */
const PATCH = bytes('aa bb');

/** A connection with a socket below it. */
function connect({ resuming = false, standsStill = false } = {}) {
  const ws = new FakeWs();
  ws.extensions = '';
  const sink = { write: (message: Uint8Array) => void ws.sent.push(message.slice(message[1]! < 126 ? 2 : 4)) };
  const socket = new FramedSocket(ws.ws, {
    limits: DEFAULT_CONNECTION_LIMITS,
    compressor,
    now: new VirtualTimers().now,
    tickMs: 1_000 / 60,
    resuming,
    standsStill: () => standsStill,
    sink,
  });
  /** What was sent since the last time. */
  const sent = (): string[] => ws.take().map(hex);
  return { ws, socket, sent };
}

/** One that has its first timed state behind it, in a session of its own, and a patch that waits for the flush. */
function waiting({ standsStill = false } = {}) {
  const { ws, socket, sent } = connect({ standsStill });
  const session = new RoomSession(
    new SessionClient('s', socket as never, 'token'),
    new RateLimiter(DEFAULT_CONNECTION_LIMITS.rate, 0),
    socket.frames,
  );
  socket.attach(session, () => socket.send(bytes(`${STATE} 02`)));
  socket.send(bytes(`${STATE} 01`));
  for (const frame of ws.take()) peer.receive(frame);
  expect(socket.sendTimedPatch(PATCH, 17, 1)).toBe(true);
  return { ws, socket, session, sent };
}

const says = (ws: FakeWs, type: FrameType, body = ''): void => {
  peer.post({ type, flags: 0, body: bytes(body) });
  for (const frame of peer.takeFrames()) ws.receive(frame);
};

let peer: FrameSession;
beforeEach(() => void (peer = new FrameSession('client', compressor)));

describe('a timed patch that waits for the flush', () => {
  it('[B4] leaves in front of what is sent behind it, in one frame, and once', () => {
    const { socket, sent } = waiting();
    socket.send(bytes('0d 01'));
    expect(sent()).toEqual([]);
    socket.flush();
    socket.flush();
    expect(sent()).toEqual(['02 00 01 04 03 84 81 aa bb 02 01 0d 01']);
  });

  it('[B4] leaves in front of the CLOSING that ends its connection', () => {
    const { ws, socket, sent } = waiting();
    socket.close(4_001, 'x');
    socket.flush();
    expect([sent(), ws.closes]).toEqual([
      ['02 00 01 00 03 84 81 aa bb 03 0b 0f a1 78'],
      [{ code: 4_001, reason: 'x' }],
    ]);
  });

  it('[K5] stays where it is when a room that stands still closes the connection', () => {
    const { ws, socket, sent } = waiting({ standsStill: true });
    socket.close(4_001, 'x');
    socket.flush();
    ws.end(4_001);
    socket.flush();
    expect(sent()).toEqual(['0b 00 01 00 0f a1 78']);
  });

  it('[K4] stays where it is when the client is sent on: MOVED is all that leaves, under the next sequence', () => {
    const { ws, socket, sent } = waiting();
    socket.send(bytes('0d 01'));
    expect(socket.sendTimedPatch(PATCH, 34, 2)).toBe(true);
    socket.sendOn({ address: 'n', processId: 'p', roomId: 'r', sessionId: 's', reconnectionToken: 't' });
    socket.flush();
    expect([sent(), ws.closes.map(({ code }) => code)]).toEqual([
      ['0a 00 01 00 01 6e 01 70 01 72 01 73 01 74'],
      [CloseCode.MAY_TRY_RECONNECT],
    ]);
    expect(socket.frames!.kept.messages).toBe(1);
  });

  it('[S16] leaves in front of the STATE that a KEYFRAME asks for meanwhile; behind it there is no other', () => {
    const { ws, socket, sent } = waiting();
    says(ws, FrameType.Keyframe);
    expect([sent(), socket.takesState]).toEqual([[], false]);
    socket.flush();
    expect(sent()).toEqual(['04 00 01 08 81 aa bb']);
    expect(socket.sendTimedPatch(PATCH, 34, 2)).toBe(true); // dropped: the state has it
    expect(sent()).toEqual([]);
    socket.flush();
    expect(sent()).toEqual(['03 00 02 08 00 00 00 00 00 00 00 00 02']);
    socket.sendTimedPatch(PATCH, 17, 1);
    socket.flush();
    expect(sent()).toEqual(['04 00 03 08 81 aa bb']);
  });

  it('[S7] is gone with its connection; the next has RESUME, what is sent again and the state before any other', () => {
    const first = waiting();
    first.socket.send(bytes('0d 01'));
    first.socket.flush(); // lost
    first.socket.sendTimedPatch(PATCH, 34, 2);
    first.socket.send(bytes('0d 03'));
    first.socket.sendTimedPatch(PATCH, 51, 3);
    first.ws.end(1006);
    first.socket.flush();
    expect(first.sent()).toEqual(['02 00 01 04 03 84 81 aa bb 02 01 0d 01']);

    peer.suspend();
    const { ws, socket, sent } = connect({ resuming: true });
    expect(socket.sendTimedPatch(PATCH, 68, 4)).toBe(false); // the room has not taken the client in
    socket.attach(first.session, () => socket.send(bytes(`${STATE} 02`)));
    expect(socket.sendTimedPatch(PATCH, 68, 4)).toBe(false); // nor had it a state from which to count
    socket.flush();
    expect(sent()).toEqual([]);
    ws.receive(peer.beginResume()!);
    expect(sent()).toEqual([
      '09 00 02 00 ff ff',
      '01 00 01 04 0d 01', // without the patch that lay beside it
      '02 00 03 04 02 01 0d 03 09 83 00 00 00 00 00 00 00 00 02',
    ]);
    expect(socket.sendTimedPatch(PATCH, 17, 1)).toBe(true);
    expect(sent()).toEqual([]);
    socket.flush();
    expect(sent()).toEqual(['04 00 04 08 81 aa bb']);
  });
});
