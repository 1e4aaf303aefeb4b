import { RedisPresence } from '@colyseus/redis-presence';
import type { Redis } from 'ioredis';
import type { RedisConnection } from './redis-connection.ts';
import { asUnavailable, RedisUnavailableError, UNAVAILABLE } from './redis-error.ts';

type Callback = Parameters<RedisPresence['subscribe']>[1];

export interface PoolPresenceOptions {
  redis: RedisConnection;
  /** A request went to this channel and nobody listens there: the node that owns it is gone, or cut off. */
  onNobody?: (channel: string) => void;
  /** Between two questions whether the connection that subscribes still lives. Default 1,000. */
  checkMs?: number;
}

/** What core keeps of its own in Redis. Each value is a hint that is renewed, and not worth failing for. */
const CORE_HINTS = /^(roomcount$|ch:|swept:)/;
/** Channels on which a node or a room takes requests. */
const REQUESTS = /^(p:|\$)/;
/** A listener whose connection just broke is back within this. */
const SECOND_TRY_MS = 250;

/** Core's marks on the answer to a request. */
const ANSWER_ERROR = 1;
/** By this message core knows that the other side is not there; it then turns to another room or node. */
const NOT_THERE = 'ipc_timeout';

/** Says that it is all right if nobody listens to a rejection. Who awaits the promise still gets it. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/**
 * Core's presence over Redis, for a Redis that goes and comes back.
 *
 * Core leaves many of these promises to themselves, and a rejection that nobody handles ends the process: one client
 * that leaves during an outage is enough. Here such a promise is taken care of, and rejects at once for whoever awaits
 * it. Subscriptions are kept whatever happens and made (again) when Redis is there; a request to another node that
 * cannot be sent, or that nobody is there to take, is answered with an error instead of being waited for.
 */
export class PoolPresence extends RedisPresence {
  // No #private names: core hands rooms an object that has this one as its prototype.
  private readonly redis: RedisConnection;
  private readonly onNobody: ((channel: string) => void) | undefined;
  private readonly timer: NodeJS.Timeout;
  private readonly secondTries = new Set<NodeJS.Timeout>();
  private closed = false;

  constructor({ redis, onNobody, checkMs = 1_000 }: PoolPresenceOptions) {
    const before = redis.client.listeners('error');
    super(redis.client);
    // The base class logs every failed attempt, of both connections; the connection logs one loss and one return.
    for (const listener of redis.client.listeners('error')) {
      if (!before.includes(listener)) redis.client.off('error', listener as () => void);
    }
    this.sub.removeAllListeners('error').on('error', () => {});
    this.redis = redis;
    this.onNobody = onNobody;
    this.timer = setInterval(() => void this.checkSubscriber(), checkMs);
    this.timer.unref();
  }

  /** Connects what subscribes. @throws RedisUnavailableError */
  async open(): Promise<void> {
    await (this.sub as Redis).connect().catch((error: unknown) => {
      throw new RedisUnavailableError(error);
    });
  }

  /** Never rejects: the subscription holds from when Redis is there. */
  override async subscribe(topic: string, callback: Callback): Promise<this> {
    this.subscriptions.addListener(topic, callback);
    if (this.sub.listenerCount('message') === 0) this.sub.on('message', this.handleSubscription);
    await this.sub.subscribe(topic).catch(() => this.reconnectSubscriber());
    return this;
  }

  /** Never rejects: a connection that is gone has no subscriptions. */
  override async unsubscribe(topic: string, callback?: Callback): Promise<this> {
    if (callback) this.subscriptions.removeListener(topic, callback);
    else this.subscriptions.removeAllListeners(topic);
    if (this.subscriptions.listenerCount(topic) === 0) await this.sub.unsubscribe(topic).catch(() => {});
    return this;
  }

  override publish(topic: string, data: unknown): Promise<void> {
    return handled(this.send(topic, data));
  }

  override channels(pattern = '*') {
    return this.command((client) => client.pubsub('CHANNELS', pattern) as Promise<string[]>);
  }
  override exists(key: string) {
    return this.command(async (client) => (await client.exists(key)) === 1);
  }
  override set(key: string, value: string) {
    return this.command((client) => client.set(key, value));
  }
  override setex(key: string, value: string, seconds: number) {
    return this.command((client) => client.setex(key, seconds, value));
  }
  override expire(key: string, seconds: number) {
    return this.command((client) => client.expire(key, seconds));
  }
  override get(key: string) {
    return this.command((client) => client.get(key));
  }
  override del(key: string) {
    return this.command((client) => client.del(key));
  }
  override sadd(key: string, value: string | number) {
    return this.command((client) => client.sadd(key, value));
  }
  override smembers(key: string) {
    return this.command((client) => client.smembers(key));
  }
  override sismember(key: string, value: string) {
    return this.command((client) => client.sismember(key, value));
  }
  override srem(key: string, value: string | number) {
    return this.command((client) => client.srem(key, value));
  }
  override scard(key: string) {
    return this.command((client) => client.scard(key));
  }
  override sinter(...keys: string[]) {
    return this.command((client) => client.sinter(...keys));
  }
  override hset(key: string, field: string, value: string) {
    return this.command(async (client) => (await client.hset(key, field, value)) > 0, hintOf(key, false));
  }
  override hincrby(key: string, field: string, value: number) {
    return this.command((client) => client.hincrby(key, field, value));
  }
  override hget(key: string, field: string) {
    // The base class does not say that there may be none.
    return this.command((client) => client.hget(key, field) as Promise<string>);
  }
  override hgetall(key: string) {
    return this.command((client) => client.hgetall(key));
  }
  override hdel(key: string, field: string) {
    return this.command(async (client) => (await client.hdel(key, field)) > 0, hintOf(key, false));
  }
  override hlen(key: string) {
    return this.command((client) => client.hlen(key));
  }
  override incr(key: string) {
    return this.command((client) => client.incr(key));
  }
  override decr(key: string) {
    return this.command((client) => client.decr(key));
  }
  override llen(key: string) {
    return this.command((client) => client.llen(key));
  }
  override rpush(key: string, ...values: string[]) {
    return this.command((client) => client.rpush(key, ...values));
  }
  override lpush(key: string, ...values: string[]) {
    return this.command((client) => client.lpush(key, ...values));
  }
  override rpop(key: string) {
    return this.command((client) => client.rpop(key));
  }
  override lpop(key: string) {
    return this.command((client) => client.lpop(key));
  }

