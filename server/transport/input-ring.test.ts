import { schema, t } from '@colyseus/schema';
import { InputDecoder, InputEncoder } from '@colyseus/schema/input';
import { describe, expect, it } from '@jest/globals';
import { bytes } from '../../test/support/bytes.ts';
import { checkInputRing, guardInputRings } from './input-ring.ts';

const Input = schema({ dx: t.int8() }, 'Input');

describe('a ring of inputs (A12)', () => {
  it.each([
    [
      'a length below zero, over which Schema loops for ever',
      '34 0d 92 d0 e4 4b 17 88 35 5e c0 2f 64 56 cb ff 9e 02 25 e9',
    ],
    ['a length below zero', '00 d0 ff'],
    ['a length over the end', '00 05 01'],
    ['a fraction', '00 ca 00 00 00 3f'],
    ['more inputs than anybody sends', `00 ${'00 '.repeat(65)}`],
  ])('[A12] refuses %s', (_what, ring) => {
    expect(() => checkInputRing(bytes(ring))).toThrow(RangeError);
  });

  it('[A12] takes what the SDK writes, and the decoder that core uses is guarded', () => {
    guardInputRings();
    const input = new Input();
    const encoder = new InputEncoder(input, { mode: 'unreliable', historySize: 4 } as never);
    const decoder = new InputDecoder(new Input());
    for (let dx = 1; dx <= 6; dx++) {
      input.dx = dx;
      const seen: number[] = [];
      decoder.decodeAll(encoder.encode(), (decoded) => seen.push(decoded.dx));
      expect(seen.at(-1)).toBe(dx);
    }
    expect(() => decoder.decodeAll(bytes('00 d0 ff'), () => {})).toThrow(RangeError);
  });
});
