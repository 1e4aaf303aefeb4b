import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { refusal } from '../../test/support/wire-errors.ts';
import type { WireMessage } from './batch.ts';
import { CLOCK_PREFIX_BYTES } from './clock-prefix.ts';
import { fromWire, MessageCode, messageCode, mustBeAcknowledged, toWire } from './colyseus-message.ts';
import { FrameFlag, FrameType } from './frame-type.ts';

const wire = (type: FrameType, flags: number, body: string): WireMessage => ({ type, flags, body: bytes(body) });
const PREFIX = 'e8 03 00 00 2a 00 00 00'; // 1,000 ms since the room's start, input 42 consumed

describe('Colyseus messages (M)', () => {
  it.each([
    ['0d a3 68 69 74 07', wire(FrameType.Colyseus, FrameFlag.MustAck, '0d a3 68 69 74 07')],
    ['0a', wire(FrameType.Colyseus, 0, '0a')],
    ['0e 80 01', wire(FrameType.State, 0, '80 01')],
    ['0f 80 01', wire(FrameType.Delta, 0, '80 01')],
    [`8e ${PREFIX} 80`, wire(FrameType.State, FrameFlag.Timed, `${PREFIX} 80`)],
    [`8f ${PREFIX} 80`, wire(FrameType.Delta, FrameFlag.Timed, `${PREFIX} 80`)],
    [`8f ${PREFIX}`, wire(FrameType.Delta, FrameFlag.Timed, PREFIX)],
    ['4f 01 00 80', wire(FrameType.Colyseus, 0, '4f 01 00 80')], // a patch of the unreliable channel: not a DELTA
    ['13 01 02', wire(FrameType.Input, 0, '13 01 02')],
    ['94 01 02', wire(FrameType.Input, 0, '94 01 02')],
  ])('[M1] %s goes and comes back', (message, expected) => {
    expect(toWire(bytes(message))).toEqual(expected);
    expect(hex(fromWire(expected))).toBe(hex(bytes(message)));
  });

  it('[M1] any Colyseus message comes back', () => {
    const message = fc
      .tuple(
        fc.integer({ min: 10, max: 22 }),
        fc.nat(7),
        fc.uint8Array({ minLength: CLOCK_PREFIX_BYTES, maxLength: 40 }),
      )
      .map(([code, modifiers, body]) => concat(Uint8Array.of(code | (modifiers << 5)), body));
    fc.assert(
      fc.property(message, (value) => expect(hex(fromWire(toWire(value)))).toBe(hex(value))),
      { seed: 1, numRuns: 500 },
    );
  });

  it('[M1] nothing is copied on the way out', () => {
    const message = bytes('0d 01');
    expect(toWire(message).body).toBe(message);
    expect(toWire(bytes('0e 01')).body.byteOffset).toBe(1);
  });

  it('[M2] a timed state or delta without its whole clock prefix is refused, cut at every byte', () => {
    for (const type of [FrameType.State, FrameType.Delta]) {
      for (let length = 0; length < CLOCK_PREFIX_BYTES; length++) {
        const message: WireMessage = { type, flags: FrameFlag.Timed, body: bytes(PREFIX).subarray(0, length) };
        expect(refusal(() => fromWire(message))).toBe(`truncated@${4 + length}`);
      }
    }
  });

  it('[M3] the codes 10 to 22 are messages, and of these 19 and 20 inputs', () => {
    for (let first = 0; first < 256; first++) {
      const code = messageCode(Uint8Array.of(first));
      const asMessage = refusal(() => fromWire({ type: FrameType.Colyseus, flags: 0, body: Uint8Array.of(first) }));
      const asInput = refusal(() => fromWire({ type: FrameType.Input, flags: 0, body: Uint8Array.of(first) }));
      expect([first, asMessage]).toEqual([first, code >= 10 && code <= 22 ? 'accepted' : 'bad-message@4']);
      expect([first, asInput]).toEqual([first, code === 19 || code === 20 ? 'accepted' : 'bad-message@4']);
    }
  });

  it('[M3] an empty message is refused', () => {
    expect(refusal(() => fromWire(wire(FrameType.Colyseus, 0, '')))).toBe('bad-message@4');
    expect(refusal(() => fromWire(wire(FrameType.Input, 0, '')))).toBe('bad-message@4');
  });

  it('[M5] what an application sends must be acknowledged, what belongs to one connection need not', () => {
    const kept = Object.entries(MessageCode).filter(([, code]) => mustBeAcknowledged(code));
    expect(kept.map(([name]) => name)).toEqual([
      'LeaveRoom',
      'RoomData',
      'RoomDataBytes',
      'RoomRequest',
      'RoomResponse',
    ]);
  });
});
