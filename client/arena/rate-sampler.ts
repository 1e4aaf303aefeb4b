import type { NetReading } from './net-reading.ts';

/** One point of every line of the net graph. Rates are per second; NaN where nothing is known. */
export interface NetPoint {
  rttMs: number;
  jitterMs: number;
  updatesPerSecond: number;
  messagesPerSecond: number;
  bytesInPerSecond: number;
  bytesOutPerSecond: number;
  bytesPerMessage: number;
  correctionsPerSecond: number;
}

/** Turns counters that only grow into rates between two readings. */
export class RateSampler {
  #lastMs = NaN;
  #last: NetReading | undefined;

  /** @returns undefined at the first reading, and while no time has passed */
  sample(nowMs: number, reading: NetReading): NetPoint | undefined {
    const last = this.#last;
    const seconds = (nowMs - this.#lastMs) / 1000;
    if (last !== undefined && !(seconds > 0)) return undefined;
    this.#last = reading;
    this.#lastMs = nowMs;
    if (last === undefined) return undefined;

    const bytes = growth(last.bytesIn, reading.bytesIn);
    const messages = growth(last.messagesIn, reading.messagesIn);
    return {
      rttMs: reading.rttMs,
      jitterMs: reading.jitterMs,
      updatesPerSecond: growth(last.updates, reading.updates) / seconds,
      messagesPerSecond: messages / seconds,
      bytesInPerSecond: bytes / seconds,
      bytesOutPerSecond: growth(last.bytesOut, reading.bytesOut) / seconds,
      bytesPerMessage: messages > 0 ? bytes / messages : NaN,
      correctionsPerSecond: growth(last.corrections, reading.corrections) / seconds,
    };
  }
}

/** A counter that went back was started anew: its value is its growth. */
function growth(before: number, now: number): number {
  return now >= before ? now - before : now;
}
