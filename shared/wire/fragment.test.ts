import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { Random } from '../../test/support/random.ts';
import { refusal, refusalsOfEveryCut } from '../../test/support/wire-errors.ts';
import type { WireMessage } from './batch.ts';
import { cutIntoFragments, FragmentAssembler } from './fragment.ts';
import { MAX_PAYLOAD_BYTES } from './frame.ts';
import { FrameFlag, FrameType } from './frame-type.ts';

const { Colyseus, Delta, Ping, State } = FrameType;
const { More, MustAck, Timed } = FrameFlag;
const LIMIT = 8 * 1_048_576;

const body = (length: number) => new Random(length).bytes(length);

/** Adds the fragments of one message; what the last one returned. */
function assemble(assembler: FragmentAssembler, type: FrameType, flags: number, parts: Uint8Array[]) {
  let whole: WireMessage | undefined;
  parts.forEach((part, i) => {
    expect(whole).toBeUndefined();
    whole = assembler.add(type, i < parts.length - 1 ? flags | More : flags, part);
  });
  return whole;
}

describe('fragments (G)', () => {
  it('[G1] are exactly these bytes', () => {
    const whole = body(70_000);
    const [first, last, ...rest] = cutIntoFragments(whole);
    expect(rest).toEqual([]);
    expect(hex(first!.subarray(0, 4))).toBe('00 f0 a2 04'); // fragment 0 of 70,000 bytes
    expect(first).toHaveLength(MAX_PAYLOAD_BYTES);
    expect(Buffer.compare(first!.subarray(4), whole.subarray(0, 65_528))).toBe(0);
    expect(hex(last!.subarray(0, 1))).toBe('01');
    expect(Buffer.compare(last!.subarray(1), whole.subarray(65_528))).toBe(0);
    expect(assemble(new FragmentAssembler(LIMIT), State, Timed, [first!, last!])).toEqual({
      type: State,
      flags: Timed,
      body: whole,
    });
  });

  it('[G1] an index over 127 takes two bytes', () => {
    const parts = cutIntoFragments(new Uint8Array(129 * MAX_PAYLOAD_BYTES));
    expect(hex(parts[127]!.subarray(0, 2))).toBe('7f 00');
    expect(hex(parts[128]!.subarray(0, 2))).toBe('80 01');
    expect(assemble(new FragmentAssembler(2 * LIMIT), State, 0, parts)!.body).toHaveLength(129 * MAX_PAYLOAD_BYTES);
  });

  it('[G1] the last fragment cut at every byte is refused, and the heads of the first', () => {
    const whole = new Uint8Array(65_560);
    const [first, last] = cutIntoFragments(whole);
    const outcomes = refusalsOfEveryCut(last!, (cut) => {
      const assembler = new FragmentAssembler(LIMIT);
      assembler.add(State, More, first!);
      assembler.add(State, 0, cut);
    });
    expect(outcomes[0]).toBe('truncated@4');
    expect(new Set(outcomes.slice(1))).toEqual(new Set(['wrong-length@4']));
    const heads = refusalsOfEveryCut(first!.subarray(0, 5), (cut) =>
      new FragmentAssembler(LIMIT).add(State, More, cut),
    );
    expect(heads).toEqual(['truncated@4', 'truncated@5', 'truncated@6', 'truncated@7', 'wrong-length@4']);
  });

  it('[G2] any fragment but the last fills its frame', () => {
    const [first] = cutIntoFragments(body(70_000));
    expect(refusal(() => new FragmentAssembler(LIMIT).add(State, More, first!.subarray(0, -1)))).toBe('wrong-length@4');
  });

  it('[G2] bytes beyond the announced length, too few, and an empty last fragment are refused', () => {
    const [first, last] = cutIntoFragments(body(70_000));
    const after = (flags: number, payload: Uint8Array) => {
      const assembler = new FragmentAssembler(LIMIT);
      assembler.add(State, More, first!);
      return refusal(() => assembler.add(State, flags, payload));
    };
    expect(after(0, concat(last!, bytes('00')))).toBe('wrong-length@4');
    expect(after(0, last!.subarray(0, -1))).toBe('wrong-length@4');
    expect(after(0, bytes('01'))).toBe('wrong-length@4');
    expect(after(More, last!)).toBe('wrong-length@4'); // says that more follow where nothing can
    // A first fragment that already holds all of it, and announces that more follow
    const full = new Uint8Array(MAX_PAYLOAD_BYTES);
    full.set(bytes('00 f8 ff 03')); // 65,528
    expect(refusal(() => new FragmentAssembler(LIMIT).add(State, More, full))).toBe('wrong-length@4');
  });

  it('[G3] only its own fragments may follow, in order', () => {
    const [first, second, third] = cutIntoFragments(body(140_000));
    const after = (type: FrameType, flags: number, payload: Uint8Array) => {
      const assembler = new FragmentAssembler(LIMIT);
      assembler.add(Colyseus, More | MustAck, first!);
      return refusal(() => assembler.add(type, flags, payload));
    };
    expect(after(Delta, More | MustAck, second!)).toBe('fragment-interrupted@0');
    expect(after(Colyseus, More, second!)).toBe('fragment-interrupted@0');
    expect(after(Ping, 0, bytes('00 00 00 00 00 00 00 00'))).toBe('fragment-interrupted@0');
    expect(after(Colyseus, More | MustAck, first!)).toBe('wrong-length@4');
    expect(after(Colyseus, MustAck, third!)).toBe('wrong-length@4');
    expect(after(Colyseus, More | MustAck, second!)).toBe('accepted');
  });

  it('[G3] a message begins with fragment 0', () => {
    const [, second] = cutIntoFragments(body(140_000));
    expect(refusal(() => new FragmentAssembler(LIMIT).add(State, More, second!))).toBe('fragment-without-start@4');
  });

  it('[G4] a message over the limit is refused at its first fragment', () => {
    const [first] = cutIntoFragments(body(70_000));
    expect(refusal(() => new FragmentAssembler(70_000).add(State, More, first!))).toBe('accepted');
    expect(refusal(() => new FragmentAssembler(69_999).add(State, More, first!))).toBe('message-too-large@5');
  });

  it('[G4] a message that has begun is forgotten with its connection', () => {
    const parts = cutIntoFragments(body(140_000));
    const assembler = new FragmentAssembler(LIMIT);
    assembler.add(State, More, parts[0]!);
    expect(assembler.open).toBe(true);
    assembler.reset();
    expect(assembler.open).toBe(false);
    expect(assemble(assembler, State, 0, parts)!.body).toHaveLength(140_000);
    expect(assembler.open).toBe(false);
  });

  it('[G1] any message over a frame comes back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: MAX_PAYLOAD_BYTES + 1, max: 400_000 }),
        fc.constantFrom(0, Timed),
        (length, flags) => {
          const whole = new Uint8Array(length);
          for (let i = 0; i < length; i += 997) whole[i] = i;
          const parts = cutIntoFragments(whole);
          for (const part of parts.slice(0, -1)) expect(part).toHaveLength(MAX_PAYLOAD_BYTES);
          const message = assemble(new FragmentAssembler(LIMIT), State, flags, parts)!;
          expect(message.flags).toBe(flags);
          expect(Buffer.compare(message.body, whole)).toBe(0);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });
});
