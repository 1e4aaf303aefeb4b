import { Liveness, QUIET, TICKING } from './liveness.ts';
import type { Timers } from './timers.ts';

/** How often the round trip is measured in a room that ticks. */
const PING_EVERY_MS = 1_000;

interface HeartbeatEvents {
  /** The peer is to be asked; the time now goes with it. */
  ping(nowMs: number): void;
  /** There was silence for too long. */
  lost(): void;
}

/** Looks for silence on a connection and measures its round trip, from its join to its end. PROTOCOL.md S10. */
export class Heartbeat {
  readonly #timers: Timers;
  readonly #events: HeartbeatEvents;
  #liveness: Liveness | undefined;
  #timer: unknown;
  #pingedAtMs = 0;

  constructor(timers: Timers, events: HeartbeatEvents) {
    this.#timers = timers;
    this.#events = events;
  }

  get running(): boolean {
    return this.#liveness !== undefined;
  }

  /** @param ticking whether the room ticks, and so is never silent for long */
  begin(ticking: boolean): void {
    this.#liveness = new Liveness(ticking ? TICKING : QUIET, this.#timers.now());
    this.#watch();
    this.#ping();
  }

  end(): void {
    this.#timers.clearTimeout(this.#timer);
    this.#liveness = undefined;
  }

  heard(): void {
    this.#liveness?.heard(this.#timers.now());
  }

  checkNow(): void {
    const verdict = this.#liveness?.check(this.#timers.now());
    if (verdict === 'lost') this.#events.lost();
    else if (verdict === 'ask') this.#ping();
  }

  #watch(): void {
    this.#timers.clearTimeout(this.#timer);
    const liveness = this.#liveness!;
    this.#timer = this.#timers.setTimeout(() => {
      this.checkNow();
      if (this.#liveness !== liveness) return; // the check, or whoever heard of it, ended this
      if (liveness.rules === TICKING && this.#timers.now() - this.#pingedAtMs >= PING_EVERY_MS) this.#ping();
      this.#watch();
    }, liveness.rules.checkEveryMs);
  }

  #ping(): void {
    this.#pingedAtMs = this.#timers.now();
    this.#events.ping(this.#pingedAtMs);
  }
}
