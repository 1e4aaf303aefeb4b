import { describe, expect, it } from '@jest/globals';
import type { WireMessage } from '../wire/batch.ts';
import { FrameFlag, FrameType } from '../wire/frame-type.ts';
import { DEFAULT_LIMITS } from './frame-session.ts';
import { type KeptMessage, SendWindow, SessionOverflowError } from './send-window.ts';

const message = (length: number): WireMessage => ({
  type: FrameType.Colyseus,
  flags: FrameFlag.MustAck,
  body: new Uint8Array(length),
});
const at = (firstSequence: number, lastSequence = firstSequence, length = 10): KeptMessage => ({
  message: message(length),
  firstSequence,
  lastSequence,
});
const sizes = (window: SendWindow) => [window.keptMessages, window.keptBytes];

function overflow(run: () => void): [number, number] | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof SessionOverflowError) return [error.keptMessages, error.keptBytes];
    throw error;
  }
  return undefined;
}

describe('send window (S3, S5)', () => {
  it('[S5] holds 1,024 messages and 1 MiB unless told otherwise', () => {
    expect(DEFAULT_LIMITS.server).toMatchObject({ maxKeptMessages: 1_024, maxKeptBytes: 1_048_576 });
    expect(DEFAULT_LIMITS.client).toMatchObject({ maxKeptMessages: 512, maxKeptBytes: 262_144 });
  });

  it('[S5] takes messages up to the bound; the next is refused and nothing is taken', () => {
    const window = new SendWindow({ maxKeptMessages: 3, maxKeptBytes: 1_000 });
    for (let i = 0; i < 3; i++) window.reserve(0);
    expect(overflow(() => window.reserve(0))).toEqual([3, 0]);
    expect(sizes(window)).toEqual([3, 0]);
  });

  it('[S5] takes bytes up to the bound; one more is refused and nothing is taken', () => {
    const window = new SendWindow({ maxKeptMessages: 100, maxKeptBytes: 1_000 });
    window.reserve(600);
    expect(overflow(() => window.reserve(401))).toEqual([1, 600]);
    expect(sizes(window)).toEqual([1, 600]);
    window.reserve(400);
    expect(overflow(() => window.reserve(1))).toEqual([2, 1_000]);
    window.reserve(0);
    expect(sizes(window)).toEqual([3, 1_000]);
  });

  it('[S5] what was compressed on the way counts with what it takes now', () => {
    const window = new SendWindow({ maxKeptMessages: 10, maxKeptBytes: 1_000 });
    window.reserve(900);
    window.sent(at(0, 0, 50), 900);
    expect(sizes(window)).toEqual([1, 50]);
    window.acknowledge(0);
    expect(sizes(window)).toEqual([0, 0]);
  });

  it('[S3] lets go of all up to and with the sequence, over the wrap too', () => {
    const window = new SendWindow(DEFAULT_LIMITS.server);
    for (const sequence of [65_533, 65_534, 65_535, 0, 1]) {
      window.reserve(10);
      window.sent(at(sequence), 10);
    }
    window.acknowledge(65_532);
    expect(sizes(window)).toEqual([5, 50]);
    window.acknowledge(65_534);
    expect(window.inFlight().map(({ firstSequence }) => firstSequence)).toEqual([65_535, 0, 1]);
    window.acknowledge(0);
    expect(sizes(window)).toEqual([1, 10]);
    window.acknowledge(65_535); // older than what was said already
    expect(sizes(window)).toEqual([1, 10]);
    window.acknowledge(100);
    expect(sizes(window)).toEqual([0, 0]);
  });

  it('[S3] a message in several frames is let go with its last', () => {
    const window = new SendWindow(DEFAULT_LIMITS.server);
    window.reserve(10);
    window.sent(at(5, 7), 10);
    window.acknowledge(6);
    expect(sizes(window)).toEqual([1, 10]);
    window.acknowledge(7);
    expect(sizes(window)).toEqual([0, 0]);
  });
});
