import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

type Argument = string | number;

/** A Lua script, sent by its hash, and whole to a Redis that does not know it (one that was restarted, for one). */
export class RedisScript {
  readonly #source: string;
  readonly #hash: string;

  constructor(source: string) {
    this.#source = source;
    this.#hash = createHash('sha1').update(source).digest('hex');
  }

  /** `parts` in their order, so that scripts can share functions. */
  static load(...parts: URL[]): RedisScript {
    return new RedisScript(parts.map((part) => readFileSync(part, 'utf8')).join('\n'));
  }

  async run(redis: Redis, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.#hash, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await redis.eval(this.#source, keys.length, ...keys, ...args);
    }
  }
}
