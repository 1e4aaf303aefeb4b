import { describe, expect, it } from '@jest/globals';
import { hex } from '../../test/support/bytes.ts';
import { nodeDeflate } from '../../test/support/deflate.ts';
import { Random } from '../../test/support/random.ts';
import { carry, delta, input, kept, reconnect } from '../../test/support/session-pair.ts';
import type { WireMessage } from '../wire/batch.ts';
import { Compressor } from '../wire/compression.ts';
import { FrameFlag, FrameType } from '../wire/frame-type.ts';
import { FrameSession, RESTORED_SEQUENCES_AHEAD } from './frame-session.ts';
import { forLaterOwner } from './later-owner.ts';

const compressor = new Compressor(nodeDeflate);
const bodies = (messages: readonly WireMessage[]) => messages.map(({ body }) => hex(body));

function pair(): { client: FrameSession; server: FrameSession } {
  return { client: new FrameSession('client', compressor), server: new FrameSession('server', compressor) };
}

/** Another process takes the server's end up, as it was saved, and the client comes to it. */
function resumeElsewhere(client: FrameSession, saved: ReturnType<FrameSession['save']>) {
  const server = FrameSession.restore('server', compressor, saved);
  client.suspend();
  server.beginResume();
  const atServer = [...server.receive(client.beginResume()!)];
  const atClient = carry(server, client);
  atServer.push(...carry(client, server));
  return { server, atServer: bodies(atServer), atClient: bodies(atClient) };
}

describe('session: taken up by another process', () => {
  it('each side gets what it had not acknowledged, once, and the session goes on', () => {
    const { client, server } = pair();
    server.post(kept('0d 01'));
    carry(server, client);
    client.post(kept('0d a1'));
    carry(client, server); // its answer, and the acknowledgement of 01
    server.post(kept('0d 02'));
    server.takeFrames(); // lost with the connection
    const saved = server.save();
    client.post(kept('0d a2'));
    client.takeFrames(); // never heard by the process that is gone
    const { server: next, atServer, atClient } = resumeElsewhere(client, saved);
    expect(atServer).toEqual(['0d a2']);
    expect(atClient).toEqual(['0d 02']);
    next.post(kept('0d 03'));
    expect(bodies(carry(next, client))).toEqual(['0d 03']);
    client.post(input('13'));
    expect(bodies(carry(client, next))).toEqual(['13']);
    expect([client.kept.messages, next.kept.messages]).toEqual([0, 0]);
  });

  it('one message of what is sent again is not given on, if that is asked for, and what lay beside it is', () => {
    const { client, server } = pair();
    const saved = server.save();
    client.post({ type: FrameType.Colyseus, flags: 0, body: Uint8Array.of(0x0a) });
    for (const body of ['0d a1', '0d a2', '0d a3']) client.post(kept(body));
    carry(client, server);
    client.post(kept('0d a4'));
    carry(client, server);
    const next = FrameSession.restore('server', compressor, saved);
    next.passOver(0, 1);
    client.suspend();
    next.beginResume();
    next.receive(client.beginResume()!);
    carry(next, client);
    expect(bodies(carry(client, next))).toEqual(['0d a1', '0d a3', '0d a4']);
    carry(next, client);
    expect(client.kept.messages).toBe(0);
    client.post(kept('0d a5'));
    expect(bodies(carry(client, next))).toEqual(['0d a5']);
  });

  it('frames that were sent after it was saved do not stand in the way', () => {
    const { client, server } = pair();
    server.post(kept('0d 01'));
    const saved = server.save();
    for (let i = 0; i < RESTORED_SEQUENCES_AHEAD - 2; i++) {
      server.post(delta('01'));
      client.post(input('13'));
      carry(server, client);
      carry(client, server);
    }
    const { server: next, atClient } = resumeElsewhere(client, saved);
    expect(atClient).toEqual([]); // the process had sent it, and the client says so
    next.post(delta('02'));
    expect(bodies(carry(next, client))).toEqual(['02']);
  });

  it('nor do those of processes that took it up and were gone before they saved anything', () => {
    const { client, server } = pair();
    server.post(kept('0d 01'));
    carry(server, client);
    const saved = server.save();
    for (const takeovers of [1, 2, 3]) {
      const { server: next } = resumeElsewhere(client, forLaterOwner(saved, takeovers));
      for (let i = 0; i < 100; i++) next.post(delta('02'));
      expect(bodies(carry(next, client))).toHaveLength(100);
      client.post(kept('0d a1'));
      expect(bodies(carry(client, next))).toContain('0d a1');
    }
  });

  it('a message of several fragments goes again whole', () => {
    const { client, server } = pair();
    const body = new Random(7).bytes(150_000);
    server.post({ type: FrameType.Colyseus, flags: FrameFlag.MustAck, body });
    server.takeFrames();
    expect(resumeElsewhere(client, server.save()).atClient).toEqual([hex(body)]);
  });

  it('[S17] frames are acknowledged when that is released, and passed over when they come again before', () => {
    const { client, server } = pair();
    server.holdAcks();
    client.post(kept('0d a1'));
    carry(client, server);
    const first = server.lastProcessed;
    client.post(kept('0d a2'));
    carry(client, server);
    expect([server.ackOwed, server.pending, client.kept.messages]).toEqual([false, false, 2]);
    server.releaseAcks(first);
    expect(server.ackOwed).toBe(true);
    carry(server, client);
    expect(client.kept.messages).toBe(1);

    const back = reconnect(client, server);
    expect(bodies(back.server)).toEqual([]); // a2 came again, and is known
    expect(client.kept.messages).toBe(1);
    client.post(kept('0d a3'));
    expect(bodies(carry(client, server))).toEqual(['0d a3']);
    server.releaseAcks(server.lastProcessed);
    carry(server, client);
    expect(client.kept.messages).toBe(0);
  });

  it('[S17] what was not released is sent to whoever takes the session up from before', () => {
    const { client, server } = pair();
    server.holdAcks();
    const saved = server.save();
    client.post(kept('0d a1'));
    carry(client, server); // processed, and neither saved nor acknowledged
    expect(resumeElsewhere(client, saved).atServer).toEqual(['0d a1']);
  });

  it('[S17] a session that holds nothing any more acknowledges all at once', () => {
    const { client, server } = pair();
    server.holdAcks();
    client.post(kept('0d a1'));
    carry(client, server);
    server.freeAcks();
    carry(server, client);
    expect(client.kept.messages).toBe(0);
    client.post(kept('0d a2'));
    carry(client, server);
    expect(server.ackOwed).toBe(true);
  });

  it('its revision moves with what must be acknowledged, and with nothing else', () => {
    const { client, server } = pair();
    let last = server.revision;
    const moved = () => last !== (last = server.revision);
    server.post(delta('01'));
    carry(server, client);
    client.post(input('13'));
    carry(client, server);
    expect(moved()).toBe(false);
    server.post(kept('0d'));
    expect(moved()).toBe(true);
    carry(server, client);
    expect(moved()).toBe(true); // it has a sequence
    carry(client, server);
    expect(moved()).toBe(true); // it is acknowledged
    client.post(kept('0d'));
    carry(client, server);
    expect(moved()).toBe(true);
  });
});
