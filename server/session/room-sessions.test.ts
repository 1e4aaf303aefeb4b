import { EventEmitter } from 'node:events';
import { generateId, type Room } from '@colyseus/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FrameSession } from '../../shared/session/frame-session.ts';
import { CloseReason } from '../../shared/wire/close-reason.ts';
import { Compressor } from '../../shared/wire/compression.ts';
import { bytes } from '../../test/support/bytes.ts';
import { nodeDeflate } from '../transport/node-deflate.ts';
import { DEFAULT_RATE_LIMITS, RateLimiter } from './rate-limiter.ts';
import { RoomSession, RoomSessions } from './room-sessions.ts';
import { SessionClient } from './session-client.ts';
import { endReason } from './session-ends.ts';

let roomId = '';

const LIMITS = { maxKeptMessages: 2, maxKeptBytes: 100 };

function session(sessionId = 's', framed = true): RoomSession {
  const client = new SessionClient(sessionId, {} as never, `token of ${sessionId}`);
  client.reconnectionToken = `token of ${sessionId}`;
  const frames = framed ? new FrameSession('server', new Compressor(nodeDeflate), LIMITS) : undefined;
  return new RoomSession(client, new RateLimiter(DEFAULT_RATE_LIMITS, 0), frames);
}

describe('a session of a room', () => {
  let of: RoomSession;
  let givenUp: number;

  beforeEach(() => {
    givenUp = 0;
    of = session();
    of.giveUp = () => givenUp++;
  });

  it('is dropped as long as it can be given up', () => {
    expect(of.dropped).toBe(true);
    of.giveUp = undefined;
    expect(of.dropped).toBe(false);
  });

  it('[S8] keeps what must be acknowledged, and nothing else', () => {
    of.keep(bytes('0d 01'));
    of.keep(bytes('0f 02'));
    of.keep(bytes('0e 03'));
    expect(of.frames!.kept).toEqual({ messages: 1, bytes: 2 });
  });

  it('keeps nothing for a client without frames', () => {
    const plain = session('p', false);
    plain.giveUp = () => givenUp++;
    expect(() => plain.keep(bytes('0d 01'))).not.toThrow();
    expect(givenUp).toBe(0);
  });

  it('[S5] ends with a reason when more is kept than it may', () => {
    for (let i = 0; i < 2; i++) of.keep(bytes('0d 01'));
    expect([givenUp, of.endReason]).toEqual([0, undefined]);
    of.keep(bytes('0d 01'));
    expect([givenUp, of.endReason]).toEqual([1, CloseReason.SessionOverflow]);
  });

  it('opens to the token before the last until the client is known to have the last', () => {
    of.client.reconnectionToken = 'new';
    expect(of.currentToken('old')).toBe('old');
    of.resumedWith('old');
    expect(of.currentToken('old')).toBe('new');
    expect(of.currentToken('new')).toBe('new');
    expect(of.currentToken('other')).toBe('other');
    of.confirmToken();
    expect(of.currentToken('old')).toBe('old');
  });

  it('opens to the old token again and again while the new one does not arrive, and has one successor for all who bring it', () => {
    const { client } = of;
    const next = of.nextToken;
    expect(of.successorOf('first')).toBe(next);
    client.reconnectionToken = next;
    of.resumedWith('first');
    for (let i = 0; i < 3; i++) {
      expect(of.currentToken('first')).toBe(next);
      expect(of.successorOf('first')).toBe(next);
      of.resumedWith('first');
    }
    expect(of.tokens).toEqual([next, 'first']);

    expect(of.successorOf(next)).toBe(of.nextToken);
    expect(of.nextToken).not.toBe(next);
    client.reconnectionToken = of.nextToken;
    of.resumedWith(next);
    expect(of.currentToken('first')).toBe('first');
  });
});

describe('the sessions of a room', () => {
  let events: EventEmitter;
  let sessions: RoomSessions;

  const end = (of: RoomSession): void => void events.emit('leave', of.client);
  const endWith = (of: RoomSession, reason: CloseReason | undefined): void => {
    sessions.add(of);
    of.endReason = reason;
    end(of);
  };

  beforeEach(() => {
    events = new EventEmitter();
    roomId = generateId(); // ends are remembered for all rooms of the process
    const room = { _events: events, roomId } as unknown as Room;
    sessions = RoomSessions.of(room);
    expect(RoomSessions.of(room)).toBe(sessions);
  });

  it('are there from the join to the end of their seat', () => {
    const [a, b] = [session('a'), session('b')];
    sessions.add(a);
    sessions.add(b);
    expect([sessions.size, sessions.get('a')]).toEqual([2, a]);
    end(a);
    expect([sessions.size, sessions.get('a')]).toEqual([1, undefined]);
  });

  it('tell which are dropped', () => {
    const [a, b] = [session('a'), session('b')];
    sessions.add(a);
    sessions.add(b);
    b.giveUp = () => {};
    expect([...sessions.dropped()]).toEqual([b]);
  });

  it('tell whoever has the token why a session ended', () => {
    endWith(session('a'), CloseReason.SessionOverflow);
    expect(endReason(roomId, 'a', 'token of a')).toBe(CloseReason.SessionOverflow);
    expect(endReason(roomId, 'a', 'another')).toBeUndefined();
    expect(endReason(roomId, 'b', 'token of a')).toBeUndefined();
  });

  it('remember nothing of an end that has no reason', () => {
    endWith(session('a'), undefined);
    expect(endReason(roomId, 'a', 'token of a')).toBeUndefined();
  });

  it('remember the last 1,024 ends and no more', () => {
    for (let i = 0; i < 1_030; i++) endWith(session(`s${i}`), CloseReason.SessionOverflow);
    const known = (i: number) => endReason(roomId, `s${i}`, `token of s${i}`) !== undefined;
    expect([known(5), known(6), known(1_029)]).toEqual([false, true, true]);
  });

  it('take an end of a session that they do not know', () => {
    expect(() => end(session('stranger'))).not.toThrow();
  });
});
