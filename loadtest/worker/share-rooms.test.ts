import { describe, expect, it } from '@jest/globals';
import { errorKind } from './error-kind.ts';
import { shareRooms } from './share-rooms.ts';

describe('rooms', () => {
  it('are dealt out whole and evenly, and every bot has a number of its own', () => {
    expect(shareRooms([8, 8, 8, 8, 4], 2)).toEqual([
      { rooms: [8, 8], firstBot: 0 },
      { rooms: [8, 8, 4], firstBot: 16 },
    ]);
    expect(shareRooms([8], 4)).toEqual([{ rooms: [8], firstBot: 0 }]);
  });
});

describe('kinds of errors', () => {
  it.each([
    [Object.assign(new Error('provided room name "x" not defined'), { code: 520 }), 'no such room'],
    [Object.assign(new Error('x'), { code: 404 }), 'no such room'],
    [Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } }), 'ECONNREFUSED'],
    [Object.assign(new Error('x'), { code: 4_216 }), '4216'],
    [new Error('something\n  with a stack'), 'something'],
  ])('%s', (error, kind) => {
    expect(errorKind(error)).toBe(kind);
  });
});
