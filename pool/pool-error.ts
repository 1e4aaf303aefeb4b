/** The pool does not start; `message` says what a person can do about it. */
export class PoolError extends Error {
  override readonly name = 'PoolError';
}
