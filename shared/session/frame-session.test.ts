import { describe, expect, it } from '@jest/globals';
import { bytes, hex } from '../../test/support/bytes.ts';
import { nodeDeflate } from '../../test/support/deflate.ts';
import { Random } from '../../test/support/random.ts';
import { carry, delta, input, kept, reconnect } from '../../test/support/session-pair.ts';
import { refusal } from '../../test/support/wire-errors.ts';
import type { WireMessage } from '../wire/batch.ts';
import { Compressor } from '../wire/compression.ts';
import { writeSequence, writeTime } from '../wire/control.ts';
import { FrameFlag, FrameType } from '../wire/frame-type.ts';
import { DEFAULT_LIMITS, FrameSession, type SessionLimits } from './frame-session.ts';
import { SessionOverflowError } from './send-window.ts';

const compressor = new Compressor(nodeDeflate);

function pair(limits: Partial<SessionLimits> = {}): { client: FrameSession; server: FrameSession } {
  return {
    client: new FrameSession('client', compressor, limits),
    server: new FrameSession('server', compressor, limits),
  };
}

const frames = (session: FrameSession) => session.takeFrames().map(hex);
const bodies = (messages: readonly WireMessage[]) => messages.map(({ body }) => hex(body));
const large = (length: number, flags = FrameFlag.MustAck as number): WireMessage => ({
  type: FrameType.Colyseus,
  flags,
  body: new Random(length).bytes(length),
});

