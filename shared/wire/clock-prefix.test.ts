import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { refusal, refusalsOfEveryCut } from '../../test/support/wire-errors.ts';
import { CLOCK_PREFIX_BYTES, clockPrefixBytes, ClockReader, ClockWriter } from './clock-prefix.ts';
import { FrameType } from './frame-type.ts';

const TICK_60_HZ = 1_000 / 60;
const PATCH = bytes('80 07');

/** Colyseus's eight bytes. */
function prefix(elapsedMs: number, inputs: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, elapsedMs, true);
  view.setUint32(4, inputs, true);
  return new Uint8Array(view.buffer);
}

/** Both ends of a connection on which a STATE has just passed. */
function pair(tickMs: number | undefined, elapsedMs = 1_000, inputs = 42) {
  const writer = new ClockWriter(tickMs);
  const reader = new ClockReader(tickMs);
  for (const end of [writer, reader]) end.begin(concat(prefix(elapsedMs, inputs), PATCH));
  return { writer, reader };
}

/** The compact prefix alone, `passedMs` and `consumed` after the STATE. */
function compact(tickMs: number | undefined, passedMs: number, consumed: number): string {
  const { writer } = pair(tickMs);
  return hex(writer.compact(prefix(1_000 + passedMs, 42 + consumed)));
}

const GOLDEN: [tickMs: number | undefined, passedMs: number, consumed: number, encoded: string][] = [
  [TICK_60_HZ, 16, 1, '71'],
  [TICK_60_HZ, 17, 0, '80'],
  [TICK_60_HZ, 9, 14, '0e'],
  [TICK_60_HZ, 23, 0, 'e0'],
  [TICK_60_HZ, 8, 0, 'f0 08'],
  [TICK_60_HZ, 24, 0, 'f0 18'],
  [TICK_60_HZ, 0, 0, 'f0 00'],
  [TICK_60_HZ, 16, 15, '7f 0f'],
  [TICK_60_HZ, 1_000, 300, 'ff ac 02 e8 07'],
  [TICK_60_HZ, -1, 0, 'f0 ff ff ff ff 0f'],
  [TICK_60_HZ, 16, -1, '7f ff ff ff ff 0f'],
  [1_000 / 30, 33, 2, '72'],
  [1_000 / 30, 34, 2, '82'],
  [50, 50, 0, '70'],
  [5, 0, 0, '00'],
  [5, 5, 0, '50'],
  [5, 14, 0, 'e0'],
  [5, 15, 0, 'f0 0f'],
  [undefined, 0, 1, '01'],
  [undefined, 14, 0, 'e0'],
  [undefined, 100, 0, 'f0 64'],
  [16.9999, 17, 0, '70'], // 17,000 microseconds in the join
];

