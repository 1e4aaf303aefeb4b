import { describe, expect, it } from '@jest/globals';
import { bytes, hex } from '../../test/support/bytes.ts';
import { nodeDeflate } from '../../test/support/deflate.ts';
import { carry, delta, kept, reconnect } from '../../test/support/session-pair.ts';
import { refusal } from '../../test/support/wire-errors.ts';
import type { WireMessage } from '../wire/batch.ts';
import { Compressor } from '../wire/compression.ts';
import { FrameType } from '../wire/frame-type.ts';
import { FrameSession } from './frame-session.ts';
import { forLaterOwner } from './later-owner.ts';
import { SessionOverflowError } from './send-window.ts';

const compressor = new Compressor(nodeDeflate);
const bodies = (messages: readonly WireMessage[]) => messages.map(({ body }) => hex(body));
const joinAnswer: WireMessage = { type: FrameType.Colyseus, flags: 0, body: bytes('0a') };

/** A client, and a server that holds what it has to say. */
function pair(limits = {}) {
  const client = new FrameSession('client', compressor);
  const server = new FrameSession('server', compressor, limits);
  let calls = 0;
  server.holdMessages(() => calls++);
  return { client, server, held: () => calls };
}

/** The process of `server` is gone; another one goes on with what was saved. The client has not come yet. */
function takeUp(saved: ReturnType<FrameSession['save']>): FrameSession {
  return FrameSession.restore('server', compressor, saved);
}

describe('session: messages that wait (S18)', () => {
  it('[S18] leave when they are released, in order; what need not be acknowledged does not wait for them', () => {
    const { client, server, held } = pair();
    server.post(kept('0d 01'));
    server.post(kept('0d 02'));
    server.post(delta('01'));
    expect([held(), server.posted, server.kept.messages]).toEqual([2, 2, 2]);
    expect(bodies(carry(server, client))).toEqual(['01']);
    expect([server.pending, server.releaseMessages(1), server.pending]).toEqual([false, true, true]);
    server.post(delta('02'));
    expect(bodies(carry(server, client))).toEqual(['0d 01', '02']);
    expect(server.releaseMessages(1)).toBe(false);
    server.post(kept('0d 03'));
    expect([server.releaseMessages(3), bodies(carry(server, client))]).toEqual([true, ['0d 02', '0d 03']]);
    carry(client, server);
    expect([server.kept.messages, server.posted]).toEqual([0, 3]);
  });

  it('[S18] wait over a lost connection too, and are not sent with what goes again', () => {
    const { client, server } = pair();
    server.post(kept('0d 01'));
    server.releaseMessages(1);
    server.takeFrames(); // lost
    server.post(kept('0d 02'));
    server.suspend();
    server.post(kept('0d 03'));
    server.post(joinAnswer);
    client.suspend();
    expect(bodies(reconnect(client, server).client)).toEqual(['0d 01']);
    server.releaseMessages(3);
    expect(bodies(carry(server, client))).toEqual(['0d 02', '0d 03']);
  });

  it('[S18] do not wait where nothing holds them any more', () => {
    const { client, server, held } = pair();
    server.post(kept('0d 01'));
    server.freeMessages();
    server.post(kept('0d 02'));
    expect([bodies(carry(server, client)), held()]).toEqual([['0d 01', '0d 02'], 1]);
  });

  it('[S5] end the session where too many do', () => {
    const { server, held } = pair({ maxKeptMessages: 2 });
    server.post(kept('0d 01'));
    server.post(kept('0d 02'));
    expect(() => server.post(kept('0d 03'))).toThrow(SessionOverflowError);
    expect([held(), server.posted]).toEqual([2, 2]);
  });

  it('[S18] are not heard twice when the process dies that sent them, and none is missing', () => {
    for (let heard = 0; heard <= 4; heard++) {
      const { client, server } = pair();
      server.post(kept('0d 01'));
      server.releaseMessages(1);
      const first = carry(server, client);
      carry(client, server); // acknowledged
      for (const body of ['0d 02', '0d 03', '0d 04', '0d 05']) server.post(kept(body));
      const saved = server.save();
      server.releaseMessages(1 + heard);
      server.post(delta('01'));
      first.push(...carry(server, client)); // and its acknowledgement is lost
      const next = takeUp(saved);
      next.holdMessages(() => {});
      next.post(kept('0d 06'));
      client.suspend();
      const { client: again } = reconnect(client, next);
      next.releaseMessages(next.posted);
      const all = bodies([...first, ...again, ...carry(next, client)]).filter((body) => body !== '01');
      expect(all).toEqual(['0d 01', '0d 02', '0d 03', '0d 04', '0d 05', '0d 06']);
      carry(client, next);
      expect([next.kept.messages, next.posted]).toEqual([0, 6]);
      client.suspend();
      expect(reconnect(client, next).client).toEqual([]);
    }
  });

  it('[S18] nor when one process after the other takes it up, and messages were in flight', () => {
    const { client, server } = pair();
    server.post(kept('0d 01'));
    server.releaseMessages(1);
    const [lost] = server.takeFrames();
    server.post(kept('0d 02'));
    const saved = server.save();
    expect(bodies(client.receive(lost!))).toEqual(['0d 01']);
    let next = takeUp(saved);
    client.suspend();
    expect(bodies(reconnect(client, next).client)).toEqual(['0d 02']);
    next = takeUp(forLaterOwner(saved, 2)); // the one before had written down nothing
    client.suspend();
    expect(reconnect(client, next).client).toEqual([]);
    expect(next.kept.messages).toBe(0);
    next = takeUp(next.save());
    client.suspend();
    expect(reconnect(client, next).client).toEqual([]);
  });

  it('[S18] the count goes round', () => {
    const { client, server } = pair();
    const saved = { ...server.save(), acknowledged: 2 ** 32 - 2 };
    let next = takeUp(saved);
    client.suspend();
    const hello = client.beginResume()!;
    new DataView(hello.buffer).setUint32(6, 2 ** 32 - 2);
    next.beginResume();
    next.receive(hello);
    next.post(kept('0d 01'));
    next.post(kept('0d 02'));
    next.post(kept('0d 03'));
    next = takeUp(next.save());
    next.beginResume();
    const after = hello.slice();
    new DataView(after.buffer).setUint32(6, 1); // three more
    next.receive(after);
    expect([next.kept.messages, next.posted]).toEqual([0, 2 ** 32 + 1]);
  });
});

