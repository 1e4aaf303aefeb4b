import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, hex } from '../../test/support/bytes.ts';
import { refusalCode, refusalsOfEveryCut } from '../../test/support/wire-errors.ts';
import { KEYFRAME_NUMBER, readLiveBody, sealLiveBody, writeLiveBody } from './live-body.ts';

const restOf = (body: Uint8Array, frame: number): Uint8Array => {
  const { bytes: all, offset } = readLiveBody(body, frame);
  return all.subarray(offset);
};

describe('live body (D1)', () => {
  it.each([
    ['', 0, '00'],
    ['', 1, '07'],
    ['80 01 02', 0, '10 80 01 02'],
    ['80 01 02', 255, 'c1 80 01 02'],
  ])('[D1] "%s" of frame %i is exactly these bytes', (rest, frame, body) => {
    expect(hex(writeLiveBody(frame, bytes(rest)))).toBe(body);
    expect(hex(restOf(bytes(body), frame))).toBe(rest);
  });

  it('[D1] any parts come back, one behind the other', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 });
    fc.assert(
      fc.property(parts, fc.nat(255), (all, frame) => {
        const rest = restOf(writeLiveBody(frame, ...all), frame);
        expect(hex(rest)).toBe(hex(Uint8Array.from(all.flatMap((part) => [...part]))));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('[D1] a body that lies there but for its check is sealed in place', () => {
    const body = bytes('99 80 01 02');
    expect(sealLiveBody(255, body)).toBe(body);
    expect(hex(body)).toBe('c1 80 01 02');
  });

  it('[D1] what came in is looked at, not copied', () => {
    const body = writeLiveBody(0, bytes('01 02'), bytes('03'));
    expect(readLiveBody(body, 0)).toEqual({ bytes: body, offset: 1 });
    expect(readLiveBody(body, 0).bytes).toBe(body);
  });

  it('[D1] the number of another frame is refused', () => {
    const body = writeLiveBody(10, bytes('01 02 03'));
    for (let frame = 0; frame < 256; frame++) {
      expect(refusalCode(() => readLiveBody(body, frame))).toBe(frame === 10 ? 'accepted' : 'bad-check');
    }
    expect(refusalCode(() => readLiveBody(body, 266))).toBe('accepted');
    expect(KEYFRAME_NUMBER).toBe(0);
  });

  it('[D1] every single bit that is damaged shows', () => {
    const body = writeLiveBody(77, bytes('80 01 02 03 c4 d5 e6'));
    for (let bit = 0; bit < body.length * 8; bit++) {
      const damaged = body.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(refusalCode(() => readLiveBody(damaged, 77))).toBe('bad-check');
    }
  });

  it('[D1] of 256 cuts, one is taken for whole', () => {
    const body = writeLiveBody(77, bytes('80 01 02 03 c4 d5 e6'));
    const refusals = refusalsOfEveryCut(body, (cut) => readLiveBody(cut, 77));
    expect(refusals).toEqual(['truncated@4', ...new Array<string>(body.length - 1).fill('bad-check@4')]);
  });
});
