import type { Point } from '../../shared/arena/bodies.ts';
import type { Sight } from '../../shared/arena/world.ts';

/** A gunner's picture is taken to be at most this old, however old he says it is. */
export const MAX_LAG_MS = 250;

/** The part of Colyseus's Rewind that is used here. */
export interface History {
  at(timeMs: number): { value(body: Point, field: 'x' | 'y'): number };
}

/**
 * Shots are tested against the targets as their gunner saw them: his page draws other ships and rocks some time behind
 * the server (half a round trip and its interpolation delay), his input travels half a round trip more. The difference
 * is measured when he fires and holds for the whole flight of the shot, so what his shot passes through on his screen
 * it passes through here. The price is the usual one: somebody who is hit may have been elsewhere, by up to 250 ms.
 */
export class LagCompensation {
  #history: History;
  #now: () => number;

  /** `now` is the room's clock, in which `history` is recorded, milliseconds. */
  constructor(history: History, now: () => number) {
    this.#history = history;
    this.#now = now;
  }

  /** `renderTimeMs`: when, on the room's clock, was what the pilot saw with this input; 0 if he did not say. */
  lagMs(renderTimeMs: number): number {
    if (!(renderTimeMs > 0)) return 0;
    return Math.min(Math.max(this.#now() - renderTimeMs, 0), MAX_LAG_MS);
  }

  readonly sight: Sight = (target, lagMs, out) => {
    const then = this.#history.at(this.#now() - lagMs);
    out.x = then.value(target, 'x');
    out.y = then.value(target, 'y');
  };
}