describe('session: what a client says that it has processed (S6, S18)', () => {
  /** @returns what becomes of a RESUME that says so many messages, at a server that has 2 acknowledged and 2 unsent */
  function said(messages: number, isRestored: boolean) {
    const { client, server } = pair();
    server.post(kept('0d 01'));
    server.post(kept('0d 02'));
    server.releaseMessages(2);
    carry(server, client);
    carry(client, server);
    server.post(kept('0d 03'));
    server.post(kept('0d 04'));
    const next = isRestored ? takeUp(server.save()) : server;
    next.holdMessages(() => {});
    next.post(kept('0d 05'));
    client.suspend();
    const hello = client.beginResume()!;
    new DataView(hello.buffer).setUint32(6, messages);
    next.beginResume();
    const outcome = refusal(() => next.receive(hello));
    next.releaseMessages(Infinity);
    return outcome === 'accepted' ? bodies(carry(next, client)) : outcome;
  }

  it('[S6] must be what it has acknowledged', () => {
    expect(said(2, false)).toEqual(['0d 03', '0d 04', '0d 05']);
    for (const messages of [0, 1, 3, 5, 6, 2 ** 31, 2 ** 32 - 1]) expect(said(messages, false)).toBe('sequence-jump@6');
  });

  it('[S18] may be more where another process had the session; what that one did not know of is sent all the same', () => {
    expect(said(2, true)).toEqual(['0d 03', '0d 04', '0d 05']);
    expect(said(3, true)).toEqual(['0d 04', '0d 05']);
    expect(said(4, true)).toEqual(['0d 05']);
    for (const messages of [5, 1_000_000, 2 ** 31 + 1]) expect(said(messages, true)).toEqual(['0d 05']);
    for (const messages of [0, 1, 2 ** 31 + 2, 2 ** 32 - 1]) expect(said(messages, true)).toBe('sequence-jump@6');
  });
});
