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
/** What a room costs where no node has any yet: a fiftieth of a core. */
const FIRST_ROOM_SHARE = 0.02;
const ROOM_SHARE = { least: 0.002, most: 0.2 };
/** Nodes closer together than this are as good as each other: which one is left to chance. */
const JITTER = 0.02;

/**
 * Says where a new room goes: to the node with the most headroom. What was placed lately counts before the node's load
 * shows it, so that a burst between two reports spreads; several matchmakers at once are kept apart by chance.
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
    const roomShare = roomShareOf(candidates);
    let chosen: string | undefined;
    let most = -Infinity;
    for (const { processId, load } of candidates) {
      const promised = (reserved.get(processId) ?? 0) * roomShare;
      const headroom = headroomOf(load) - promised + JITTER * this.#options.random();
      if (headroom > most) {
        most = headroom;
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

/** What a room costs on average, as a share of a core. */
function roomShareOf(candidates: readonly Candidate[]): number {
  let share = 0;
  let rooms = 0;
  for (const { load } of candidates) {
    share += Math.max(load.tickShare, load.loopShare);
    rooms += load.rooms;
  }
  if (rooms === 0) return FIRST_ROOM_SHARE;
  return Math.min(ROOM_SHARE.most, Math.max(ROOM_SHARE.least, share / rooms));
}
