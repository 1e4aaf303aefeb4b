import { describe, expect, it } from '@jest/globals';
import { bytes, concat } from '../../test/support/bytes.ts';
import { nodeDeflate } from '../../test/support/deflate.ts';
import { projectText, tableIn } from '../../test/support/project-text.ts';
import { refusal } from '../../test/support/wire-errors.ts';
import { ClockReader } from '../wire/clock-prefix.ts';
import { fromWire } from '../wire/colyseus-message.ts';
import { Compressor } from '../wire/compression.ts';
import { readClosing, readNothing, readTime } from '../wire/control.ts';
import type { Side } from '../wire/frame.ts';
import { FrameFlag, FrameType } from '../wire/frame-type.ts';
import type { WireErrorCode } from '../wire/wire-error.ts';
import { FrameSession } from './frame-session.ts';

const LONG = new Uint8Array(65_536 - 8);
const FRAGMENT = concat(bytes('01 00 00 02 00 f0 a2 04'), LONG); // fragment 0 of 70,000 bytes
const STATE = '03 00 00 08 e8 03 00 00 2a 00 00 00';
const TOO_LARGE = concat(bytes('05 00 00 00'), new Uint8Array(65_533));

/** For each code the frames, of which the last is refused with it, and the byte that it names. */
const CASES: [code: WireErrorCode, atByte: number, side: Side, frames: (string | Uint8Array)[]][] = [
  ['truncated', 3, 'server', ['05 00 00']],
  ['truncated', 5, 'server', ['08 00 00 00 00']],
  ['truncated', 11, 'client', ['03 00 00 08 e8 03 00 00 2a 00 00']],
  ['truncated', 6, 'client', [STATE, '04 00 01 08 7f ac']],
  ['too-large', 65_536, 'server', [TOO_LARGE]],
  ['unknown-type', 0, 'server', ['0d 00 00 00']],
  ['unknown-type', 5, 'server', ['02 00 00 00 00 0d']],
  ['wrong-direction', 0, 'server', ['03 00 00 00']],
  ['wrong-direction', 0, 'client', ['05 00 00 00']],
  ['wrong-direction', 0, 'client', ['0c 00 00 00']],
  ['reserved-flag', 3, 'server', ['05 00 00 10']],
  ['wrong-flag', 3, 'server', ['05 00 00 08']],
  ['sequence-jump', 1, 'server', ['05 00 00 00 13', '05 00 02 00 13']],
  ['sequence-jump', 4, 'server', ['08 00 00 00 00 00']],
  ['fragment-without-start', 4, 'client', [concat(bytes('01 00 00 02 01'), LONG, bytes('00 00 00'))]],
  ['fragment-interrupted', 0, 'client', [FRAGMENT, '04 00 01 00']],
  ['message-too-large', 5, 'server', [FRAGMENT]],
  ['message-too-large', 4, 'server', ['05 00 00 01 81 80 04 03 00']],
  ['bad-compression', 5, 'server', ['05 00 00 01 05 ff']],
  ['wrong-length', 4, 'server', ['02 00 00 00 80 00 01']],
  ['wrong-length', 4, 'client', [FRAGMENT, '01 00 01 00 01 00']],
  ['wrong-length', 5, 'client', [STATE, '04 00 01 08 7f 0e']],
  ['trailing-bytes', 6, 'server', ['08 00 00 00 ff ff 00']],
  ['trailing-bytes', 4, 'server', ['0c 00 00 00 00']],
  ['trailing-bytes', 12, 'server', ['06 00 00 00 00 00 00 00 00 00 00 00 00']],
  ['bad-batch', 4, 'server', ['02 00 00 00']],
  ['bad-batch', 5, 'server', ['02 00 00 00 00 02']],
  ['bad-text', 4, 'server', ['0b 00 00 00 10 04 ff']],
  ['bad-message', 4, 'server', ['01 00 00 00 09']],
  ['bad-message', 4, 'server', ['05 00 00 00 0d']],
  ['delta-without-state', 4, 'client', ['04 00 00 08 71']],
  ['unexpected-resume', 0, 'server', ['09 00 00 00 ff ff']],
];

function feed(session: FrameSession, clock: ClockReader, frame: Uint8Array): void {
  for (const message of session.receive(frame)) {
    const { type, flags, body } = message;
    if (type === FrameType.Ping) readTime(body);
    else if (type === FrameType.Closing) readClosing(body);
    else if (type === FrameType.Keyframe) readNothing(body);
    else if (!(flags & FrameFlag.Timed)) fromWire(message);
    else if (type === FrameType.State) clock.begin(body);
    else clock.expand(body);
  }
}

describe('errors (F7)', () => {
  it.each(CASES)('[F7] %s at byte %i, to a %s', (code, atByte, side, frames) => {
    const session = new FrameSession(side, new Compressor(nodeDeflate));
    const clock = new ClockReader(undefined);
    const outcomes = frames.map((frame) =>
      refusal(() => feed(session, clock, typeof frame === 'string' ? bytes(frame) : frame)),
    );
    expect(outcomes).toEqual([...Array<string>(frames.length - 1).fill('accepted'), `${code}@${atByte}`]);
  });

  it('[F7] every code is among these, but for what only a socket or the codec of live state can say', () => {
    const documented = tableIn(projectText('PROTOCOL.md'), 'code').map(([code]) => code);
    expect([...new Set(CASES.map(([code]) => code)), 'text-message', 'bad-state', 'bad-check'].sort()).toEqual(
      documented.sort(),
    );
  });
});
