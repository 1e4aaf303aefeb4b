import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { refusal } from '../../test/support/wire-errors.ts';
import { MessageCode } from './colyseus-message.ts';
import { type JoinSection, readJoinSection, withJoinSection } from './join-section.ts';

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
    const plain = { tickMs: 1_000 / 60, liveBodies: false, epoch: 0 };
    expect(hex(withJoinSection(bytes('0a 01 61 01 62 00'), plain))).toBe('0a 01 61 01 62 00 76 03 9b 82 01');
    expect(hex(withJoinSection(bytes('0a'), { tickMs: 50, liveBodies: false, epoch: 0 }))).toBe('0a 76 03 d0 86 03');
    expect(hex(withJoinSection(bytes('0a'), { tickMs: 50, liveBodies: true, epoch: 0 }))).toBe('0a 76 04 d0 86 03 01');
    expect(hex(withJoinSection(bytes('0a'), { tickMs: 50, liveBodies: true, epoch: 3 }))).toBe(
      '0a 76 05 d0 86 03 01 03',
    );
    expect(hex(withJoinSection(bytes('0a'), { tickMs: 50, liveBodies: false, epoch: 200 }))).toBe(
      '0a 76 06 d0 86 03 00 c8 01',
    );
    const first = { tickMs: 50, liveBodies: false, epoch: 0, lastInput: 0 };
    expect(hex(withJoinSection(bytes('0a'), first))).toBe('0a 76 06 d0 86 03 00 00 00');
  });

  it('[M4] a 0 says that bodies are plain, what lies behind is left for later, and other bodies are refused', () => {
    const read = (section: string) => readJoinSection(concat(joinRoom(1, 1, 0, []), bytes(section)));
    expect(read('76 04 d0 86 03 00')).toEqual({ tickMs: 50, liveBodies: false, epoch: 0, lastInput: undefined });
    const counted = { tickMs: 50, liveBodies: true, epoch: 7, lastInput: 300 };
    expect(read('76 07 d0 86 03 01 07 ac 02')).toEqual(counted);
    expect(read('76 08 d0 86 03 01 07 ac 02 09')).toEqual(counted);
    expect(refusal(() => read('76 04 d0 86 03 02'))).toBe('bad-message@16');
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
        fc.boolean(),
        fc.nat(100_000),
        fc.option(fc.nat(2 ** 32 - 1), { nil: undefined }),
        (a, b, c, d, micros, liveBodies, epoch, lastInput) => {
          const message = joinRoom(a, b, c, d);
          const section = { tickMs: micros / 1_000, liveBodies, epoch, lastInput };
          expect(readJoinSection(message)).toBeUndefined();
          expect(readJoinSection(withJoinSection(message, section))).toEqual(section);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it('[M4] a JOIN_ROOM cut at every byte says nothing, or is refused within the section', () => {
    const section = { tickMs: 1_000 / 60, liveBodies: true };
    const whole = withJoinSection(joinRoom(9, 6, 20, [bytes('01 02 03')]), section);
    for (let end = 0; end < whole.length; end++) {
      let read: JoinSection | undefined;
      const outcome = refusal(() => (read = readJoinSection(whole.slice(0, end))));
      if (end < whole.length - 5) expect([end, outcome, read]).toEqual([end, 'accepted', undefined]);
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
