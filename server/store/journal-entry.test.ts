import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, hex } from '../../test/support/bytes.ts';
import { EntryBuilder, readEntry } from './journal-entry.ts';

/** Ticks 300 and 302 of the room "room", epoch 3, sequence 258. */
const GOLDEN = `
56 4a   00 01   00 00 00 02   00 00 00 00 00 00 01 2c
00 00 00 00   00 00 00 02   aa bb
00 00 00 02   00 00 00 01   cc
28 ad df 59 c0 0a 56 bb`;
/** What the checksum covers in front of it: the room id with its length, epoch, sequence. */
const PLACE = '00 04 72 6f 6f 6d   00 00 00 00 00 00 00 03   00 00 00 00 00 00 01 02';

function written(): Buffer {
  const builder = new EntryBuilder('room', 3, { sequence: 257 });
  builder.add(300, bytes('aa bb'));
  builder.add(302, bytes('cc'));
  return builder.seal().bytes;
}

describe('an entry of the journal', () => {
  it('is exactly these bytes', () => {
    const golden = bytes(GOLDEN);
    expect(hex(written())).toBe(hex(golden));
    const covered = Buffer.concat([bytes(PLACE), golden.subarray(0, -8)]);
    const checksum = createHash('sha256').update(covered).digest().subarray(0, 8);
    expect(hex(golden.subarray(-8))).toBe(hex(checksum));
    const read = readEntry('room', 3, 258, Buffer.from(golden))!;
    expect(read.map(({ tick, body }) => [tick, hex(body)])).toEqual([
      [300, 'aa bb'],
      [302, 'cc'],
    ]);
  });

  it('fits its place only', () => {
    expect(readEntry('room', 3, 258, written())).toHaveLength(2);
    expect(readEntry('rooms', 3, 258, written())).toBeUndefined();
    expect(readEntry('room', 4, 258, written())).toBeUndefined();
    expect(readEntry('room', 3, 259, written())).toBeUndefined();
  });

  it('with any byte changed, cut anywhere, or with anything behind it is found out', () => {
    const whole = written();
    for (let at = 0; at < whole.length; at++) {
      for (let value = 1; value < 256; value++) {
        const changed = Buffer.from(whole);
        changed[at]! ^= value;
        if (readEntry('room', 3, 258, changed) !== undefined) throw new Error(`byte ${at} ^ ${value} is not found`);
      }
      expect([at, readEntry('room', 3, 258, whole.subarray(0, at))]).toEqual([at, undefined]);
    }
    expect(readEntry('room', 3, 258, Buffer.concat([whole, Buffer.alloc(1)]))).toBeUndefined();
  });

  it('that somebody forged, checksum and all, is read within its bounds', () => {
    const head = fc.tuple(fc.nat(0xffff_ffff), fc.bigInt(0n, 2n ** 64n - 1n));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), head, (noise, [count, tick]) => {
        const forged = Buffer.concat([written().subarray(0, 16), noise]);
        forged.writeUInt32BE(count % 9, 4);
        forged.writeBigUInt64BE(tick, 8);
        const checksum = createHash('sha256').update(bytes(PLACE)).update(forged).digest().subarray(0, 8);
        for (const { body } of readEntry('room', 3, 258, Buffer.concat([forged, checksum])) ?? []) {
          expect(body.length).toBeLessThanOrEqual(noise.length);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('brings back whatever it is given, entry after entry', () => {
    const tick = fc.tuple(fc.nat(1_000), fc.uint8Array({ maxLength: 3_000 }));
    fc.assert(
      fc.property(fc.array(fc.array(tick, { maxLength: 12 }), { maxLength: 6 }), (all) => {
        const builder = new EntryBuilder('room', 9);
        let now = 0;
        for (const [i, ticks] of all.entries()) {
          const expected = ticks.map(([since, body]) => ({ tick: (now += since), body }));
          for (const one of expected) builder.add(one.tick, one.body);
          const { length } = builder;
          const sealed = builder.seal();
          expect([sealed.sequence, sealed.throughTick, sealed.bytes.length]).toEqual([i + 1, now, length]);
          const read = readEntry('room', 9, i + 1, sealed.bytes)!;
          expect(read.map((one) => ({ ...one, body: Uint8Array.from(one.body) }))).toEqual(expected);
        }
      }),
    );
  });

  it('has ticks in order', () => {
    const builder = new EntryBuilder('room', 1, { tick: 10 });
    expect(() => builder.add(9, bytes('00'))).toThrow(RangeError);
    builder.add(10, bytes('00')); // something between two ticks
    builder.add(10, bytes('01'));
    expect(() => builder.add(10.5, bytes('00'))).toThrow(RangeError);
    expect(() => builder.add(10 + 2 ** 32, bytes('00'))).toThrow(RangeError);
    expect(builder.count).toBe(2);
  });
});
