import type { RedisConnection } from '../redis/redis-connection.ts';

/** A room's state as it was published, and how long ago that was. */
export interface CachedState {
  json: string;
  ageMs: number;
}

/** What rooms have published of their state, for all nodes of a pool. */
export interface StateCache {
  /** Puts `json` in the place of what the room published before. */
  put(roomId: string, json: string): Promise<void>;
  /** What the room published still holds: it is as old as now. */
  confirm(roomId: string): Promise<void>;
  remove(roomId: string): Promise<void>;
  /** @throws {RedisUnavailableError} nobody can tell now */
  get(roomId: string): Promise<CachedState | undefined>;
}

export const STATE_KEY = 'velarium:state:';
/** A state that its room does not confirm is forgotten after this. */
export const STATE_TTL_MS = 60_000;

/** Of a node on its own. */
export class MemoryStateCache implements StateCache {
  readonly #states = new Map<string, { json: string; atMs: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(roomId: string, json: string): Promise<void> {
    this.#states.set(roomId, { json, atMs: this.#now() });
    return Promise.resolve();
  }

  confirm(roomId: string): Promise<void> {
    const state = this.#states.get(roomId);
    if (state !== undefined) state.atMs = this.#now();
    return Promise.resolve();
  }

  remove(roomId: string): Promise<void> {
    this.#states.delete(roomId);
    return Promise.resolve();
  }

  get(roomId: string): Promise<CachedState | undefined> {
    const state = this.#states.get(roomId);
    const ageMs = state === undefined ? STATE_TTL_MS : this.#now() - state.atMs;
    return Promise.resolve(ageMs < STATE_TTL_MS ? { json: state!.json, ageMs } : undefined);
  }
}

/** Ages are told by what is left of each key's time: by Redis's clock alone. */
export class RedisStateCache implements StateCache {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  async put(roomId: string, json: string): Promise<void> {
    await this.#redis.run((client) => client.set(STATE_KEY + roomId, json, 'PX', STATE_TTL_MS));
  }

  async confirm(roomId: string): Promise<void> {
    await this.#redis.run((client) => client.pexpire(STATE_KEY + roomId, STATE_TTL_MS));
  }

  async remove(roomId: string): Promise<void> {
    await this.#redis.run((client) => client.unlink(STATE_KEY + roomId));
  }

  async get(roomId: string): Promise<CachedState | undefined> {
    const replies = await this.#redis.run((client) =>
      client
        .multi()
        .get(STATE_KEY + roomId)
        .pttl(STATE_KEY + roomId)
        .exec(),
    );
    const [[, json], [, leftMs]] = replies as [[unknown, string | null], [unknown, number]];
    return json === null ? undefined : { json, ageMs: Math.max(0, STATE_TTL_MS - leftMs) };
  }
}
