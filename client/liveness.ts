/** When silence on a connection means that it is gone, in milliseconds. */
export interface LivenessRules {
  /** After this much silence the peer is asked; undefined: it is never asked. */
  askAfterMs: number | undefined;
  /** After this much silence (since it was asked, if it is asked) the connection counts as lost. */
  lostAfterMs: number;
  /** How often to look. */
  checkEveryMs: number;
}

/** A room that ticks is never silent for longer than a quarter of a second. */
export const TICKING: LivenessRules = { askAfterMs: undefined, lostAfterMs: 1_000, checkEveryMs: 100 };
/** Any other room: a heartbeat. */
export const QUIET: LivenessRules = { askAfterMs: 30_000, lostAfterMs: 10_000, checkEveryMs: 1_000 };

/** How long a peer has to be heard after this side was asleep (a hidden tab, a closed lid). */
const WAKE_UP_GRACE_MS = 300;

export type Verdict = 'alive' | 'ask' | 'lost';

/** Judges silence. Pure: the time comes with each call, and a check that comes late means that we slept, not the peer. */
export class Liveness {
  readonly rules: LivenessRules;
  #heardAtMs = 0;
  #checkedAtMs = 0;
  #askedAtMs: number | undefined;

  constructor(rules: LivenessRules, nowMs: number) {
    this.rules = rules;
    this.#heardAtMs = this.#checkedAtMs = nowMs;
  }

  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#askedAtMs = undefined;
  }

  check(nowMs: number): Verdict {
    const { askAfterMs, lostAfterMs, checkEveryMs } = this.rules;
    const slept = nowMs - this.#checkedAtMs > 3 * checkEveryMs + WAKE_UP_GRACE_MS;
    this.#checkedAtMs = nowMs;
    if (slept) this.#forgive(nowMs);

    if (askAfterMs === undefined) return nowMs - this.#heardAtMs >= lostAfterMs ? 'lost' : 'alive';
    if (this.#askedAtMs !== undefined) return nowMs - this.#askedAtMs >= lostAfterMs ? 'lost' : 'alive';
    if (nowMs - this.#heardAtMs < askAfterMs) return 'alive';
    this.#askedAtMs = nowMs;
    return 'ask';
  }

  /** What arrived while we slept may still wait to be delivered: the verdict is put off by a moment. */
  #forgive(nowMs: number): void {
    const { lostAfterMs } = this.rules;
    const earliest = nowMs - lostAfterMs + WAKE_UP_GRACE_MS;
    this.#heardAtMs = Math.max(this.#heardAtMs, earliest);
    if (this.#askedAtMs !== undefined) this.#askedAtMs = Math.max(this.#askedAtMs, earliest);
  }
}
