import { describe, expect, it } from '@jest/globals';
import { concat } from '../../test/support/bytes.ts';
import { nodeDeflate } from '../../test/support/deflate.ts';
import { usedBytes } from '../../test/support/heap.ts';
import { Random } from '../../test/support/random.ts';
import { refusalCode } from '../../test/support/wire-errors.ts';
import type { WireMessage } from '../wire/batch.ts';
import { ClockReader } from '../wire/clock-prefix.ts';
import { fromWire } from '../wire/colyseus-message.ts';
import { Compressor } from '../wire/compression.ts';
import {
  readClosing,
  readMoved,
  readNothing,
  readTime,
  writeClosing,
  writeMoved,
  writeSequence,
  writeTime,
} from '../wire/control.ts';
import { type Side, writeFrameSequence } from '../wire/frame.ts';
import { FRAME_RULES, FrameFlag, FrameType } from '../wire/frame-type.ts';
import { FrameReceiver } from './frame-receiver.ts';
import { FrameSession } from './frame-session.ts';

/** For each side. */
const FRAMES = 50_000;
const MIB = 1_048_576;
const compressor = new Compressor(nodeDeflate);
const moved = { address: 'n2:80', processId: 'p2', roomId: 'arena-7', sessionId: 'Ab3', reconnectionToken: 't0k' };

/** What a side may send: one of each type, raw and compressed, timed and not. */
function messagesTo(side: Side, random: Random): WireMessage[] {
  const zeros = (length: number) => new Uint8Array(length).fill(13);
  const all: WireMessage[] = [
    { type: FrameType.Colyseus, flags: FrameFlag.MustAck, body: concat(Uint8Array.of(13), random.bytes(20)) },
    { type: FrameType.Colyseus, flags: FrameFlag.MustAck, body: zeros(3_000) },
    { type: FrameType.State, flags: 0, body: random.bytes(300) },
    { type: FrameType.State, flags: FrameFlag.Timed, body: zeros(4_000) },
    { type: FrameType.Delta, flags: FrameFlag.Timed, body: concat(Uint8Array.of(0x71), random.bytes(40)) },
    { type: FrameType.Delta, flags: FrameFlag.Timed, body: concat(Uint8Array.of(0xff, 20, 0xac, 2), zeros(2_000)) },
    { type: FrameType.Input, flags: 0, body: Uint8Array.of(19, 1, 2) },
    { type: FrameType.Input, flags: 0, body: zeros(1_500).fill(19) },
    { type: FrameType.Ping, flags: 0, body: writeTime(1) },
    { type: FrameType.Pong, flags: 0, body: writeTime(1) },
    { type: FrameType.Ack, flags: 0, body: writeSequence(0xffff) },
    { type: FrameType.Moved, flags: 0, body: writeMoved(moved) },
    { type: FrameType.Closing, flags: 0, body: writeClosing({ code: 4_100, text: 'bye' }) },
    { type: FrameType.Keyframe, flags: 0, body: new Uint8Array(0) },
  ];
  return all.filter(({ type }) => FRAME_RULES[type]![side === 'server' ? 'fromClient' : 'fromServer']);
}

/** Good frames to a side, numbered from 0: alone, in batches, in fragments, and a RESUME. */
function goodFrames(side: Side, random: Random): Uint8Array[] {
  const sender = new FrameSession(side === 'server' ? 'client' : 'server', compressor);
  const messages = messagesTo(side, random);
  const frames: Uint8Array[] = [];
  const sendTogether = (...together: WireMessage[]) => {
    for (const message of together) sender.post(message);
    frames.push(...sender.takeFrames());
  };
  for (const message of messages) sendTogether(message);
  sendTogether(...messages);
  sendTogether({ type: FrameType.Colyseus, flags: FrameFlag.MustAck, body: random.bytes(65_534) });
  frames.push(concat(Uint8Array.of(FrameType.Resume, 0, 0, 0, 0xff, 0xff), new Uint8Array(side === 'server' ? 4 : 0)));
  return frames;
}

