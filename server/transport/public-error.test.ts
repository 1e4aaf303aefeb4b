import { ErrorCode, ServerError } from '@colyseus/core';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { publicError } from './public-error.ts';

const SECRET = 'secret: /etc/inside';

// What is held back is logged.
beforeAll(() => void jest.spyOn(console, 'error').mockImplementation(() => {}));

describe('public error', () => {
  it('passes on what a room said on purpose', () => {
    expect(publicError(new ServerError(4242, 'the round has begun'))).toEqual({
      code: 4242,
      message: 'the round has begun',
    });
    expect(publicError(new ServerError(ErrorCode.MATCHMAKE_EXPIRED, 'seat reservation expired.'))).toEqual({
      code: ErrorCode.MATCHMAKE_EXPIRED,
      message: 'seat reservation expired.',
    });
  });

  it.each<[string, unknown, number]>([
    ['an Error', new Error(SECRET), ErrorCode.MATCHMAKE_UNHANDLED],
    ['a TypeError', new TypeError(SECRET), ErrorCode.MATCHMAKE_UNHANDLED],
    ['an error with a code', Object.assign(new Error(SECRET), { code: 4242 }), ErrorCode.MATCHMAKE_UNHANDLED],
    ['a string', SECRET, ErrorCode.MATCHMAKE_UNHANDLED],
    ['nothing', undefined, ErrorCode.MATCHMAKE_UNHANDLED],
    ['what Colyseus wrapped', new ServerError(ErrorCode.MATCHMAKE_UNHANDLED, SECRET), ErrorCode.MATCHMAKE_UNHANDLED],
    ['what onJoin threw', new ServerError(ErrorCode.APPLICATION_ERROR, SECRET), ErrorCode.APPLICATION_ERROR],
    ['what onAuth threw', new ServerError(ErrorCode.AUTH_FAILED, SECRET), ErrorCode.AUTH_FAILED],
  ])('%s: a code and a sentence that names nothing', (_what, error, code) => {
    const told = publicError(error);
    expect(told.code).toBe(code);
    expect(told.message).not.toContain('secret');
    expect(told.message).not.toBe('');
  });
});
