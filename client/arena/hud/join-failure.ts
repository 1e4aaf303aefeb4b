import { CloseCode, MatchMakeError } from 'colyseus.js';

export const UNREACHABLE = 'the server could not be reached';

/** HTTP's and WebSocket's codes for: nobody there answered, in whatever way. */
const NOBODY: ReadonlySet<unknown> = new Set([
  502,
  503,
  504,
  CloseCode.ABNORMAL_CLOSURE,
  CloseCode.NO_STATUS_RECEIVED,
  CloseCode.MAY_TRY_RECONNECT,
]);

/** Why a join failed, for people. */
export function joinFailure(error: unknown): string {
  if (!(error instanceof Error)) return `cannot join: ${String(error)}`;
  const { code } = error as { code?: unknown };
  // A fetch that finds nobody fails in each browser with other words; the SDK passes them on without a number.
  const unanswered = error instanceof MatchMakeError && typeof code !== 'number';
  if (unanswered || error instanceof TypeError || NOBODY.has(code)) return UNREACHABLE;
  return `cannot join: ${error.message}`;
}
