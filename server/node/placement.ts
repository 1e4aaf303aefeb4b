import { headroomOf, type NodeLoad } from './load-meter.ts';

/** A node that may be given a room. */
export interface Candidate {
  processId: string;
  load: NodeLoad;
}

export interface PlacementOptions {
  /** Monotonic milliseconds. */
  now(): number;
  /** 0 to 1. */
  random(): number;
}

/** A room is in its node's published load about this long after it was placed there: published every second, smoothed. */
const RESERVED_FOR_MS = 2_500;
/** What is remembered at most; in a burst beyond this the oldest placements are forgotten early. */
const MAX_RESERVATIONS = 4_096;
/** Nodes closer together than this part of what they have are as good as each other: which one is left to chance. */
const JITTER = 0.02;

/**
 * Says where a new room goes: to the node with the most headroom. What was placed lately counts before the node's load
 * shows it: a burst between two reports is dealt out in proportion to headroom. In proportion, since a difference is noise
 * as often as not: how late timers come varies from second to second by more than many rooms cost. Several matchmakers at
 * once are kept apart by chance.
 */
export class Placement {
  readonly #options: PlacementOptions;
  #reservations: { processId: string; untilMs: number }[] = [];

  constructor(options: PlacementOptions) {
    this.#options = options;
  }

  /** @returns the process id, or undefined where there is no candidate */
  choose(candidates: readonly Candidate[]): string | undefined {
    const nowMs = this.#options.now();
    const reserved = this.#reserved(nowMs);
    let chosen: string | undefined;
    let most = -Infinity;
    for (const { processId, load } of candidates) {
      const portion = headroomOf(load) / (1 + (reserved.get(processId) ?? 0));
      const wanted = portion * (1 + JITTER * this.#options.random());
      if (wanted > most) {
        most = wanted;
        chosen = processId;
      }
    }
    if (chosen !== undefined) this.#reservations.push({ processId: chosen, untilMs: nowMs + RESERVED_FOR_MS });
    return chosen;
  }

  /** Rooms placed lately, by node. */
  #reserved(nowMs: number): Map<string, number> {
    this.#reservations = this.#reservations.filter(({ untilMs }) => untilMs > nowMs).slice(-MAX_RESERVATIONS);
    const counts = new Map<string, number>();
    for (const { processId } of this.#reservations) counts.set(processId, (counts.get(processId) ?? 0) + 1);
    return counts;
  }
}
