export const NO_SUCH_ROOM = 'no such room';
export const TIMED_OUT = 'not answered in time';

/** Codes of a MatchMakeError, which are HTTP statuses: Colyseus's own, and what others make of them. */
const MATCHMAKING: Readonly<Record<string, string>> = {
  '404': NO_SUCH_ROOM,
  '520': NO_SUCH_ROOM,
  '521': 'refused by the matchmaker (521)',
  '522': 'the room is gone or full (522)',
};

/** What went wrong in a few words, the same for all to which the same happened. */
export function errorKind(error: unknown): string {
  const { code, cause, message } = error as { code?: unknown; cause?: { code?: unknown }; message?: string };
  const known = code ?? cause?.code;
  if (known === 'timeout') return TIMED_OUT;
  if (known !== undefined) return MATCHMAKING[String(known)] ?? String(known);
  return String(message ?? error).split('\n')[0]!;
}