describe('session: sending (S1 to S3)', () => {
  it('[S1] frames are numbered from 0, each direction for itself', () => {
    const { client, server } = pair();
    client.post(input('13'));
    expect(frames(client)).toEqual(['05 00 00 00 13']);
    client.post(input('13'));
    expect(frames(client)).toEqual(['05 00 01 00 13']);
    server.post(delta('01'));
    expect(frames(server)).toEqual(['04 00 00 00 01']);
  });

  it('[B4] what was posted since the last frames leaves together; nothing leaves where nothing was', () => {
    const { client } = pair();
    expect(client.pending).toBe(false);
    expect(frames(client)).toEqual([]);
    client.post(kept('0d 01'));
    client.post(input('13'));
    expect(client.pending).toBe(true);
    expect(frames(client)).toEqual(['02 00 00 04 02 01 0d 01 01 05 13']);
    expect(client.pending).toBe(false);
  });

  it('[S3] a frame that must be acknowledged is, in the next frame of the other side and once', () => {
    const { client, server } = pair();
    client.post(kept('0d'));
    expect(client.kept).toEqual({ messages: 1, bytes: 1 });
    carry(client, server);
    expect([server.ackOwed, server.pending]).toEqual([true, true]);
    server.post(delta('01'));
    const answer = server.takeFrames();
    expect(answer.map(hex)).toEqual(['02 00 00 00 02 08 00 00 01 04 01']);
    expect(answer.flatMap((frame) => client.receive(frame)).map(({ type }) => type)).toEqual([FrameType.Delta]);
    expect(client.kept).toEqual({ messages: 0, bytes: 0 });
    expect(frames(server)).toEqual([]);
    expect(client.pending).toBe(false); // an ACK is not acknowledged
  });

  it('[S3] what need not be acknowledged is not', () => {
    const { client, server } = pair();
    client.post(input('13'));
    carry(client, server);
    expect([server.ackOwed, server.pending]).toEqual([false, false]);
  });

  it.each([
    ['1', '08 00 00 00 00 01'],
    ['what was never sent', '08 00 00 00 00 05'],
    ['half the circle ahead', '08 00 00 00 7f ff'],
  ])('[S3] an ACK of %s is refused', (_what, frame) => {
    const { client } = pair();
    client.post(kept('0d'));
    client.takeFrames();
    expect(refusal(() => client.receive(bytes(frame)))).toBe('sequence-jump@4');
  });

  it('[S3] an ACK of a fragment that is not the last keeps the message', () => {
    const { client, server } = pair();
    server.post(large(150_000)); // 0, 1, 2
    server.takeFrames();
    client.post({ type: FrameType.Ack, flags: 0, body: writeSequence(1) });
    carry(client, server);
    expect(server.kept.messages).toBe(1);
    client.post({ type: FrameType.Ack, flags: 0, body: writeSequence(2) });
    carry(client, server);
    expect(server.kept.messages).toBe(0);
  });

  it('[S3] an ACK of nothing, and one that came before, change nothing', () => {
    const { client } = pair();
    client.post(kept('0d'));
    client.takeFrames();
    client.receive(bytes('08 00 00 00 ff ff'));
    expect(client.kept.messages).toBe(1);
    client.receive(bytes('08 00 01 00 00 00'));
    client.receive(bytes('08 00 02 00 ff ff'));
    expect(client.kept.messages).toBe(0);
  });

  it('[S5] past the bound nothing is taken, and what was taken still goes', () => {
    const { client, server } = pair({ maxKeptMessages: 2, maxKeptBytes: 10 });
    client.post(kept('0d 01'));
    client.post(kept('0d 02'));
    expect(() => client.post(kept('0d 03'))).toThrow(SessionOverflowError);
    client.post(input('13'));
    expect(bodies(carry(client, server))).toEqual(['0d 01', '0d 02', '13']);
    carry(server, client);
    client.post(kept('0d'.repeat(10)));
    expect(() => client.post(kept('0d'))).toThrow(SessionOverflowError);
    expect(client.kept).toEqual({ messages: 1, bytes: 10 });
  });

  it('[S5] the default limits', () => {
    expect(DEFAULT_LIMITS).toEqual({
      client: { maxKeptMessages: 512, maxKeptBytes: 262_144, maxMessageBytes: 8_388_608 },
      server: { maxKeptMessages: 1_024, maxKeptBytes: 1_048_576, maxMessageBytes: 65_536 },
    });
  });

  it('[S3] one message object posted twice is two messages', () => {
    for (const together of [true, false]) {
      const { client, server } = pair();
      const twice = kept('0d 07');
      client.post(twice);
      if (!together) client.takeFrames();
      client.post(twice);
      client.takeFrames(); // lost
      client.suspend();
      expect(bodies(reconnect(client, server).server)).toEqual(['0d 07', '0d 07']);
      carry(server, client);
      expect(client.kept).toEqual({ messages: 0, bytes: 0 });
    }
  });

  it('[B3] two messages that compress well and together exceed the limit of one message both arrive', () => {
    const { client, server } = pair({ maxMessageBytes: 65_536 });
    const message: WireMessage = {
      type: FrameType.Colyseus,
      flags: FrameFlag.MustAck,
      body: new Uint8Array(40_000).fill(13),
    };
    client.post(message);
    client.post({ ...message });
    expect(carry(client, server).map(({ body }) => body.length)).toEqual([40_000, 40_000]);
  });

  it('[G1] a message over a frame arrives whole, compressed or not', () => {
    const { client, server } = pair();
    const messages = [large(200_000), { ...large(0), body: new Uint8Array(300_000).fill(13) }, large(65_533)];
    for (const message of messages) server.post(message);
    const arrived = carry(server, client);
    expect(arrived.map(({ body }) => body.length)).toEqual([200_000, 300_000, 65_533]);
    arrived.forEach(({ body }, i) => expect(Buffer.compare(body, messages[i]!.body)).toBe(0));
    carry(client, server);
    expect(server.kept).toEqual({ messages: 0, bytes: 0 });
  });
});

