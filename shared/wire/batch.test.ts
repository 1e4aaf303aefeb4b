import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { refusal, refusalsOfEveryCut } from '../../test/support/wire-errors.ts';
import { batchEntryBytes, fitsBatch, readBatch, type WireMessage, writeBatchEntry } from './batch.ts';
import { MAX_PAYLOAD_BYTES, type Side } from './frame.ts';
import { FRAME_RULES, FrameFlag, FrameType } from './frame-type.ts';

const { Ack, Batch, Colyseus, Delta, Input, Ping, Resume, State } = FrameType;

function writeBatch(messages: readonly WireMessage[]): Uint8Array {
  const out = new Uint8Array(messages.reduce((sum, message) => sum + batchEntryBytes(message), 0));
  let offset = 0;
  for (const message of messages) offset = writeBatchEntry(out, offset, message);
  expect(offset).toBe(out.length);
  return out;
}

const THREE: WireMessage[] = [
  { type: Ack, flags: 0, body: bytes('30 39') },
  { type: Delta, flags: FrameFlag.Timed, body: bytes('e8 03 00 00 2a 00 00 00 07') },
  { type: Colyseus, flags: 0, body: bytes('0d') },
];
const THREE_BYTES = '02 08 30 39  09 84 e8 03 00 00 2a 00 00 00 07  01 01 0d';

describe('batch (B)', () => {
  it('[B1] is exactly these bytes', () => {
    const payload = writeBatch(THREE);
    expect(hex(payload)).toBe(hex(bytes(THREE_BYTES)));
    expect(readBatch(payload, 'client')).toEqual(THREE);
  });

  it('[B1] cut at every byte: refused, but where an entry ends, for what is left is a batch', () => {
    const ends = [4, 15];
    const outcomes = refusalsOfEveryCut(bytes(THREE_BYTES), (cut) => readBatch(cut, 'client'));
    outcomes.forEach((outcome, length) => {
      if (length === 0) expect(outcome).toBe('bad-batch@4');
      else if (ends.includes(length)) expect(outcome).toBe('accepted');
      else expect([length, outcome]).toEqual([length, expect.stringMatching(/^truncated@/)]);
    });
    expect(outcomes[1]).toBe('truncated@5'); // no type
    expect(outcomes[3]).toBe('truncated@6'); // one byte of two
    expect(outcomes[5]).toBe('truncated@9');
  });

  it('[B1] a batch of nothing is refused', () => {
    expect(refusal(() => readBatch(bytes(''), 'client'))).toBe('bad-batch@4');
  });

  it('[B1] an entry may be empty', () => {
    expect(readBatch(bytes('00 04 00 04'), 'client')).toEqual([
      { type: Delta, flags: 0, body: bytes('') },
      { type: Delta, flags: 0, body: bytes('') },
    ]);
  });

  it.each([
    ['00 00', 'client', 'unknown-type@5'],
    ['01 0d 00', 'client', 'unknown-type@5'],
    ['00 0c', 'client', 'wrong-direction@5'],
    ['01 0f 00', 'server', 'unknown-type@5'],
    ['00 04 01 05 00', 'client', 'wrong-direction@7'],
    ['01 03 00', 'server', 'wrong-direction@5'],
    ['02 02 00 01', 'client', 'bad-batch@5'],
    ['02 09 ff ff', 'server', 'bad-batch@5'],
    ['01 21 0d', 'client', 'wrong-flag@5'], // More: a fragment in a batch
    ['01 41 0d', 'client', 'wrong-flag@5'], // MustAck is the frame's
    ['01 81 0d', 'client', 'wrong-flag@5'], // COLYSEUS is never timed
    ['01 16 00', 'client', 'wrong-flag@5'], // PING is never compressed
    ['02 01 0d', 'client', 'truncated@6'],
    ['ff ff ff ff 0f 01 0d', 'client', 'truncated@10'],
    ['80 00 01', 'client', 'wrong-length@4'],
    ['ff ff ff ff 7f 01', 'client', 'wrong-length@4'],
  ] as [string, Side, string][])('[B2] %s to a %s: %s', (payload, side, expected) => {
    expect(refusal(() => readBatch(bytes(payload), side))).toBe(expected);
  });

  it('[B2] the head of an entry: all 256, for both sides', () => {
    for (const side of ['client', 'server'] as const) {
      for (let head = 0; head < 256; head++) {
        const rules = FRAME_RULES[head & 0x0f];
        const flags = head >>> 4;
        const received = side === 'client' ? rules?.fromServer : rules?.fromClient;
        const nests = (head & 0x0f) === Batch || (head & 0x0f) === Resume;
        const flagsFit =
          (flags & ~(FrameFlag.Compressed | FrameFlag.Timed)) === 0 && (flags & ~(rules?.flags ?? 0)) === 0;
        const accepted = rules !== undefined && received === true && !nests && flagsFit;
        const outcome = refusal(() => readBatch(Uint8Array.of(1, head, 0), side));
        expect([side, head, outcome === 'accepted']).toEqual([side, head, accepted]);
      }
    }
  });

  it("[B2] an entry does not say that it must be acknowledged: that is the frame's to say", () => {
    expect(hex(writeBatch([{ type: Colyseus, flags: FrameFlag.MustAck, body: bytes('0d') }]))).toBe('01 01 0d');
  });

  it('[B3] holds what leaves room for the head of an entry', () => {
    const message = (length: number): WireMessage => ({ type: State, flags: 0, body: new Uint8Array(length) });
    expect(fitsBatch(message(MAX_PAYLOAD_BYTES - 4))).toBe(true);
    expect(batchEntryBytes(message(MAX_PAYLOAD_BYTES - 4))).toBe(MAX_PAYLOAD_BYTES);
    expect(fitsBatch(message(MAX_PAYLOAD_BYTES - 3))).toBe(false);
  });

  it('[B1] bodies are views of the payload, not copies', () => {
    const payload = concat(bytes('ff'), bytes('01 06 aa')).subarray(1);
    expect(readBatch(payload, 'client')[0]!.body.buffer).toBe(payload.buffer);
  });

  it('[B1] any batch comes back', () => {
    const types = [Colyseus, State, Delta, Ping, Ack] as const;
    const message = fc
      .record({ type: fc.constantFrom(...types), flags: fc.nat(15), body: fc.uint8Array({ maxLength: 300 }) })
      .map(({ type, flags, body }) => ({ type, flags: flags & FRAME_RULES[type]!.flags & 0b1001, body }));
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 20 }), (messages) => {
        expect(readBatch(writeBatch(messages), 'client')).toEqual(messages);
      }),
      { seed: 1, numRuns: 200 },
    );
    expect(refusal(() => readBatch(writeBatch([{ type: Input, flags: 0, body: bytes('13') }]), 'server'))).toBe(
      'accepted',
    );
  });
});
