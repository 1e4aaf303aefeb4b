import { describe, expect, it } from '@jest/globals';
import { bytes } from '../../test/support/bytes.ts';
import { kept } from '../../test/support/session-pair.ts';
import { pack } from './packed.ts';
import { readChange, readRoom, writeChange, writeRoom } from './room-record.ts';
import { readSeat, writeSeat } from './seat-record.ts';

const listing = { metadata: { map: 'north' }, maxClients: undefined, locked: true, private: false };
const room = {
  name: 'arena',
  options: { bots: 2, nested: { list: [1, 'two', null] } },
  elapsedMs: 1_234.5,
  nextTick: 74,
  state: bytes('53 01 02'),
  cache: { random: 4_294_967_295, at: -1.5 },
  listing,
  inputs: new Map([['Ab3', 70]]),
};
const inputs = { taken: [70, 3], sessionIds: ['Ab3', 'Cd5'] };
const change = { elapsedMs: 50, nextTick: 3, delta: bytes('44 01'), cache: bytes('81'), listing, inputs };
const seat = {
  tokenHashes: [new Uint8Array(32).fill(7), new Uint8Array(32).fill(9)],
  auth: { account: 'Ada' },
  view: bytes('01 02'),
  cache: bytes('81'),
  keptUntilMs: 31_250.5,
  frames: {
    lastProcessed: 65_535,
    nextSequence: 12,
    acknowledged: 70_000,
    inFlight: [{ message: kept('0d 01'), firstSequence: 10, lastSequence: 11 }],
    queued: [kept('0d 02')],
  },
};

describe('what is written of a room', () => {
  it('is read as it was', () => {
    expect(plain(readRoom(writeRoom(room)))).toEqual(plain(room));
    expect(plain(readRoom(writeRoom({ ...room, state: undefined, cache: undefined })))).toEqual(
      plain({ ...room, state: undefined, cache: undefined }),
    );
    expect(plain(readChange(writeChange(change)))).toEqual(plain(change));
    const nothing = {
      elapsedMs: 50,
      nextTick: 3,
      delta: undefined,
      cache: undefined,
      listing: undefined,
      inputs: undefined,
    };
    expect(readChange(writeChange(nothing))).toEqual(nothing);
    expect(plain(readSeat(writeSeat(seat)))).toEqual(plain(seat));
    const none = { auth: undefined, view: undefined, cache: undefined, keptUntilMs: undefined, frames: undefined };
    const plainSeat = { tokenHashes: seat.tokenHashes, ...none };
    expect(plain(readSeat(writeSeat(plainSeat)))).toEqual(plain(plainSeat));
  });

  it('is refused where it is something else, cut or of other parts', () => {
    for (const [read, whole] of [
      [readRoom, writeRoom(room)],
      [readChange, writeChange(change)],
      [readSeat, writeSeat(seat)],
    ] as const) {
      for (let end = 0; end < whole.length; end++) expect(() => read(whole.subarray(0, end))).toThrow();
      for (const other of [pack(7), pack([]), pack(['a', 'b']), pack({ 0: 1 })]) expect(() => read(other)).toThrow();
    }
    expect(() => readChange(pack([NaN, 1, null, null, null]))).toThrow('a number is none');
    expect(() => readChange(pack([1, 1, 'delta', null, null]))).toThrow('bytes are none');
    expect(() => readRoom(pack([1, {}, 0, 0, null, null, [null, 1, true, false]]))).toThrow('without its name');
  });

  it('does not keep alive what it was read from', () => {
    const read = readSeat(writeSeat(seat));
    const { body } = read.frames!.inFlight[0]!.message;
    expect(body.buffer.byteLength).toBe(body.length);
  });
});

/** Bytes as numbers, whatever class they are of; what is undefined left out. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) => {
      const { type, data } = (part ?? {}) as { type?: unknown; data?: unknown };
      if (part instanceof Uint8Array) return [...part];
      return type === 'Buffer' ? data : part;
    }),
  );
}
