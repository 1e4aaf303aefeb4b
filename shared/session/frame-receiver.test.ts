import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, concat } from '../../test/support/bytes.ts';
import { nodeDeflate } from '../../test/support/deflate.ts';
import { arrayBufferGrowth } from '../../test/support/heap.ts';
import { Random } from '../../test/support/random.ts';
import { refusal, refusalsOfEveryCut } from '../../test/support/wire-errors.ts';
import { batchEntryBytes, type WireMessage, writeBatchEntry } from '../wire/batch.ts';
import { Compressor } from '../wire/compression.ts';
import { MAX_PAYLOAD_BYTES, type Side, writeFrame } from '../wire/frame.ts';
import { FrameFlag, FrameType } from '../wire/frame-type.ts';
import { varintLength, writeVarint } from '../wire/varint.ts';
import { FrameReceiver } from './frame-receiver.ts';

const { Batch, Colyseus, Delta, Input, State } = FrameType;
const { Compressed, Timed } = FrameFlag;
const compressor = new Compressor(nodeDeflate);
const MIB = 1_048_576;

const receiver = (side: Side, maxMessageBytes = 65_536) => new FrameReceiver(side, compressor, maxMessageBytes);

function packed(raw: Uint8Array, announcedBytes = raw.length): Uint8Array {
  const head = new Uint8Array(varintLength(announcedBytes));
  writeVarint(head, 0, announcedBytes);
  return concat(head, nodeDeflate.deflate(raw));
}

function batch(...messages: WireMessage[]): Uint8Array {
  const payload = new Uint8Array(messages.reduce((sum, message) => sum + batchEntryBytes(message), 0));
  let offset = 0;
  for (const message of messages) offset = writeBatchEntry(payload, offset, message);
  return payload;
}

