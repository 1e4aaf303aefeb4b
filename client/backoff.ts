const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 500;
/** The shortest that an attempt to connect is given, and what it gets beyond its round trips. */
const SHORTEST_ATTEMPT_MS = 1_000;
const ATTEMPT_BASE_MS = 500;
/** Round trips of a connection set-up: TCP, TLS (two), the upgrade, the resume. */
const ATTEMPT_ROUND_TRIPS = 5;

/**
 * How long to wait before attempt number `attempt` (0 is the first): the first at once, then 100 ms doubling to 500 ms,
 * of which a random half is left out so that those who lost one server do not all come at once.
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  if (attempt === 0) return 0;
  const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return delayMs * (1 - random / 2);
}

/** How long an attempt may take until it is given up and another one begins. */
export function attemptTimeoutMs(rttMs: number): number {
  return Math.max(SHORTEST_ATTEMPT_MS, ATTEMPT_BASE_MS + ATTEMPT_ROUND_TRIPS * rttMs);
}
