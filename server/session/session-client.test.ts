import { setFlagsFromString } from 'node:v8';
import { ClientState } from '@colyseus/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FrameSession } from '../../shared/session/frame-session.ts';
import { Compressor } from '../../shared/wire/compression.ts';
import { bytes, hex } from '../../test/support/bytes.ts';
import { nodeDeflate } from '../transport/node-deflate.ts';
import { DEFAULT_RATE_LIMITS, RateLimiter } from './rate-limiter.ts';
import { RoomSession } from './room-sessions.ts';
import { SessionClient } from './session-client.ts';

let sent: string[];

function client(name: string, state: ClientState): SessionClient {
  const ref = { send: (data: Uint8Array) => sent.push(`${name}: ${hex(data)}`) };
  const made = new SessionClient('s', ref as never);
  made.state = state;
  return made;
}

let first: SessionClient;
let session: RoomSession;

beforeEach(() => {
  sent = [];
  first = client('first', ClientState.JOINED);
  session = new RoomSession(
    first,
    new RateLimiter(DEFAULT_RATE_LIMITS, 0),
    new FrameSession('server', new Compressor(nodeDeflate)),
  );
  first.session = session;
});

/** What Colyseus and LiveRoom do when the connection is lost. */
function drop(): void {
  first.state = ClientState.LEAVING;
  session.frames!.suspend();
  session.giveUp = () => {};
}

describe('a client bound to its session', () => {
  it('sends over its connection', () => {
    first.send('a', 1);
    first.sendBytes('b', Uint8Array.of(2));
    first.enqueueRaw(bytes('0d 03'));
    expect(sent).toEqual(['first: 0d a1 61 01', 'first: 11 a1 62 02', 'first: 0d 03']);
  });

  it('keeps what is sent while the connection is gone', () => {
    drop();
    first.send('a', 1);
    expect([sent, session.frames!.kept.messages]).toEqual([[], 1]);
  });

  it('keeps nothing for one who leaves for good', () => {
    first.state = ClientState.LEAVING;
    first.send('a', 1);
    expect([sent, session.frames!.kept.messages]).toEqual([[], 0]);
  });

  it('an older reference reaches the newest connection', () => {
    drop();
    for (const name of ['second', 'third']) {
      const next = client(name, ClientState.JOINED);
      next.session = session;
      session.client = next;
    }
    session.giveUp = undefined;
    first.send('a', 1);
    expect(sent).toEqual(['third: 0d a1 61 01']);
  });

  it('an older reference keeps for a session whose newest connection is gone, too', () => {
    const second = client('second', ClientState.LEAVING);
    second.session = session;
    session.client = second;
    first.state = ClientState.RECONNECTED;
    session.giveUp = () => {};
    first.send('a', 1);
    expect([sent, session.frames!.kept.messages]).toEqual([[], 1]);
  });

  it('keeps what is sent while the client is on its way back and its room has not let it in', () => {
    drop();
    session.giveUp = undefined; // the seat is taken
    first.state = ClientState.RECONNECTED;
    first.early = undefined; // as of the first join
    first.send('a', 1);
    expect([sent, session.frames!.kept.messages]).toEqual([[], 1]);
  });

  it('is an object of the same shape as all others, also when Colyseus has deleted what it wanted to', () => {
    setFlagsFromString('--allow-natives-syntax');
    const sameShape = new Function('a', 'b', 'return %HaveSameMap(a, b) && %HasFastProperties(a)') as (
      a: object,
      b: object,
    ) => boolean;
    const joined = [0, 1].map((i) => {
      const one = client(`client ${i}`, ClientState.JOINING);
      one.reconnectionToken = 'drawn';
      one.send('early', i);
      const { _enqueuedMessages: early } = one as unknown as { _enqueuedMessages: Uint8Array[] };
      one.state = ClientState.JOINED;
      early.forEach((message) => one.raw(message));
      expect(early).toHaveLength(1);
      return one as SessionClient & { _enqueuedMessages?: unknown[] };
    });
    for (const one of joined) {
      Reflect.deleteProperty(one, '_enqueuedMessages');
      one.letIn();
    }
    expect(joined.map(({ _enqueuedMessages: early }) => early)).toEqual([undefined, undefined]);
    expect(sameShape(joined[0]!, joined[1]!)).toBe(true);
    expect(joined.map(({ reconnectionToken }) => reconnectionToken?.length)).toEqual([24, 24]);
  });
});
