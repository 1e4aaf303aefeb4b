import type { RedisConnection } from '../redis/redis-connection.ts';
import { RedisScript } from '../redis/redis-script.ts';
import { FORGET_MS } from './beat-board.ts';
import type { BeatBoard, OwnBeat, SeenBeat } from './beat-board.ts';

/** Hash of all beats; what its fields are is told in scripts/beat.lua. */
export const BEATS_KEY = 'velarium:beats';
/** Of a member's key and what is told of it, in turn. */
const PARTS = 5;

const BEAT = RedisScript.load(new URL('scripts/beat.lua', import.meta.url));

/** The board of a pool: one hash in Redis, written and read by one script. */
export class RedisBeatBoard implements BeatBoard {
  readonly #redis: RedisConnection;

  /** Best on a connection of its own, which gives up soon and has no large answers in front. */
  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** @throws RedisUnavailableError */
  async beat(own: OwnBeat): Promise<readonly SeenBeat[]> {
    const answer = await this.#run(own, 0);
    const seen: SeenBeat[] = [];
    for (let i = 0; i + PARTS <= answer.length; i += PARTS) {
      const [key, count, weight, left, ageMs] = answer.slice(i, i + PARTS) as [string, number, number, number, number];
      seen.push({ key, count, weight, left: left === 1, ageMs });
    }
    return seen;
  }

  /** @throws RedisUnavailableError */
  async leave(key: string, count: number): Promise<void> {
    await this.#run({ key, count, weight: 0 }, 1);
  }

  async #run({ key, count, weight }: OwnBeat, left: 0 | 1): Promise<(string | number)[]> {
    const args = [key, count, weight, left, FORGET_MS];
    return (await this.#redis.run((client) => BEAT.run(client, [BEATS_KEY], args))) as (string | number)[];
  }
}
