import { FORGET_MS } from './beat-board.ts';
import type { BeatBoard, OwnBeat, SeenBeat } from './beat-board.ts';

/** The board of nodes that live in one process. */
export class MemoryBeatBoard implements BeatBoard {
  readonly #now: () => number;
  readonly #beats = new Map<string, OwnBeat & { atMs: number; left: boolean }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  beat(own: OwnBeat): Promise<readonly SeenBeat[]> {
    this.#write(own, false);
    const nowMs = this.#now();
    const seen: SeenBeat[] = [];
    for (const { atMs, ...beat } of this.#beats.values()) {
      const ageMs = nowMs - atMs;
      if (ageMs > FORGET_MS) this.#beats.delete(beat.key);
      else seen.push({ ...beat, ageMs });
    }
    return Promise.resolve(seen);
  }

  leave(key: string, count: number): Promise<void> {
    this.#write({ key, count, weight: 0 }, true);
    return Promise.resolve();
  }

  #write({ key, count, weight }: OwnBeat, left: boolean): void {
    const held = this.#beats.get(key);
    if (held !== undefined && (held.left || held.count > count)) return;
    const atMs = held?.count === count ? held.atMs : this.#now();
    this.#beats.set(key, { key, count, weight, left, atMs });
  }
}
