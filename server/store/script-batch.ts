import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { nodeTally } from '../metrics/tally.ts';
import { asUnavailable, RedisUnavailableError } from '../redis/redis-error.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';

export type Argument = string | number | Buffer;

/** A Lua script of the store. Bytes go in and come out as they are. */
export class StoreScript {
  readonly source: Buffer;
  readonly hash: string;

  constructor(name: string) {
    const parts = ['room', name].map((part) => readFileSync(new URL(`scripts/${part}.lua`, import.meta.url), 'utf8'));
    this.source = Buffer.from(parts.join('\n'));
    this.hash = createHash('sha1').update(this.source).digest('hex');
  }
}

interface Call {
  script: StoreScript;
  keys: readonly string[];
  args: readonly Argument[];
  resolve: (reply: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Runs scripts; those that are asked for in one turn of the event loop leave together, in one write. A node has many
 * rooms, and what a write of its own costs each is most of what the journal costs.
 */
export class ScriptBatch {
  readonly #redis: RedisConnection;
  #calls: Call[] = [];

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** @returns the reply, strings in it as Buffers. @throws RedisUnavailableError */
  run(script: StoreScript, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    if (!this.#redis.health.available) return Promise.reject(new RedisUnavailableError('not connected'));
    return new Promise((resolve, reject) => {
      if (this.#calls.length === 0) setImmediate(() => this.#send());
      this.#calls.push({ script, keys, args, resolve, reject });
    });
  }

  #send(): void {
    const calls = this.#calls;
    this.#calls = [];
    const beganMs = performance.now();
    void this.#execute(calls, false);
    nodeTally.storeWrite.record(performance.now() - beganMs);
  }

  /** Never rejects. */
  async #execute(calls: readonly Call[], whole: boolean): Promise<void> {
    const pipeline = this.#redis.client.pipeline();
    for (const { script, keys, args } of calls) {
      if (whole) pipeline.callBuffer('EVAL', [script.source, keys.length, ...keys, ...args]);
      else pipeline.callBuffer('EVALSHA', [script.hash, keys.length, ...keys, ...args]);
    }
    const unknown: Call[] = [];
    try {
      const results = (await pipeline.exec())!;
      for (const [i, call] of calls.entries()) {
        const [error, reply] = results[i]!;
        if (error === null) call.resolve(reply);
        else if (!whole && error.message.startsWith('NOSCRIPT')) unknown.push(call);
        else call.reject(asUnavailable(error));
      }
    } catch (error) {
      for (const call of calls) call.reject(asUnavailable(error));
    }
    if (unknown.length > 0) await this.#execute(unknown, true);
  }
}