  /** Core counts with it who waits for the same room to be made, in places where a rejection would end the process. */
  override hincrbyex(key: string, field: string, value: number, expireInSeconds: number): Promise<number> {
    return this.command(
      async (client) => {
        const replies = await client.multi().hincrby(key, field, value).expire(key, expireInSeconds).exec();
        return replies![0]![1] as number;
      },
      hintOf(key, value),
    );
  }

  /** Waits on a connection of its own, for as long as it is told to. */
  override async brpop(...args: [...keys: string[], timeoutInSeconds: number]): Promise<[string, string] | null> {
    const waiting = (this.pub as Redis).duplicate({ commandTimeout: undefined, lazyConnect: true });
    waiting.on('error', () => {}); // the command is rejected
    try {
      await waiting.connect();
      return await waiting.brpop(...(args as [...string[], number]));
    } catch (error) {
      throw asUnavailable(error);
    } finally {
      waiting.disconnect();
    }
  }

  /** Ends the connection that subscribes; the one for commands is its maker's to close. */
  override shutdown(): void {
    this.closed = true;
    clearInterval(this.timer);
    for (const timer of this.secondTries) clearTimeout(timer);
    this.secondTries.clear();
    this.sub.disconnect();
  }

  protected override resubscribeAll(): void {
    const topics = this.subscriptions.eventNames().filter((topic) => typeof topic === 'string');
    if (topics.length > 0) this.sub.subscribe(...topics).catch(() => this.reconnectSubscriber());
  }

  private command<T>(command: (client: Redis) => Promise<T>, instead?: { value: T }): Promise<T> {
    const reply = this.redis.run(command);
    return handled(instead === undefined ? reply : reply.catch(() => instead.value));
  }

  private async send(topic: string, data: unknown = false): Promise<void> {
    const text = JSON.stringify(data);
    try {
      if ((await this.redis.run((client) => client.publish(topic, text))) > 0 || !this.isRequest(topic, data)) return;
    } catch (error) {
      const { message } = error as Error;
      if (this.isRequest(topic, data)) this.refuse(data, JSON.stringify({ code: UNAVAILABLE, message }));
      throw error;
    }
    // Nobody is there to take it; or its connection broke a moment ago.
    const timer = setTimeout(() => {
      this.secondTries.delete(timer);
      this.redis
        .run((client) => client.publish(topic, text))
        .then(
          (receivers) => receivers === 0 && this.nobody(topic, data),
          () => this.nobody(topic, data),
        );
    }, SECOND_TRY_MS);
    this.secondTries.add(timer);
  }

  /** Whether somebody here waits for an answer to this: a method, the request's id and arguments. */
  private isRequest(topic: string, data: unknown): data is [unknown, string, unknown] {
    if (!REQUESTS.test(topic) || !Array.isArray(data) || typeof data[1] !== 'string') return false;
    return this.subscriptions.listenerCount(`ipc:${data[1]}`) > 0;
  }

  private nobody(topic: string, data: unknown): void {
    if (!this.isRequest(topic, data)) return; // answered meanwhile, or given up
    this.onNobody?.(topic);
    this.refuse(data, NOT_THERE);
  }

  private refuse(request: [unknown, string, unknown], error: string): void {
    this.subscriptions.emit(`ipc:${request[1]}`, [ANSWER_ERROR, error]);
  }

  private async checkSubscriber(): Promise<void> {
    if (this.sub.status !== 'ready') return;
    await this.sub.ping().catch(() => this.reconnectSubscriber());
  }

  /** A connection on which a command failed may look open for minutes; the next one subscribes to everything anew. */
  private reconnectSubscriber(): void {
    if (this.sub.status === 'ready' && !this.closed) this.sub.disconnect(true);
  }
}

/** What to go on with, where core's hints cannot be written. */
function hintOf<T>(key: string, value: T): { value: T } | undefined {
  return CORE_HINTS.test(key) ? { value } : undefined;
}
