const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 500;
/** The shortest that an attempt to connect is given, and what it gets beyond its round trips. */
const SHORTEST_ATTEMPT_MS = 1_000;
const ATTEMPT_BASE_MS = 500;
/** Round trips of a connection set-up: TCP, TLS (two), the upgrade, the resume. */
const ATTEMPT_ROUND_TRIPS = 5;
/** Over which clients of a silent server spread their questions. */
const LOCATE_SPREAD_MS = 100;
/** A server that is there says where a room is in less than this beyond its round trips: TCP, TLS (two), the request. */
const ASK_NEXT_MS = 200;
const ASK_ROUND_TRIPS = 4;
/** What a server that is there is given for its answer: first this, and up to the longest where that was too short. */
const FIRST_ANSWER_MS = 1_000;
const LONGEST_ANSWER_MS = 8_000;

/**
 * How long to wait before attempt number `attempt` (0 is the first): the first at once, then 100 ms doubling to 500 ms,
 * of which a random half is left out so that those who lost one server do not all come at once.
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  if (attempt === 0) return 0;
  const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return delayMs * (1 - random / 2);
}

/** How long to wait before servers are asked where a room is that fell silent: all its clients find out together. */
export const locateDelayMs = (random: number): number => random * LOCATE_SPREAD_MS;

/** How long a server is given to say where a room is, before another one is asked as well. */
export function nextAskMs(rttMs: number): number {
  return ASK_NEXT_MS + ASK_ROUND_TRIPS * rttMs;
}

/** How long an attempt may take until its WebSocket is open; then it is given up and another one begins. */
export function attemptTimeoutMs(rttMs: number): number {
  return Math.max(SHORTEST_ATTEMPT_MS, ATTEMPT_BASE_MS + ATTEMPT_ROUND_TRIPS * rttMs);
}

/**
 * How long a server may take to answer on a WebSocket that is open: its room may have work to do in `onReconnect`.
 * @param unanswered attempts of this absence that were open and not answered in time; each doubles it
 */
export function answerTimeoutMs(unanswered: number, rttMs: number): number {
  return Math.min(LONGEST_ANSWER_MS, FIRST_ANSWER_MS * 2 ** unanswered) + ATTEMPT_ROUND_TRIPS * rttMs;
}
