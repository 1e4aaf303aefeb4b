/** When a node counts as lost, when it stops by itself, and who takes over what how soon. All in milliseconds. */
export interface FailoverTimings {
  /** Between two beats of a node, give or take a twentieth. */
  beatMs: number;
  /** A node whose counter stood still for so long is lost. */
  lostMs: number;
  /** The same, at most, of a node whose beats are late these days. */
  mostLostMs: number;
  /** It is lost when it is late by this many times as much as it was at least twice in {@link lateForMs}. */
  lateFactor: number;
  lateForMs: number;
  /** The same where no other counter moves either and nobody asked the nodes: perhaps it is not them. */
  aloneMs: number;
  /** The same where the node's machine says that nothing listens there any more. */
  refusedMs: number;
  /** A counter that stood still for so long is reason enough to ask the node itself. */
  suspectMs: number;
  /** Between two such questions to one node. */
  askEveryMs: number;
  /** Where answers come further apart than this, or take longer, what was observed until then proves nothing. */
  voidMs: number;
  /** A node that has observed undisturbed for less than this holds nobody lost within the next 400 ms. */
  watchMs: number;
  /** A node stops by itself so long after it sent the last beat that was answered. */
  fenceMs: number;
  /** A room's second candidate waits so long for the first, the third for the second, and so on. */
  staggerMs: number;
  /** Between two searches for rooms that belong to no living node. */
  sweepMs: number;
  /**
   * A room that was taken over and runs for so long is not what ended its node. Less, and one that ends each node that it
   * comes to soon after goes round for ever; more, and one whose nodes die for reasons of their own is given up.
   */
  soundMs: number;
}

export const FAILOVER_TIMINGS: FailoverTimings = {
  beatMs: 150,
  lostMs: 600,
  mostLostMs: 1_200,
  lateFactor: 10,
  lateForMs: 30_000,
  aloneMs: 900,
  refusedMs: 250,
  suspectMs: 300,
  askEveryMs: 250,
  voidMs: 300,
  watchMs: 200,
  fenceMs: 400,
  staggerMs: 40,
  sweepMs: 3_000,
  soundMs: 3_000,
};

/** How far a timer is moved at most, as a part of itself, either way: nodes that started together drift apart. */
const JITTER = 0.05;

/** The longest that it becomes by that. */
export const longest = (delayMs: number): number => delayMs * (1 + JITTER);

/** `random` is 0 to 1. */
export const jittered = (delayMs: number, random: number): number => delayMs * (1 - JITTER + 2 * JITTER * random);