describe('receiving frames', () => {
  it('[C2] a compressed message comes out raw and without its flag', () => {
    const frame = writeFrame(Input, 0, Compressed, packed(bytes('13 01 02')));
    expect(receiver('server').receive(frame)).toEqual([{ type: Input, flags: 0, body: Buffer.from('130102', 'hex') }]);
  });

  it('[C3] behind a clock prefix too', () => {
    const prefixes = [
      [State, 'e8 03 00 00 2a 00 00 00'],
      [Delta, '71'],
      [Delta, 'ff ac 02 e8 07'],
    ] as const;
    for (const [type, prefix] of prefixes) {
      const body = concat(bytes(prefix), packed(bytes('80 01')));
      const [message] = receiver('client').receive(writeFrame(type, 0, Compressed | Timed, body));
      expect(message).toEqual({ type, flags: Timed, body: bytes(`${prefix} 80 01`) });
    }
  });

  it.each([
    [State, 'e8 03 00 00 2a 00 00 00'],
    [Delta, '71'],
    [Delta, 'ff ac 02 e8 07'],
  ])('[C3] a compressed and timed message of type %i, %s, cut at every byte is refused', (type, prefix) => {
    const head = bytes(prefix);
    const whole = writeFrame(type, 0, Compressed | Timed, concat(head, packed(bytes('80 01'))));
    const outcomes = refusalsOfEveryCut(whole, (cut) => receiver('client').receive(cut));
    outcomes.forEach((outcome, length) => {
      if (length < 4 + head.length) expect(outcome).toBe(`truncated@${length}`);
      else if (length === 4 + head.length) expect(outcome).toMatch(/^truncated@/);
      else expect(outcome).toMatch(/^bad-compression@/);
    });
  });

  it('[C2] a compressed batch, and compressed messages in a batch', () => {
    const small: WireMessage = { type: Delta, flags: 0, body: bytes('01') };
    const large: WireMessage = { type: Delta, flags: Compressed, body: packed(new Uint8Array(2_000)) };
    const frame = writeFrame(Batch, 0, Compressed, packed(batch(small, large)));
    const messages = receiver('client').receive(frame);
    expect(messages.map(({ flags, body }) => [flags, body.length])).toEqual([
      [0, 1],
      [0, 2_000],
    ]);
  });

  it('[B3] a batch over 65,532 bytes once inflated is refused, whatever the limit for a message', () => {
    const entries = Array.from({ length: 40_000 }, (): WireMessage => ({ type: Delta, flags: 0, body: bytes('') }));
    const frame = writeFrame(Batch, 0, Compressed, packed(batch(...entries)));
    expect(refusal(() => receiver('client', 8 * MIB).receive(frame))).toBe('message-too-large@4');
    const fits = writeFrame(Batch, 0, Compressed, packed(batch(...entries.slice(0, MAX_PAYLOAD_BYTES / 2))));
    expect(receiver('client', 8 * MIB).receive(fits)).toHaveLength(MAX_PAYLOAD_BYTES / 2);
  });

  it('[B3] the bodies of a batch are together at most 65,532 bytes once inflated', () => {
    const zeros = (length: number): WireMessage => ({
      type: Colyseus,
      flags: Compressed,
      body: packed(new Uint8Array(length)),
    });
    const read = (...messages: WireMessage[]) =>
      refusal(() => receiver('client', 8 * MIB).receive(writeFrame(Batch, 0, 0, batch(...messages))));
    expect(read(zeros(40_000), zeros(25_532))).toBe('accepted');
    expect(read(zeros(40_000), zeros(25_533))).toBe('message-too-large@4');
    expect(read(zeros(65_532), { type: Delta, flags: 0, body: bytes('01') })).toBe('message-too-large@4');
    expect(read(zeros(65_533))).toBe('message-too-large@4');
  });

  it('[G4] a message over the limit is refused, raw, inflated and in a batch', () => {
    const limit = 1_000;
    const raw = (length: number) => writeFrame(Input, 0, 0, new Uint8Array(length));
    const deflated = (length: number) => writeFrame(Input, 0, Compressed, packed(new Uint8Array(length)));
    const batched = (length: number) =>
      writeFrame(Batch, 0, 0, batch({ type: Input, flags: 0, body: new Uint8Array(length) }));
    for (const frame of [raw, deflated, batched]) {
      expect(refusal(() => receiver('server', limit).receive(frame(limit)))).toBe('accepted');
      expect(refusal(() => receiver('server', limit).receive(frame(limit + 1)))).toBe('message-too-large@4');
    }
  });

  it('[S2] a frame that is refused gives nothing, not even what was good in its batch', () => {
    const target = receiver('server');
    const frame = writeFrame(
      Batch,
      0,
      FrameFlag.MustAck,
      concat(batch({ type: Colyseus, flags: 0, body: bytes('0d') }), bytes('05 05')),
    );
    expect(refusal(() => target.receive(frame))).toBe('truncated@9');
    expect([target.lastProcessed, target.ackOwed]).toEqual([0xffff, false]);
  });

  it('[S4] what was processed moves with every frame, in a fragmented message with its last', () => {
    const target = receiver('client', MIB);
    const part = concat(bytes('00 f0 a2 04'), new Uint8Array(MAX_PAYLOAD_BYTES - 4));
    const seen = [target.lastProcessed];
    const steps = [
      writeFrame(Delta, 0, 0, bytes('')),
      writeFrame(Colyseus, 1, FrameFlag.MustAck | FrameFlag.More, part),
      writeFrame(Colyseus, 2, FrameFlag.MustAck, concat(bytes('01'), new Uint8Array(70_000 - 65_528))),
    ];
    for (const frame of steps) {
      target.receive(frame);
      seen.push(target.lastProcessed);
    }
    expect(seen).toEqual([0xffff, 0, 0, 2]);
    expect([target.takeAck(), target.takeAck()]).toEqual([true, false]);
  });

  it('[G3] another frame between two fragments is refused', () => {
    const target = receiver('client', MIB);
    target.receive(writeFrame(Colyseus, 0, FrameFlag.More, concat(bytes('00 f0 a2 04'), new Uint8Array(65_528))));
    expect(refusal(() => target.receive(writeFrame(Delta, 1, 0, bytes('01'))))).toBe('fragment-interrupted@0');
  });

  it('[C4] bombs, in a frame, in a batch and in a batch that is one itself, allocate nothing of note', () => {
    const bomb = nodeDeflate.deflate(new Uint8Array(60 * MIB));
    const announced = (rawBytes: number) => {
      const head = new Uint8Array(varintLength(rawBytes));
      writeVarint(head, 0, rawBytes);
      return concat(head, bomb);
    };
    const entry = (rawBytes: number): WireMessage => ({ type: Input, flags: Compressed, body: announced(rawBytes) });
    const many = Array.from({ length: 700 }, (): WireMessage => ({
      type: Input,
      flags: Compressed,
      body: packed(new Uint8Array(60_000)),
    }));
    const frames: [string, Uint8Array][] = [
      ['announced small', writeFrame(Input, 0, Compressed, announced(1_025))],
      ['announced large', writeFrame(Input, 0, Compressed, announced(60 * MIB))],
      ['announced huge', writeFrame(Input, 0, Compressed, announced(0xffff_ffff))],
      ['announced small, in a batch', writeFrame(Batch, 0, 0, batch(entry(1_025)))],
      ['announced large, in a batch', writeFrame(Batch, 0, 0, batch(entry(60 * MIB)))],
      ['a batch that is a bomb', writeFrame(Batch, 0, Compressed, announced(60_000))],
      ['many that are within the limit', writeFrame(Batch, 0, 0, batch(...many))],
      ['the same, compressed once more', writeFrame(Batch, 0, Compressed, packed(batch(...many)))],
    ];
    const outcomes: string[] = [];
    const growth = arrayBufferGrowth(() => {
      for (const [name, frame] of frames) {
        outcomes.push(`${name}: ${refusal(() => receiver('server').receive(frame)).split('@')[0]}`);
      }
    });
    expect(outcomes).toEqual([
      'announced small: bad-compression',
      'announced large: message-too-large',
      'announced huge: message-too-large',
      'announced small, in a batch: bad-compression',
      'announced large, in a batch: message-too-large',
      'a batch that is a bomb: bad-compression',
      'many that are within the limit: message-too-large',
      'the same, compressed once more: message-too-large',
    ]);
    expect(growth).toBeLessThan(2 * MIB);
  });

  it('[G4] a long message that was only announced costs what arrived', () => {
    const target = receiver('client', 8 * MIB);
    const part = concat(bytes('00 80 80 80 04'), new Random(1).bytes(65_527)); // 8 MiB announced
    const growth = arrayBufferGrowth(() => target.receive(writeFrame(Colyseus, 0, FrameFlag.More, part)));
    expect(growth).toBeLessThan(200_000);
  });

  it('[S2] a plain frame in its turn is the same to the shortcut, and nothing else is taken by it', () => {
    const frame = fc.record({
      type: fc.constantFrom(Input, Input, Input, Colyseus, Batch, 0x0f),
      flags: fc.constantFrom(0, 0, 0, FrameFlag.MustAck, FrameFlag.More, Compressed, 0x80),
      body: fc.uint8Array({ maxLength: 6 }),
      ahead: fc.constantFrom(0, 0, 0, 0, 1, -1),
      bytes: fc.constantFrom(99, 99, 99, 3),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
        const shortcut = receiver('server', 5);
        const whole = receiver('server', 5);
        let next = 0;
        for (const { type, flags, body, ahead, bytes: most } of frames) {
          const written = writeFrame(type as never, (next + ahead + 0x1_0000) % 0x1_0000, flags, body).subarray(
            0,
            most,
          );
          const isPlain = type === Input && flags === 0 && ahead === 0 && most > 3 && body.length <= 5;
          const outcome = refusal(() => whole.receive(written));
          const isTaken = shortcut.receivePlain(written, Input);
          expect(isTaken).toBe(isPlain && outcome === 'accepted');
          if (!isTaken) expect(refusal(() => shortcut.receive(written))).toBe(outcome);
          expect([shortcut.lastProcessed, shortcut.ackOwed]).toEqual([whole.lastProcessed, whole.ackOwed]);
          if (outcome !== 'accepted') return;
          next++;
        }
      }),
      { seed: 1 },
    );
  });

  it('[S2] the shortcut takes nothing while a message is to be passed over', () => {
    const target = receiver('server');
    target.passOver(1, 0);
    expect(target.receivePlain(writeFrame(Input, 0, 0, bytes('13')), Input)).toBe(false);
    target.receive(writeFrame(Input, 0, 0, bytes('13')));
    target.receive(writeFrame(Input, 1, 0, bytes('13')));
    expect(target.receivePlain(writeFrame(Input, 2, 0, bytes('13')), Input)).toBe(true);
  });

  it('[S6] the shortcut takes nothing before the RESUME', () => {
    const target = receiver('server');
    target.expectResume();
    expect(target.receivePlain(writeFrame(Input, 0, 0, bytes('13')), Input)).toBe(false);
  });
});
