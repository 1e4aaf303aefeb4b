import { RedisScript } from '../redis/redis-script.ts';
import type { RedisConnection, RedisLog } from '../redis/redis-connection.ts';
import { RedisUnavailableError } from '../redis/redis-error.ts';

/** A node's lease is the key of this name and its process id; it runs out when the node does not renew it. */
export const LEASE_KEY = 'velarium:node:';
/** The process ids that may have one. */
export const NODES_KEY = 'velarium:nodes';

/** Who is there. */
export interface NodeLeases {
  /** Process ids of the nodes that live. @throws RedisUnavailableError */
  alive(): Promise<ReadonlySet<string>>;
}

export interface NodeLeaseOptions {
  redis: RedisConnection;
  /** A function where it is not known yet: core has one only when its matchmaker is set up. */
  processId: string | (() => string);
  /** What the lease says of the node, asked for at each renewal: its address and load, say. Default: nothing. */
  describe?: () => string;
  /** Where it is said that Redis answers and refuses the lease. Default: nowhere. */
  log?: RedisLog | undefined;
  /** Between two renewals. Default 1,000. */
  beatMs?: number;
  /** A node that did not renew for so long counts as dead. Default 3,000. */
  leaseMs?: number;
}

/** @returns 1 when the lease was there before, 0 when it is new */
const BEAT = new RedisScript(`
local held = redis.call('EXISTS', KEYS[1])
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('SADD', KEYS[2], ARGV[1])
return held`);

/** @returns process id and what its lease says, in turn; forgets the ids whose lease is gone */
const LIVING = new RedisScript(`
local living = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local said = redis.call('GET', ARGV[1] .. id)
  if said then
    living[#living + 1] = id
    living[#living + 1] = said
  else
    redis.call('SREM', KEYS[1], id)
  end
end
return living`);

/** This node's lease in Redis, and a look at everybody's. */
export class NodeLease implements NodeLeases {
  readonly leaseMs: number;
  /** What the lease says of this node; asked at each renewal, see {@link beat}. */
  describe: () => string;
  readonly #redis: RedisConnection;
  readonly #processId: () => string;
  readonly #beatMs: number;
  readonly #lapsed = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  #beating: Promise<void> | undefined;
  #nextBeat: Promise<void> | undefined;
  readonly #log: RedisLog | undefined;
  #begun = false;
  /** Of several refusals in a row the first is told. */
  #isRefused = false;

  constructor({ redis, processId, describe = () => '', log, beatMs = 1_000, leaseMs = 3_000 }: NodeLeaseOptions) {
    this.#processId = typeof processId === 'string' ? () => processId : processId;
    this.leaseMs = leaseMs;
    this.#redis = redis;
    this.describe = describe;
    this.#log = log;
    this.#beatMs = beatMs;
  }

  get processId(): string {
    return this.#processId();
  }

  /** Takes the lease and renews it until {@link stop}. Never rejects: where Redis does not answer, a renewal takes it. */
  async start(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    await this.beat();
    if (!this.#begun) return; // it was stopped meanwhile
    // After an outage the others may hold us dead: no time to lose.
    this.#unsubscribe = this.#redis.health.subscribe(({ available }) => {
      if (available) void this.beat();
    });
    this.#schedule();
  }

  /** Gives the lease back: the others know at once. */
  async stop(): Promise<void> {
    if (!this.#begun) return;
    this.#begun = false;
    clearTimeout(this.#timer);
    this.#unsubscribe?.();
    await (this.#nextBeat ?? this.#beating);
    await this.#redis
      .run((client) =>
        client
          .multi()
          .del(LEASE_KEY + this.processId)
          .srem(NODES_KEY, this.processId)
          .exec(),
      )
      .catch(() => {}); // it runs out anyway
  }

  /** Runs `listener` when the lease turned out to have run out: others may have held this node dead. */
  onLapse(listener: () => void): () => void {
    this.#lapsed.add(listener);
    return () => this.#lapsed.delete(listener);
  }

  /** Renews now, e.g. because what {@link NodeLeaseOptions.describe} says has changed. Never rejects. */
  beat(): Promise<void> {
    if (this.#beating === undefined) return this.#beatNow();
    // The one under way says what was so when it began.
    this.#nextBeat ??= this.#beating.then(() => {
      this.#nextBeat = undefined;
      return this.#beatNow();
    });
    return this.#nextBeat;
  }

  async alive(): Promise<ReadonlySet<string>> {
    return new Set((await this.living()).keys());
  }

  /** The nodes that live, by process id, and what each said of itself. @throws RedisUnavailableError */
  async living(): Promise<ReadonlyMap<string, string>> {
    const pairs = (await this.#redis.run((client) => LIVING.run(client, [NODES_KEY], [LEASE_KEY]))) as string[];
    const living = new Map<string, string>();
    for (let i = 0; i < pairs.length; i += 2) living.set(pairs[i]!, pairs[i + 1]!);
    return living;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#begun) return;
    this.#timer = setTimeout(() => void this.beat().then(() => this.#schedule()), this.#beatMs);
    this.#timer.unref();
  }

  #beatNow(): Promise<void> {
    this.#beating = this.#send()
      .then(
        () => void (this.#isRefused = false),
        (error: unknown) => this.#failed(error),
      )
      .finally(() => (this.#beating = undefined));
    return this.#beating;
  }

  /** The next renewal tries again. That Redis is away is told where it is noticed. */
  #failed(error: unknown): void {
    if (error instanceof RedisUnavailableError || this.#isRefused) return;
    this.#isRefused = true;
    this.#log?.warn(
      { detail: (error as Error).message },
      'the lease of this server cannot be taken: nobody in the pool sees it',
    );
  }

  async #send(): Promise<void> {
    const keys = [LEASE_KEY + this.processId, NODES_KEY];
    const held = await this.#redis.run((client) =>
      BEAT.run(client, keys, [this.processId, this.describe(), this.leaseMs]),
    );
    if (held === 0 && this.#begun) for (const listener of this.#lapsed) listener();
  }
}
