import { sameSecret } from './same-secret.ts';

/** How many ends a server remembers; the oldest are forgotten first. */
const MAX_REMEMBERED_ENDS = 1_024;

/**
 * By room and session. Outlives both: a room that was left empty by the end is gone when the client asks. One for the
 * process, as Colyseus's matchmaker is.
 */
const ends = new Map<string, { tokens: readonly string[]; code: number }>();

const keyOf = (roomId: string, sessionId: string): string => `${roomId}/${sessionId}`;

/**
 * A session was ended from here while its client was away: it is told why when it comes back.
 * @param tokens any of which opened the session
 */
export function rememberEnd(roomId: string, sessionId: string, tokens: readonly string[], code: number): void {
  ends.set(keyOf(roomId, sessionId), { tokens, code });
  if (ends.size > MAX_REMEMBERED_ENDS) ends.delete(ends.keys().next().value!);
}

/** The close code with which a session that is over was ended, for whoever has a token that opened it. */
export function endReason(roomId = '', sessionId: string | null, token: string): number | undefined {
  const end = ends.get(keyOf(roomId, sessionId ?? ''));
  return end?.tokens.some((known) => sameSecret(known, token)) ? end.code : undefined;
}
