import type { RedisConnection } from '../redis/redis-connection.ts';
import { RedisScript } from '../redis/redis-script.ts';

/** A room's state as it was published, and how long ago that was. */
export interface CachedState {
  json: string;
  ageMs: number;
}

/**
 * What rooms have published of their state, for all nodes of a pool. Who speaks for a room says its epoch; behind a later
 * owner nobody from before is heard.
 */
export interface StateCache {
  /** Puts `json` in the place of what the room published before. */
  put(roomId: string, epoch: number, json: string): Promise<void>;
  /** What the room published still holds: it is as old as now. */
  confirm(roomId: string, epoch: number): Promise<void>;
  remove(roomId: string, epoch: number): Promise<void>;
  /** @throws {RedisUnavailableError} nobody can tell now */
  get(roomId: string): Promise<CachedState | undefined>;
}

export const STATE_KEY = 'velarium:state:';
/** A state that its room does not confirm is forgotten after this. */
export const STATE_TTL_MS = 60_000;

/**
 * KEYS: of a room's state, which is the epoch of who published it, a space and JSON. ARGV: what to do, the epoch of who says
 * so, how long a state is remembered (ms), and what to put.
 */
const SAY = new RedisScript(`
local known = tonumber(string.match(redis.call('GETRANGE', KEYS[1], 0, 19), '^(%d+) ')) or 0
if known > tonumber(ARGV[2]) then return end
if ARGV[1] == 'put' then redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[3])
elseif ARGV[1] == 'confirm' then redis.call('PEXPIRE', KEYS[1], ARGV[3])
else redis.call('UNLINK', KEYS[1]) end`);

/** Of a node on its own. */
export class MemoryStateCache implements StateCache {
  readonly #states = new Map<string, { epoch: number; json: string; atMs: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(roomId: string, epoch: number, json: string): Promise<void> {
    if (!this.#isLater(roomId, epoch)) this.#states.set(roomId, { epoch, json, atMs: this.#now() });
    return Promise.resolve();
  }

  confirm(roomId: string, epoch: number): Promise<void> {
    const state = this.#states.get(roomId);
    if (state !== undefined && !this.#isLater(roomId, epoch)) state.atMs = this.#now();
    return Promise.resolve();
  }

  remove(roomId: string, epoch: number): Promise<void> {
    if (!this.#isLater(roomId, epoch)) this.#states.delete(roomId);
    return Promise.resolve();
  }

  /** Whether an owner from behind this epoch has spoken. */
  #isLater(roomId: string, epoch: number): boolean {
    return (this.#states.get(roomId)?.epoch ?? 0) > epoch;
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

  async put(roomId: string, epoch: number, json: string): Promise<void> {
    await this.#say('put', roomId, epoch, json);
  }

  async confirm(roomId: string, epoch: number): Promise<void> {
    await this.#say('confirm', roomId, epoch);
  }

  async remove(roomId: string, epoch: number): Promise<void> {
    await this.#say('remove', roomId, epoch);
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
    if (json === null) return undefined;
    return { json: json.slice(json.indexOf(' ') + 1), ageMs: Math.max(0, STATE_TTL_MS - leftMs) };
  }

  async #say(what: 'put' | 'confirm' | 'remove', roomId: string, epoch: number, json = ''): Promise<void> {
    await this.#redis.run((client) =>
      SAY.run(client, [STATE_KEY + roomId], [what, epoch, STATE_TTL_MS, `${epoch} ${json}`]),
    );
  }
}
