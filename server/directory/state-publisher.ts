import type { LoopClock } from '../room/tick-loop.ts';
import type { StateCache } from './state-cache.ts';

/** A room as far as the publisher needs it; LiveRoom is one. */
export interface PublishingRoom {
  readonly roomId: string;
  readonly publishStateMs: number;
  /** Moves with each change of the state. */
  readonly stateVersion: number;
  /** Of its owner. */
  readonly epoch: number;
  publishedState(): unknown;
}

/** The largest state that is published, as JSON. */
export const MAX_STATE_BYTES = 262_144;
/** How often rooms are looked over for what is due. */
const LOOK_EVERY_MS = 100;
/** How often a state that does not change is confirmed. */
const CONFIRM_EVERY_MS = 5_000;

/** How long a state that could not be published is left alone: writing it costs a tick's time, and it will be as large. */
const TRY_AGAIN_AFTER_MS = 30_000;

interface Published {
  version: number;
  epoch: number;
  atMs: number;
  /** Its state was too large, and that has been told. */
  told: boolean;
}

/** Publishes the state of rooms that want it: when it has changed, and no more often than each of them says. */
export class StatePublisher {
  readonly #cache: StateCache;
  readonly #rooms: Iterable<PublishingRoom>;
  readonly #clock: LoopClock;
  readonly #warn: (roomId: string, detail: string) => void;
  readonly #published = new Map<string, Published>();
  #timer: unknown;

  constructor(
    cache: StateCache,
    rooms: Iterable<PublishingRoom>,
    clock: LoopClock,
    warn: (roomId: string, detail: string) => void,
  ) {
    this.#cache = cache;
    this.#rooms = rooms;
    this.#clock = clock;
    this.#warn = warn;
    this.#arm();
  }

  /** The room is over, and so is what it published. */
  forget(roomId: string): void {
    const published = this.#published.get(roomId);
    if (published === undefined) return;
    this.#published.delete(roomId);
    this.#cache.remove(roomId, published.epoch).catch(() => {}); // it runs out
  }

  /** All is published anew: Redis may have lost it. */
  renew(): void {
    // Not forgotten: what was published before is still to be removed with its room.
    for (const published of this.#published.values()) Object.assign(published, { version: NaN, atMs: -Infinity });
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => {
      for (const room of this.#rooms) this.#look(room);
      this.#arm();
    }, LOOK_EVERY_MS);
  }

  #look(room: PublishingRoom): void {
    const { roomId, publishStateMs, stateVersion: version, epoch } = room;
    if (!(publishStateMs > 0)) return;
    const nowMs = this.#clock.now();
    const before = this.#published.get(roomId);
    const sinceMs = nowMs - (before?.atMs ?? -Infinity);
    if (sinceMs < (before?.told ? Math.max(TRY_AGAIN_AFTER_MS, publishStateMs) : publishStateMs)) return;
    if (before?.version === version) {
      if (before.told || sinceMs < Math.max(CONFIRM_EVERY_MS, publishStateMs)) return;
      before.atMs = nowMs;
      this.#cache.confirm(roomId, epoch).catch(() => {}); // Redis is away: its return is told
      return;
    }
    const json = this.#write(room);
    const isTold = before?.told ?? false;
    if (typeof json !== 'string' && !isTold) this.#warn(roomId, json.problem);
    this.#published.set(roomId, { version, epoch, atMs: nowMs, told: typeof json !== 'string' });
    if (typeof json === 'string') this.#cache.put(roomId, epoch, json).catch(() => {});
  }

  #write(room: PublishingRoom): string | { problem: string } {
    try {
      const json = JSON.stringify(room.publishedState()) ?? 'null';
      const bytes = Buffer.byteLength(json);
      return bytes <= MAX_STATE_BYTES ? json : { problem: `${bytes} bytes of at most ${MAX_STATE_BYTES}` };
    } catch (error) {
      return { problem: String(error) };
    }
  }
}
