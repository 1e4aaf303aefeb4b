import { describe, expect, it } from '@jest/globals';
import { Random } from '../../test/support/random.ts';
import { checkByte } from './check-byte.ts';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bit by bit, over the frame's number and then the bytes. */
function slowCheck(bytes: Uint8Array, from: number, frame: number): number {
  let crc = 0;
  for (const byte of [frame & 0xff, ...bytes.subarray(from)]) {
    for (let bit = 7; bit >= 0; bit--) {
      const out = (crc >> 7) ^ ((byte >> bit) & 1);
      crc = ((crc << 1) & 0xff) ^ (out === 1 ? 0x07 : 0);
    }
  }
  return crc;
}

describe('check byte (D1)', () => {
  it('[D1] is the check value that catalogues of CRC-8 give (poly 07, init 0)', () => {
    expect(checkByte(ascii('123456789'), 0, 0)).toBe(0xf4);
  });

  it('[D1] begins with the number of the frame, of which the low byte counts', () => {
    expect(checkByte(ascii('23456789'), 0, 0x31)).toBe(0xf4);
    expect(checkByte(ascii('23456789'), 0, 0x731)).toBe(0xf4);
    expect(checkByte(ascii('x123456789'), 1, 0)).toBe(0xf4);
  });

  it('[D1] of no bytes it is a matter of the number alone, another for each', () => {
    const all = Array.from({ length: 256 }, (_, frame) => checkByte(new Uint8Array(0), 0, frame));
    expect([all[0], all[1], all[2], all[255]]).toEqual([0x00, 0x07, 0x0e, 0xf3]);
    expect(new Set(all).size).toBe(256);
  });

  it('[D1] is what the polynomial says bit by bit', () => {
    const random = new Random(1);
    for (let run = 0; run < 1_000; run++) {
      const bytes = random.bytes(random.below(40));
      const from = random.below(bytes.length + 1);
      const frame = random.below(1_000);
      expect(checkByte(bytes, from, frame)).toBe(slowCheck(bytes, from, frame));
    }
  });

  it('[D1] sees every burst of up to eight bits, and any other frame than the next', () => {
    const bytes = new Random(2).bytes(30);
    const check = checkByte(bytes, 0, 7);
    for (let at = 0; at < 29 * 8; at++) {
      for (let burst = 1; burst < 256; burst += 2) {
        const damaged = bytes.slice();
        damaged[at >> 3]! ^= burst >> (at & 7);
        damaged[(at >> 3) + 1]! ^= (burst << (8 - (at & 7))) & 0xff;
        if (checkByte(damaged, 0, 7) === check) throw new Error(`burst ${burst} at bit ${at}`);
      }
    }
    for (let frame = 0; frame < 256; frame++) expect(checkByte(bytes, 0, frame) === check).toBe(frame === 7);
  });
});
