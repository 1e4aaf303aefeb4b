import { setTimeout as pause } from 'node:timers/promises';
import { MoveError } from './move-error.ts';

/** Rooms that move at once. Few: each of them is a keyframe and a connection for each of its clients. */
const AT_ONCE = 1;
/** Between two rooms their clients have so long to arrive, as far as the time for all of them allows it. */
const ARRIVE_MS = 150;
/** A room that could not be moved is tried again so soon. */
const AGAIN_MS = 250;

export interface EvacuationOptions {
  /** Ids of the rooms that are here and can be elsewhere. */
  rooms(): string[];
  /** @returns process id of the node that the next room goes to; undefined where none takes rooms */
  choose(): string | undefined;
  /** @throws {MoveError} */
  move(roomId: string, to: string): Promise<void>;
  /** Writes the room down, and lets it go: it is nobody's, until a node takes it over. */
  leave(roomId: string): Promise<void>;
  /** Monotonic milliseconds. */
  now(): number;
  failed(roomId: string, error: unknown): void;
}

export interface Evacuated {
  moved: number;
  /** Left to the store, since no node takes rooms. */
  left: number;
  /** Ids of those that were to be moved when the time was over. They are left to the store as well. */
  givenUp: string[];
}

/** Moves all rooms of a node that is to end. */
export class Evacuation {
  readonly #options: EvacuationOptions;
  readonly #moving = new Set<string>();
  readonly #hurry = new AbortController();
  #moved = 0;

  constructor(options: EvacuationOptions) {
    this.#options = options;
  }

  /** The time is over. */
  hurry(): void {
    this.#hurry.abort();
  }

  /** Never rejects. */
  async run(graceMs: number): Promise<Evacuated> {
    const { rooms, choose, leave, now, failed } = this.#options;
    const deadlineMs = now() + graceMs;
    const isOver = (): boolean => this.#hurry.signal.aborted || now() >= deadlineMs;
    const over = this.#over(graceMs);
    await Promise.race([over, Promise.all(Array.from({ length: AT_ONCE }, () => this.#work(deadlineMs, isOver)))]);
    const here = rooms();
    const givenUp = isOver() && choose() !== undefined ? here : [];
    await Promise.all(here.map((roomId) => leave(roomId).catch((error: unknown) => failed(roomId, error))));
    return { moved: this.#moved, left: here.length - givenUp.length, givenUp };
  }

  /** Moves one room after the other until there is none, or nobody who takes one. */
  async #work(deadlineMs: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const roomId = this.#options.rooms().find((id) => !this.#moving.has(id));
      if (roomId === undefined && this.#moving.size === 0) return;
      const to = roomId === undefined ? undefined : this.#options.choose();
      if (roomId !== undefined && to === undefined) return;
      if (roomId === undefined) await this.#wait(AGAIN_MS / 5);
      else await this.#wait((await this.#move(roomId, to!)) ? this.#pauseMs(deadlineMs) : AGAIN_MS);
    }
  }

  /** At most half of the time that is left is spent so. */
  #pauseMs(deadlineMs: number): number {
    const { rooms, now } = this.#options;
    const left = rooms().length;
    return left === 0 ? 0 : Math.max(0, Math.min(ARRIVE_MS, (AT_ONCE * (deadlineMs - now())) / (2 * left)));
  }

  async #move(roomId: string, to: string): Promise<boolean> {
    this.#moving.add(roomId);
    try {
      await this.#options.move(roomId, to);
      this.#moved++;
      return true;
    } catch (error) {
      if (!(error instanceof MoveError) || error.code !== 'not-here') this.#options.failed(roomId, error);
      return false;
    } finally {
      this.#moving.delete(roomId);
    }
  }

  async #wait(delayMs: number): Promise<void> {
    await pause(delayMs, undefined, { signal: this.#hurry.signal }).catch(() => {});
  }

  #over(graceMs: number): Promise<void> {
    return pause(graceMs, undefined, { signal: this.#hurry.signal, ref: false }).catch(() => {});
  }
}