describe('clock prefix (M2)', () => {
  it.each(GOLDEN)('[M2] ticks of %p ms: %i ms and %i inputs later are %s', (tickMs, passedMs, consumed, encoded) => {
    expect(compact(tickMs, passedMs, consumed)).toBe(encoded);
    const { reader } = pair(tickMs);
    expect(hex(reader.expand(concat(bytes(encoded), PATCH)))).toBe(
      hex(concat(prefix(1_000 + passedMs, 42 + consumed), PATCH)),
    );
  });

  it.each(GOLDEN)(
    '[M2] ticks of %p ms: %i ms and %i inputs, %s, cut anywhere are refused',
    (tickMs, _, __, encoded) => {
      const whole = bytes(encoded);
      const expected = Array.from(whole, (_byte, length) => `truncated@${4 + length}`);
      const { reader } = pair(tickMs);
      expect(refusalsOfEveryCut(whole, (cut) => reader.expand(cut))).toEqual(expected);
      expect(refusalsOfEveryCut(whole, (cut) => clockPrefixBytes(FrameType.Delta, cut))).toEqual(expected);
      expect(hex(reader.expand(whole))).toMatch(/^([0-9a-f]{2} ?){8}$/); // none of these has moved it
    },
  );

  it('[M2] of a STATE it is the eight bytes, and cut anywhere it is refused', () => {
    const expected = Array.from({ length: 8 }, (_, length) => `truncated@${4 + length}`);
    const whole = prefix(1_000, 42);
    expect(refusalsOfEveryCut(whole, (cut) => clockPrefixBytes(FrameType.State, cut))).toEqual(expected);
    expect(refusalsOfEveryCut(whole, (cut) => new ClockReader(TICK_60_HZ).begin(cut))).toEqual(expected);
    expect(clockPrefixBytes(FrameType.State, concat(whole, PATCH))).toBe(CLOCK_PREFIX_BYTES);
  });

  it.each([
    ['7f 0e', 'wrong-length@5'], // 14 inputs: four bits say it
    ['7f 00', 'wrong-length@5'],
    ['f0 09', 'wrong-length@5'], // 9 ms
    ['f0 17', 'wrong-length@5'], // 23 ms
    ['ff 0f 10', 'wrong-length@6'],
    ['7f 80 00', 'wrong-length@5'],
    ['f0 ff ff ff ff 1f', 'wrong-length@5'],
    ['ff 0f ff ff ff ff ff', 'wrong-length@6'],
  ])('[M2] %s is refused: %s', (encoded, expected) => {
    expect(refusal(() => pair(TICK_60_HZ).reader.expand(bytes(encoded)))).toBe(expected);
  });

  it('[M2] a DELTA before any STATE of the connection is refused, and never written', () => {
    expect(refusal(() => new ClockReader(TICK_60_HZ).expand(bytes('71')))).toBe('delta-without-state@4');
    expect(() => new ClockWriter(TICK_60_HZ).compact(prefix(0, 0))).toThrow('before the first timed DELTA');
    expect([new ClockWriter(TICK_60_HZ).begun, pair(TICK_60_HZ).writer.begun]).toEqual([false, true]);
  });

  it('[M2] another STATE sets both ends to what it says', () => {
    const { writer, reader } = pair(TICK_60_HZ);
    for (const end of [writer, reader]) end.begin(prefix(0xffff_fff0, 0xffff_ffff));
    const sent = writer.compact(concat(prefix(0, 1), PATCH));
    expect(hex(sent)).toBe('72 80 07');
    expect(hex(reader.expand(sent))).toBe(hex(concat(prefix(0, 1), PATCH)));
  });

  it('[M2] whatever is sent is copied: the buffer may be used again', () => {
    const { writer, reader } = pair(TICK_60_HZ);
    const body = concat(prefix(1_016, 42), PATCH);
    const sent = writer.compact(body);
    body.fill(0xee);
    const received = reader.expand(sent);
    sent.fill(0xee);
    expect(hex(received)).toBe(hex(concat(prefix(1_016, 42), PATCH)));
  });

  const u32 = fc.oneof(
    fc.nat(0xffff_ffff),
    fc.nat(40),
    fc.nat(40).map((n) => 0xffff_ffff - n),
  );
  const step = fc.record({
    state: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    passedMs: fc.oneof({ weight: 3, arbitrary: fc.nat(60) }, { weight: 1, arbitrary: u32 }),
    consumed: fc.oneof({ weight: 3, arbitrary: fc.nat(20) }, { weight: 1, arbitrary: u32 }),
    patch: fc.uint8Array({ maxLength: 80 }),
  });
  const tick = fc.oneof(
    fc.constant(undefined),
    fc.double({ min: 0.001, max: 4_000_000, noNaN: true }),
    fc.constantFrom(5, 10, TICK_60_HZ, 20, 33.333, 50, 100),
  );

  it('[M2] any run of the clock and of inputs comes back, also where they wrap', () => {
    fc.assert(
      fc.property(tick, u32, u32, fc.array(step, { minLength: 1, maxLength: 60 }), (tickMs, ms, inputs, steps) => {
        const { writer, reader } = pair(tickMs, ms, inputs);
        // The client knows the tick from the join, in microseconds.
        const told = new ClockReader(tickMs === undefined ? undefined : Math.round(tickMs * 1_000) / 1_000);
        told.begin(prefix(ms, inputs));
        for (const { state, passedMs, consumed, patch } of steps) {
          ms = (ms + passedMs) % 2 ** 32;
          inputs = (inputs + consumed) % 2 ** 32;
          const body = concat(prefix(ms, inputs), patch);
          if (state) {
            for (const end of [writer, reader, told]) end.begin(body);
            continue;
          }
          const sent = writer.compact(body);
          expect(sent.length - patch.length).toBe(clockPrefixBytes(FrameType.Delta, sent));
          expect(hex(reader.expand(sent))).toBe(hex(body));
          expect(hex(told.expand(sent))).toBe(hex(body));
        }
      }),
      { seed: 1, numRuns: 400 },
    );
  });

  it('[M2] any bytes are a prefix in its only form, or refused; what is refused moves nothing', () => {
    fc.assert(
      fc.property(tick, fc.uint8Array({ maxLength: 14 }), (tickMs, encoded) => {
        const { writer, reader } = pair(tickMs);
        let expanded: Uint8Array | undefined;
        const outcome = refusal(() => (expanded = reader.expand(encoded)));
        if (expanded !== undefined) expect(hex(writer.compact(expanded))).toBe(hex(encoded));
        else {
          expect(outcome).toMatch(/^(truncated|wrong-length)@/);
          const next = writer.compact(concat(prefix(1_016, 43), PATCH));
          expect(hex(reader.expand(next))).toBe(hex(concat(prefix(1_016, 43), PATCH)));
        }
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it('[M2] ten seconds at 20, 30 and 60 Hz are one byte a tick', () => {
    for (const hz of [20, 30, 60]) {
      const { writer } = pair(1_000 / hz, 0, 0);
      for (let n = 1; n <= 10 * hz; n++) {
        const sent = writer.compact(prefix(Math.floor((n * 1_000) / hz), Math.floor((n * 60) / hz)));
        if (sent.length !== 1) throw new Error(`tick ${n} at ${hz} Hz: ${hex(sent)}`);
      }
    }
  });
});