describe('session: resuming (S6 to S9)', () => {
  it('[S6] is exactly these bytes', () => {
    const { client, server } = pair();
    client.post(kept('0d 01'));
    carry(client, server);
    server.post(kept('0d 0a'));
    server.takeFrames(); // 00 00, lost with its ACK
    client.post(kept('0d 02'));
    client.post(input('13'));
    client.takeFrames(); // 00 01, lost
    client.post(kept('0d 03'));
    client.suspend();
    server.suspend();
    server.post(kept('0d 0b'));

    const hello = client.beginResume()!;
    expect(hex(hello)).toBe('09 00 02 00 ff ff 00 00 00 00'); // nothing came of the server
    expect(server.beginResume()).toBeUndefined();
    expect([client.state, server.state]).toEqual(['resuming', 'resuming']);
    expect([frames(client), frames(server)]).toEqual([[], []]);

    expect(server.receive(hello)).toEqual([]);
    expect(server.state).toBe('live');
    const answer = server.takeFrames();
    expect(answer.map(hex)).toEqual([
      '09 00 01 00 00 00', // the server processed 0
      '01 00 00 04 0d 0a', // again
      '01 00 02 04 0d 0b', // what waited
    ]);
    expect(bodies(answer.flatMap((frame) => client.receive(frame)))).toEqual(['0d 0a', '0d 0b']);
    expect(client.state).toBe('live');
    const rest = client.takeFrames();
    expect(rest.map(hex)).toEqual([
      '01 00 01 04 0d 02', // again, without the input that lay beside it
      '02 00 03 04 02 08 00 02 02 01 0d 03',
    ]);
    expect(bodies(rest.flatMap((frame) => server.receive(frame)))).toEqual(['0d 02', '0d 03']);
    carry(server, client);
    expect([client.kept.messages, server.kept.messages]).toEqual([0, 0]);
  });

  it('[S6] what arrived before the cut is not sent again, though its ACK did not', () => {
    const { client, server } = pair();
    client.post(kept('0d 01'));
    carry(client, server);
    server.takeFrames(); // the ACK, lost
    client.suspend();
    const { server: again } = reconnect(client, server);
    expect(again).toEqual([]);
    expect(client.kept.messages).toBe(0);
  });

  it('[S7] a message in fragments of which the last was lost comes again whole, under its old sequences', () => {
    const { client, server } = pair();
    server.post(large(150_000));
    const [first, second, third] = server.takeFrames();
    expect(client.receive(first!)).toEqual([]);
    expect(client.receive(second!)).toEqual([]);
    client.suspend();
    server.suspend();
    server.beginResume();
    const hello = client.beginResume()!;
    expect(hex(hello)).toBe('09 00 00 00 ff ff 00 00 00 00');
    server.receive(hello);
    const answer = server.takeFrames();
    expect(answer.slice(1).map(hex)).toEqual([first, second, third].map((frame) => hex(frame!)));
    const arrived = answer.flatMap((frame) => client.receive(frame));
    expect(Buffer.compare(arrived[0]!.body, large(150_000).body)).toBe(0);
  });

  it('[S7] a resumption that is cut half-way goes on where it ended', () => {
    const { client, server } = pair();
    for (let i = 1; i <= 5; i++) {
      server.post(kept(`0d 0${i}`));
      server.takeFrames();
    }
    const arrived: WireMessage[] = [];
    for (let taken = 1; taken <= 6; taken++) {
      server.suspend();
      server.beginResume();
      server.receive(client.beginResume()!);
      for (const frame of server.takeFrames().slice(0, taken === 6 ? 6 : 2)) arrived.push(...client.receive(frame));
    }
    expect(bodies(arrived)).toEqual(['0d 01', '0d 02', '0d 03', '0d 04', '0d 05']);
  });

  it('[S7] a resumption whose answers never come may be begun again and again', () => {
    const { client, server } = pair();
    client.post(kept('0d 01'));
    client.takeFrames();
    server.post(kept('0d 02'));
    server.takeFrames();
    for (let i = 0; i < 10; i++) {
      const hello = client.beginResume()!;
      if (i % 2 === 0) continue; // it did not even arrive
      server.beginResume();
      server.receive(hello);
      server.takeFrames();
    }
    const { client: atClient, server: atServer } = reconnect(client, server);
    expect([bodies(atClient), bodies(atServer)]).toEqual([['0d 02'], ['0d 01']]);
  });

  it('[S8] without a connection what must be acknowledged waits and the rest is forgotten', () => {
    const { client, server } = pair();
    server.post(delta('01'));
    server.post(kept('0d 01'));
    server.suspend();
    server.post(delta('02'));
    server.post(kept('0d 02'));
    server.post({ type: FrameType.Ping, flags: 0, body: writeTime(1) });
    expect([server.pending, frames(server)]).toEqual([false, []]);
    expect(bodies(reconnect(client, server).client)).toEqual(['0d 01', '0d 02']);
  });

  it('[S8] between the connection and RESUME a handshake waits, what belongs to a moment does not', () => {
    const { client, server } = pair();
    server.suspend();
    server.beginResume();
    server.post({ type: FrameType.Colyseus, flags: 0, body: bytes('0a') });
    server.post(delta('01'));
    server.receive(client.beginResume()!);
    expect(bodies(carry(server, client))).toEqual(['0a']);
  });

  it('[S6] RESUME anywhere but first after a reconnect is refused', () => {
    const { client, server } = pair();
    expect(refusal(() => server.receive(bytes('09 00 00 00 ff ff 00 00 00 00')))).toBe('unexpected-resume@0');
    reconnect(client, server);
    expect(refusal(() => server.receive(bytes('09 00 05 00 ff ff 00 00 00 00')))).toBe('unexpected-resume@0');
  });

  it('[S6] anything but RESUME first after a reconnect is refused', () => {
    const { client, server } = pair();
    client.post(input('13'));
    const [late] = client.takeFrames();
    server.beginResume();
    expect(refusal(() => server.receive(late!))).toBe('sequence-jump@0');
  });

  it('[S6] a RESUME that says what was never sent is refused', () => {
    const { server } = pair();
    server.beginResume();
    expect(refusal(() => server.receive(bytes('09 00 00 00 00 00 00 00 00 00')))).toBe('sequence-jump@4');
  });

  it('[S6] a RESUME that is not after what was processed is refused', () => {
    const { client, server } = pair();
    for (let i = 0; i < 3; i++) {
      client.post(input('13'));
      carry(client, server);
    }
    for (const sequence of [0, 1, 2, 40_000]) {
      server.beginResume();
      const frame = bytes('09 00 00 00 ff ff 00 00 00 00');
      frame.set(writeSequence(sequence), 1);
      expect(refusal(() => server.receive(frame))).toBe('sequence-jump@1');
    }
  });
});

