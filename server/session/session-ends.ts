import type { CloseReason } from '../../shared/wire/close-reason.ts';
import { sameSecret } from './same-secret.ts';

/** How many ends a server remembers; the oldest are forgotten first. */
const MAX_REMEMBERED_ENDS = 1_024;

/** By room and session. Outlives both: a room that was left empty by the end is gone when the client asks. */
const ends = new Map<string, { token: string; reason: CloseReason }>();

const keyOf = (roomId: string, sessionId: string): string => `${roomId}/${sessionId}`;

/** A session was ended from here while its client was away: it is told why when it comes back. */
export function rememberEnd(roomId: string, sessionId: string, token: string, reason: CloseReason): void {
  ends.set(keyOf(roomId, sessionId), { token, reason });
  if (ends.size > MAX_REMEMBERED_ENDS) ends.delete(ends.keys().next().value!);
}

/** Why a session that is over was ended, for whoever still has its token. */
export function endReason(roomId = '', sessionId: string | null, token: string): CloseReason | undefined {
  const end = ends.get(keyOf(roomId, sessionId ?? ''));
  return end !== undefined && sameSecret(end.token, token) ? end.reason : undefined;
}
