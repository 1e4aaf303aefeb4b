import { ServerError } from '@colyseus/core';

/** What a client is answered, as an HTTP status too, while the pool's Redis does not answer. */
export const UNAVAILABLE = 503;

/**
 * Redis did not answer, or was known to be away and was not asked. Retry: rooms play on meanwhile, and joins work again
 * as soon as it is back. The `message` may be shown to clients; `cause` says what happened.
 *
 * A command that timed out may have been carried out all the same.
 */
export class RedisUnavailableError extends ServerError {
  constructor(cause: unknown) {
    super(UNAVAILABLE, 'the server pool is not available right now; try again in a moment', { cause });
    this.name = 'RedisUnavailableError';
  }
}

/** Replies by which Redis says that it cannot serve now, as opposed to that it was asked something wrong. */
const NOT_SERVING = /^(LOADING|READONLY|OOM|MISCONF|MASTERDOWN|BUSY|NOREPLICAS|CLUSTERDOWN|TRYAGAIN)\b/;

/** @returns the error as the caller of a command should get it */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof RedisUnavailableError || !(error instanceof Error)) return error;
  // ReplyError is Redis's own answer; everything else that ioredis rejects with is a connection that failed.
  if (error.name === 'ReplyError' && !NOT_SERVING.test(error.message)) return error;
  return new RedisUnavailableError(error);
}