describe('session: order of the frames (S2)', () => {
  it.each([
    ['a frame twice', '05 00 00 00 13'],
    ['a frame left out', '05 00 02 00 13'],
    ['a frame of long ago', '05 ff ff 00 13'],
  ])('[S2] %s is refused', (_what, frame) => {
    const { client, server } = pair();
    client.post(input('13'));
    carry(client, server);
    expect(refusal(() => server.receive(bytes(frame)))).toBe('sequence-jump@1');
  });

  it('[S7] after RESUME an old sequence needs the flag MustAck, must not be processed yet, must lie before RESUME', () => {
    const afterResume = (frame: string) => {
      const { client, server } = pair();
      client.post(input('13'));
      carry(client, server); // 0 processed
      server.suspend();
      server.beginResume();
      server.receive(bytes('09 00 05 00 ff ff 00 00 00 00'));
      return refusal(() => server.receive(bytes(frame)));
    };
    expect(afterResume('01 00 01 04 0d')).toBe('accepted');
    expect(afterResume('01 00 04 04 0d')).toBe('accepted');
    expect(afterResume('05 00 06 00 13')).toBe('accepted');
    expect(afterResume('05 00 01 00 13')).toBe('sequence-jump@1');
    expect(afterResume('01 00 00 04 0d')).toBe('sequence-jump@1');
    expect(afterResume('01 00 05 04 0d')).toBe('sequence-jump@1');
    expect(afterResume('01 00 07 04 0d')).toBe('sequence-jump@1');
  });

  it('[S7] once a new frame came, nothing old is taken any more', () => {
    const { server } = pair();
    server.beginResume();
    server.receive(bytes('09 00 05 00 ff ff 00 00 00 00'));
    server.receive(bytes('01 00 01 04 0d'));
    server.receive(bytes('05 00 06 00 13'));
    expect(refusal(() => server.receive(bytes('01 00 02 04 0d')))).toBe('sequence-jump@1');
  });
});
