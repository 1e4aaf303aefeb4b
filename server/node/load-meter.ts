/** How busy a node is. Shares are of one core's time, since it works on one thread. */
export interface NodeLoad {
  /** Time spent in ticks of rooms: 0 to 1. */
  tickShare: number;
  /** Time in which the event loop had something to do, ticks included: 0 to 1. */
  loopShare: number;
  /** 99th percentile of how late timers came, in milliseconds. */
  lagMs: number;
  rooms: number;
  clients: number;
}

/** What a {@link LoadMeter} reads. */
export interface LoadSources {
  /** Monotonic milliseconds. */
  now(): number;
  /** Milliseconds spent in ticks since the start. */
  tickMs(): number;
  /** Milliseconds in which the event loop was active since the start. */
  activeMs(): number;
  /** How late timers came since the last call, in milliseconds. */
  takeLagMs(): LagMs;
  count(): { rooms: number; clients: number };
}

export interface LagMs {
  p50: number;
  p99: number;
  max: number;
}

/** Over how long shares are taken: at each sample half of what was known before is kept. */
const KEEP = 0.5;

/** Measures a node's load from one {@link sample} to the next, smoothed over about two of them. */
export class LoadMeter {
  readonly #sources: LoadSources;
  #atMs: number;
  #tickMs: number;
  #activeMs: number;
  #load: NodeLoad = { tickShare: 0, loopShare: 0, lagMs: 0, rooms: 0, clients: 0 };
  #lag: LagMs = { p50: 0, p99: 0, max: 0 };

  constructor(sources: LoadSources) {
    this.#sources = sources;
    this.#atMs = sources.now();
    this.#tickMs = sources.tickMs();
    this.#activeMs = sources.activeMs();
  }

  get load(): NodeLoad {
    return this.#load;
  }

  /** Of the last sample alone. */
  get lag(): LagMs {
    return this.#lag;
  }

  /** Call it about once a second. */
  sample(): NodeLoad {
    const { now, tickMs, activeMs, takeLagMs, count } = this.#sources;
    const [nowMs, tickNowMs, activeNowMs] = [now(), tickMs(), activeMs()];
    const elapsedMs = nowMs - this.#atMs;
    if (elapsedMs <= 0) return this.#load;
    this.#lag = takeLagMs();
    const before = this.#load;
    this.#load = {
      tickShare: blend(before.tickShare, clampShare((tickNowMs - this.#tickMs) / elapsedMs)),
      loopShare: blend(before.loopShare, clampShare((activeNowMs - this.#activeMs) / elapsedMs)),
      lagMs: blend(before.lagMs, this.#lag.p99),
      ...count(),
    };
    this.#atMs = nowMs;
    this.#tickMs = tickNowMs;
    this.#activeMs = activeNowMs;
    return this.#load;
  }
}

const blend = (before: number, now: number): number => KEEP * before + (1 - KEEP) * now;
const clampShare = (share: number): number => Math.min(1, Math.max(0, share));

/** Timers this late, in milliseconds, halve the headroom: two ticks at 60 Hz. */
const HALVING_LAG_MS = 2 * (1_000 / 60);
/** Not nothing, so that of nodes that have no time left the one that waits least is still to be told. */
const LEAST_SHARE = 0.02;

/**
 * What a node has left: 1 idle, next to 0 full. Ticks and whatever else its thread does count as what they take; timers
 * that come late say that the machine has less to give than the process believes it has not used.
 */
export function headroomOf({ tickShare, loopShare, lagMs }: NodeLoad): number {
  return Math.max(LEAST_SHARE, 1 - Math.max(tickShare, loopShare)) / (1 + lagMs / HALVING_LAG_MS);
}
