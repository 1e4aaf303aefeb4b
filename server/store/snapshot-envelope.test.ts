import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, hex } from '../../test/support/bytes.ts';
import { MAX_FINGERPRINT_BYTES, MAX_SNAPSHOT_BYTES, readSnapshot, writeSnapshot } from './snapshot-envelope.ts';

const snapshot = { epoch: 3, sequence: 258, tick: 70_000, fingerprint: bytes('f1 f2'), body: bytes('01 02 03') };

/** `writeSnapshot('room', snapshot)`; the checksum is `sha256sum` of what stands above it, cut to 16 bytes. */
const GOLDEN = `
56 45 4c 53   00 01   00 04   00 02   00 00   00 00 00 03
00 00 00 00 00 00 00 03   00 00 00 00 00 00 01 02   00 00 00 00 00 01 11 70
72 6f 6f 6d   f1 f2   01 02 03
e5 f3 53 52 7b ae f1 e3 bd 8d 1e e6 f2 b4 7e 21`;

const written = (): Buffer => writeSnapshot('room', snapshot);

describe('the envelope of a snapshot', () => {
  it('is exactly these bytes', () => {
    expect(hex(written())).toBe(hex(bytes(GOLDEN)));
    const { snapshot: read } = readSnapshot('room', Buffer.from(bytes(GOLDEN))) as { snapshot: typeof snapshot };
    expect({ ...read, fingerprint: hex(read.fingerprint), body: hex(read.body) }).toEqual({
      ...snapshot,
      fingerprint: 'f1 f2',
      body: '01 02 03',
    });
  });

  it('with any bit flipped is found out', () => {
    for (let at = 0; at < written().length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = written();
        changed[at]! ^= 1 << bit;
        const { fault } = readSnapshot('room', changed);
        // A version that was flipped upwards cannot be told from a newer one.
        expect([at, bit, fault]).toEqual([at, bit, changed.readUInt16BE(4) > 1 ? 'newer-format' : 'damaged']);
      }
    }
  });

  it('with any byte changed to any other is found out', () => {
    for (let at = 0; at < written().length; at++) {
      for (let value = 1; value < 256; value++) {
        const changed = written();
        changed[at]! ^= value;
        if (readSnapshot('room', changed).fault === undefined) throw new Error(`byte ${at} ^ ${value} is not found`);
      }
    }
  });

  it('cut anywhere, or with anything behind it, is found out', () => {
    const whole = written();
    for (let length = 0; length < whole.length; length++) {
      expect([length, readSnapshot('room', whole.subarray(0, length)).fault]).toEqual([length, 'damaged']);
    }
    expect(readSnapshot('room', Buffer.concat([whole, Buffer.alloc(1)])).fault).toBe('damaged');
    expect(readSnapshot('room', Buffer.concat([whole, whole])).fault).toBe('damaged');
    expect(readSnapshot('room', Buffer.alloc(whole.length)).fault).toBe('damaged');
  });

  it.each(['rooM', 'roo', 'rooms', 'roöm', ''])('of another room (%j) is told from damage', (other) => {
    expect(readSnapshot(other, written())).toEqual({ fault: 'another-room' });
  });

  it('of a newer version is told from damage, whatever lies behind the version', () => {
    expect(readSnapshot('room', Buffer.from('56454c530002', 'hex'))).toEqual({ fault: 'newer-format' });
    expect(readSnapshot('room', Buffer.from('56454c530000', 'hex'))).toEqual({ fault: 'damaged' });
  });

  it('brings back whatever it is given', () => {
    const number = fc.maxSafeNat();
    const some = fc.uint8Array({ maxLength: 300 });
    const room = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(room, number, number, number, some, some, (roomId, epoch, sequence, tick, fingerprint, body) => {
        const one = { epoch, sequence, tick, fingerprint, body };
        const { snapshot: read } = readSnapshot(roomId, writeSnapshot(roomId, one)) as { snapshot: typeof one };
        const copy = { fingerprint: Uint8Array.from(read.fingerprint), body: Uint8Array.from(read.body) };
        expect({ ...read, ...copy }).toEqual(one);
      }),
    );
  });

  it('never reads past what is there, whatever is there', () => {
    const lengths = fc.tuple(fc.nat(0xffff), fc.nat(0xffff), fc.nat(0xffff_ffff));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), lengths, (noise, [id, fingerprint, body]) => {
        expect(readSnapshot('room', Buffer.from(noise)).fault).toBeDefined();
        const forged = Buffer.concat([written().subarray(0, 40), noise]);
        forged.writeUInt16BE(id, 6);
        forged.writeUInt16BE(fingerprint, 8);
        forged.writeUInt32BE(body, 12);
        expect(readSnapshot('room', forged).fault).toBeDefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes no more than it may', () => {
    const write = (more: Partial<typeof snapshot>) => () => writeSnapshot('room', { ...snapshot, ...more });
    expect(write({ fingerprint: new Uint8Array(MAX_FINGERPRINT_BYTES + 1) })).toThrow(RangeError);
    expect(write({ body: new Uint8Array(MAX_SNAPSHOT_BYTES + 1) })).toThrow(RangeError);
    expect(write({ tick: -1 })).toThrow(RangeError);
    expect(write({ fingerprint: new Uint8Array(MAX_FINGERPRINT_BYTES) })).not.toThrow();
  });
});
