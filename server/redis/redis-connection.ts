import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { asUnavailable, RedisUnavailableError } from './redis-error.ts';
import { RedisHealth } from './redis-health.ts';
import type { RedisChange } from './redis-health.ts';

/** Names this data set. A Redis without it, or with another, is not the one that the pool wrote to. */
const INCARNATION_KEY = 'velarium:incarnation';

export interface RedisTimeouts {
  /** For a connection to open. Default 1,000. */
  connectTimeoutMs: number;
  /** For one command; past it Redis counts as away. Default 1,000. */
  commandTimeoutMs: number;
  /** Between two questions whether Redis is there. Default 500. */
  checkMs: number;
  /** Longest pause between two attempts to connect. Default 250: two of them and a connection fit into a second. */
  reconnectMaxMs: number;
}

export const REDIS_TIMEOUTS: RedisTimeouts = {
  connectTimeoutMs: 1_000,
  commandTimeoutMs: 1_000,
  checkMs: 500,
  reconnectMaxMs: 250,
};

/** Where one line a loss and one a return go. pino's logger is one. */
export interface RedisLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://` (TLS), with user and password if there are any. Never logged. */
  uri: string;
  timeouts?: Partial<RedisTimeouts>;
  log?: RedisLog;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/**
 * What ioredis has to be told to fail soon instead of waiting and repeating:
 * as it comes, a command to a machine that went silent waits for ever, one to a Redis that is away is retried for ten
 * seconds, and writes that were under way are sent again on the next connection, whatever happened in between.
 */
export function redisOptions({ connectTimeoutMs, commandTimeoutMs, reconnectMaxMs }: RedisTimeouts): RedisOptions {
  return {
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    // What was sent on a connection that closed, and what would have to wait for one, is rejected at once.
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // PoolPresence knows what is subscribed to; ioredis would bring back what was given up meanwhile.
    autoResubscribe: false,
    retryStrategy: (attempt) => Math.min(50 * attempt, reconnectMaxMs * (0.5 + Math.random() / 2)),
    noDelay: true,
    keepAlive: 5_000,
    lazyConnect: true,
  };
}

/**
 * One connection for commands, and the knowledge whether Redis is there.
 *
 * It connects again for as long as it is open. Redis is asked twice a second; one that does not answer in time counts
 * as away, and until it is back {@link run} refuses at once instead of making every caller wait.
 */
export class RedisConnection {
  readonly client: Redis;
  readonly health = new RedisHealth();
  readonly timeouts: RedisTimeouts;
  readonly #log: RedisLog | undefined;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #checking = false;
  #lastError = '';
  #lostAtMs: number;

  constructor({ uri, timeouts, log, now = () => performance.now() }: RedisConnectionOptions) {
    this.timeouts = { ...REDIS_TIMEOUTS, ...timeouts };
    this.#log = log;
    this.#now = now;
    this.#lostAtMs = now();
    this.client = new Redis(uri, redisOptions(this.timeouts));
    // Without a listener ioredis prints each failed attempt; here it is one line for all of them.
    this.client.on('error', (error: Error) => (this.#lastError = error.message || String(error)));
    this.client.on('ready', () => void this.#check(true));
    this.client.on('close', () => this.#lost(this.#lastError || 'connection closed'));
  }

  /** Starts to connect. Resolves when Redis answered for the first time. @throws RedisUnavailableError not in time */
  async open(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let stop = (): void => {};
    const answered = new Promise<void>((resolve, reject) => {
      stop = this.health.subscribe(({ available }) => available && resolve());
      timer = setTimeout(() => reject(new RedisUnavailableError(this.#lastError || 'no answer')), timeoutMs);
    });
    this.client.connect().catch((error: Error) => (this.#lastError = error.message || String(error)));
    this.#schedule();
    try {
      await answered;
    } finally {
      clearTimeout(timer);
      stop();
    }
  }

  /** Runs commands. @throws RedisUnavailableError Redis is away, or did not answer in time */
  async run<T>(commands: (client: Redis) => Promise<T>): Promise<T> {
    if (!this.health.available) throw new RedisUnavailableError(this.#lastError || 'not connected');
    try {
      return await commands(this.client);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  /** Ends the connection for good. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.client.disconnect();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#check(false).then(() => this.#schedule()), this.timeouts.checkMs);
    this.#timer.unref();
  }

  /** Never rejects. */
  async #check(isNew: boolean): Promise<void> {
    // A question under way belongs to the connection that went, when there is a new one.
    if (this.client.status !== 'ready' || (this.#checking && !isNew)) return;
    this.#checking = true;
    const startMs = this.#now();
    try {
      const [runId, incarnation] = await Promise.all([
        isNew || this.health.runId === undefined ? this.#runId() : this.health.runId,
        this.#incarnation(),
      ]);
      if (!this.#closed) this.#answered(this.health.answered(this.#now() - startMs, incarnation, runId));
    } catch (error) {
      this.#lastError = (error as Error).message;
      this.#lost(this.#lastError);
      // Nobody answers on a connection that looks open: a new one finds out sooner than the kernel does.
      if (this.client.status === 'ready' && !this.#closed) this.client.disconnect(true);
    } finally {
      this.#checking = false;
    }
  }

  async #runId(): Promise<string> {
    return /^run_id:(\w+)/m.exec(await this.client.info('server'))?.[1] ?? 'unknown';
  }

  async #incarnation(): Promise<string> {
    const own = randomUUID();
    return ((await this.client.call('SET', INCARNATION_KEY, own, 'NX', 'GET')) as string | null) ?? own;
  }

  #answered(change: RedisChange | undefined): void {
    if (change === undefined) return;
    const awayMs = Math.round(this.#now() - this.#lostAtMs);
    const { restarted, emptied } = change;
    this.#log?.info({ awayMs, restarted, emptied, runId: this.health.runId }, 'redis answers');
    this.#lastError = '';
  }

  #lost(reason: string): void {
    if (this.health.lost() === undefined || this.#closed) return;
    this.#lostAtMs = this.#now();
    this.#log?.warn({ reason }, 'redis does not answer');
  }
}
