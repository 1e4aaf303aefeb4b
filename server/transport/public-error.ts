import { debugAndPrintError, ErrorCode, ServerError } from '@colyseus/core';

/** What a client is told of an error. */
export interface PublicError {
  code: number;
  message: string;
}

/** Codes under which Colyseus passes on the message of any exception, whatever it may say of the inside. */
const WRAPPED: ReadonlyMap<number, string> = new Map([
  [ErrorCode.MATCHMAKE_UNHANDLED, 'the room could not be joined'],
  [ErrorCode.APPLICATION_ERROR, 'the room could not be joined'],
  [ErrorCode.AUTH_FAILED, 'not authorised'],
]);

/**
 * An error as a client may read it: the code and text of a `ServerError` that a room or Colyseus raised on purpose,
 * otherwise a sentence that names nothing. What is held back is logged.
 */
export function publicError(error: unknown): PublicError {
  if (error instanceof ServerError) {
    const generic = WRAPPED.get(error.code);
    if (generic === undefined) return { code: error.code, message: error.message };
    debugAndPrintError(error);
    return { code: error.code, message: generic };
  }
  debugAndPrintError(error as Error);
  return { code: ErrorCode.MATCHMAKE_UNHANDLED, message: WRAPPED.get(ErrorCode.MATCHMAKE_UNHANDLED)! };
}
