import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { refusal } from '../../test/support/wire-errors.ts';
import { MessageCode } from './colyseus-message.ts';
import { readJoinSection, withJoinSection } from './join-section.ts';

const length = fc.oneof(fc.nat(40), fc.constantFrom(127, 128, 255));
const text = (bytesLong: number) => concat(Uint8Array.of(bytesLong), new Uint8Array(bytesLong).fill(0x61));
/** Colyseus's own number format for a length: one byte to 127, then 0xcc u8, 0xcd u16. */
const number = (value: number) =>
  value < 128
    ? Uint8Array.of(value)
    : value < 256
      ? Uint8Array.of(0xcc, value)
      : Uint8Array.of(0xcd, value, value >>> 8);

function joinRoom(token: number, serializer: number, reflection: number, sections: readonly Uint8Array[]): Uint8Array {
  return concat(
    Uint8Array.of(MessageCode.JoinRoom),
    text(token),
    text(serializer),
    number(reflection),
    new Uint8Array(reflection).fill(0x76),
    ...sections.flatMap((section, i) => [Uint8Array.of(1 + (i % 2)), number(section.length), section]),
  );
}

describe('JOIN_ROOM section (M4)', () => {
  it('[M4] is exactly these bytes, behind all else', () => {
    expect(hex(withJoinSection(bytes('0a 01 61 01 62 00'), 1000 / 60))).toBe('0a 01 61 01 62 00 76 03 9b 82 01');
    expect(hex(withJoinSection(bytes('0a'), 50))).toBe('0a 76 03 d0 86 03');
  });

  it('[M4] is found behind any JOIN_ROOM, and not where it is not', () => {
    const sections = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 3 });
    fc.assert(
      fc.property(
        length,
        length,
        fc.nat(400),
        sections,
        fc.integer({ min: 1, max: 4_000_000 }),
        (a, b, c, d, micros) => {
          const message = joinRoom(a, b, c, d);
          expect(readJoinSection(message)).toBeUndefined();
          expect(readJoinSection(withJoinSection(message, micros / 1_000))).toBe(micros / 1_000);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it('[M4] a JOIN_ROOM cut at every byte says nothing, or is refused within the section', () => {
    const whole = withJoinSection(joinRoom(9, 6, 20, [bytes('01 02 03')]), 1000 / 60);
    for (let end = 0; end < whole.length; end++) {
      let tickMs: number | undefined;
      const outcome = refusal(() => (tickMs = readJoinSection(whole.slice(0, end))));
      if (end < whole.length - 4) expect([end, outcome, tickMs]).toEqual([end, 'accepted', undefined]);
      else expect([end, outcome]).toEqual([end, `truncated@${4 + end}`]);
    }
  });

  it('[M4] noise never does more than be refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
        refusal(() => readJoinSection(noise));
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});