/** Changes a few bytes, cuts, lengthens, or puts two frames together. */
function mutate(frame: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  switch (random.below(6)) {
    case 0:
      return random.bytes(random.below(60));
    case 1:
      return frame.slice(0, random.below(frame.length + 1));
    case 2:
      return concat(frame, random.bytes(1 + random.below(8))).subarray(0, 65_537);
    case 3: {
      const other = random.pick(others);
      return concat(frame.subarray(0, random.below(40)), other.subarray(random.below(Math.min(40, other.length))));
    }
    default: {
      const damaged = frame.slice();
      // Mostly near the front: there is the structure.
      const reach = Math.min(frame.length, random.pick([4, 8, 20, frame.length]));
      for (let i = 1 + random.below(3); i > 0; i--) damaged[random.below(reach)] = random.below(256);
      return damaged;
    }
  }
}

/** What whoever is above does with a message. */
function use(message: WireMessage, clock: ClockReader): void {
  const { type, flags, body } = message;
  if (type === FrameType.Ping || type === FrameType.Pong) readTime(body);
  else if (type === FrameType.Closing) readClosing(body);
  else if (type === FrameType.Moved) readMoved(body);
  else if (type === FrameType.Keyframe) readNothing(body);
  else if (!(flags & FrameFlag.Timed)) fromWire(message);
  else if (type === FrameType.State) clock.begin(body);
  else fromWire({ type, flags, body: clock.expand(body) });
}

describe('fuzz', () => {
  it.each(['client', 'server'] as const)(
    '[F7] 50,000 random and damaged frames to a %s: only WireErrors, and nothing is kept',
    async (side) => {
      const random = new Random(side === 'client' ? 1 : 2);
      const good = goodFrames(side, random);
      const outcomes = new Map<string, number>();
      let receiver = new FrameReceiver(side, compressor, 100_000);
      let clock = new ClockReader(1_000 / 60);
      let session = new FrameSession(side, compressor, { maxMessageBytes: 100_000 });
      let sequence = 0;

      const feed = (frame: Uint8Array) => {
        const code = refusalCode(() =>
          receiver.receive(frame).forEach((message) => message.type !== FrameType.Resume && use(message, clock)),
        );
        const ofSession = refusalCode(() => session.receive(frame).forEach((message) => use(message, clock)));
        // A session that went wrong is over; now and then one is used on, which must be no worse.
        if (code !== 'accepted' && random.chance(0.7)) {
          receiver = new FrameReceiver(side, compressor, 100_000);
          clock = new ClockReader(1_000 / 60);
          if (random.chance(0.2)) receiver.expectResume();
          sequence = 0;
        }
        if (ofSession !== 'accepted' && random.chance(0.7)) {
          session = new FrameSession(side, compressor, { maxMessageBytes: 100_000 });
          if (random.chance(0.2)) session.beginResume();
        }
        outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
        session.takeFrames();
      };

      let usedAtStart = 0;
      for (let i = 0; i < FRAMES; i++) {
        if (i === FRAMES / 10) usedAtStart = await usedBytes(); // by then all code is compiled
        const base = random.pick(good);
        const frame = random.chance(0.15) ? base.slice() : mutate(base, good, random);
        // Mostly the sequence that is due: otherwise nothing behind it would ever be read.
        if (frame.length >= 4 && random.chance(0.9)) {
          writeFrameSequence(frame, sequence);
        }
        feed(frame);
        sequence = (receiver.lastProcessed + 1) & 0xffff;
      }
      expect((await usedBytes()) - usedAtStart).toBeLessThan(4 * MIB);

      // It did get everywhere.
      const reached = [...outcomes.keys()].sort();
      const expected = [
        'accepted',
        'bad-batch',
        'bad-compression',
        'bad-message',
        'bad-text',
        ...(side === 'client' ? ['delta-without-state'] : []), // a server is sent no state
        'fragment-interrupted',
        'fragment-without-start',
        'message-too-large',
        'reserved-flag',
        'sequence-jump',
        'too-large',
        'trailing-bytes',
        'truncated',
        'unexpected-resume',
        'unknown-type',
        'wrong-direction',
        'wrong-flag',
        'wrong-length',
      ];
      expect(reached).toEqual(expected);
    },
  );
});
