import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from './free-ports.ts';
import { NodeProcess } from './node-process.ts';
import { ProxyThread } from './proxy/proxy-thread.ts';
import { RedisProcess } from './redis-process.ts';

export interface LocalPoolOptions {
  nodes: number;
  /** Of the proxy; default any free one. */
  port?: number;
  /** Address that the proxy listens on; default 127.0.0.1. `undefined` in so many words: all. */
  host?: string | undefined;
  /** Default: one is started, and ends with the pool. */
  redisUri?: string | undefined;
  /** What the nodes' environment has beside this process's. */
  environment?: Record<string, string>;
  /** What the nodes run, in the project. Default the server with the arena. */
  script?: string;
  /** Asked for each node that is started: ways that lead somewhere else first, for who wants to break them. */
  ways?: (name: string, port: number) => Promise<NodeWays>;
  /** Starts a node again that was killed, and not asked to end. Default: whoever wants it calls `replace`. */
  startsAgain?: boolean;
  /** Told what happens, and what the nodes print. Default: nobody is. */
  say?: (line: string) => void;
}

export interface NodeWays {
  /** By which the node reaches Redis. */
  redisUri?: string;
  /** At which proxy and other nodes reach the node: host and port. */
  address?: string;
}

/** How a node ended that was killed, and did not end by itself: see Child. */
const KILLED = 'signal SIGKILL';
/** Until one is started in the place of one that was killed: people see that it is gone. */
const START_AGAIN_AFTER_MS = 1_000;

/** What a server listens on that listens on all of them. */
const ALL_ADDRESSES = new Set(['0.0.0.0', '::']);

/** A pool of servers on this machine, see {@link startPool}. */
export class LocalPool {
  readonly redisUri: string;
  /** Those that were started and not replaced, living or not. */
  nodes: readonly NodeProcess[];
  /** Resolves when none of its nodes lives any more and none is being started, which is not always what was wanted. */
  readonly ended: Promise<void>;
  readonly #redis: RedisProcess | undefined;
  readonly #proxy: ProxyThread;
  readonly #plan: PoolPlan;
  readonly #say: (line: string) => void;
  #host = 'localhost';
  #stopping = false;
  #end = (): void => {};
  /** Nodes that are being started in the place of killed ones. */
  readonly #startsAgain = new Set<Promise<void>>();

  constructor(parts: { nodes: NodeProcess[]; redis: RedisProcess | undefined; redisUri: string }, plan: PoolPlan) {
    this.nodes = parts.nodes;
    this.redisUri = parts.redisUri;
    this.#redis = parts.redis;
    this.#plan = plan;
    this.#say = plan.say;
    this.#proxy = new ProxyThread({ adminToken: plan.environment['VELARIUM_ADMIN_TOKEN'] || undefined });
    this.ended = new Promise((resolve) => (this.#end = resolve));
    for (const node of this.nodes) this.#watch(node);
    this.#tellProxy();
    const { redis } = parts;
    void redis?.child.ended.then((how) => this.#report('redis-server', how, 'rooms play on, nobody can join'));
  }

  get port(): number {
    return this.#proxy.port;
  }

  /** Where to play. */
  get url(): string {
    return `http://${this.#host}:${this.port}`;
  }

  /** Opens the port to play on. @throws the error of `listen` */
  async listen(port: number, host: string | undefined): Promise<void> {
    await this.#proxy.listen(port, host);
    if (host !== undefined && !ALL_ADDRESSES.has(host)) this.#host = host.includes(':') ? `[${host}]` : host;
  }

  /** Starts a node in the place of one that is dead. @throws {PoolError} it does not start */
  async replace(dead: NodeProcess): Promise<NodeProcess> {
    const [node] = await startNodes([dead.name], this.redisUri, this.#plan);
    if (node?.status !== 'fulfilled') throw node?.reason;
    node.value.processId = await processIdOf(node.value, this.#plan.environment);
    this.nodes = this.nodes.map((each) => (each === dead ? node.value : each));
    this.#watch(node.value);
    this.#tellProxy();
    return node.value;
  }

  /** Ends all in order: no further clients, then nodes, which let theirs go, then Redis. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#proxy.stopListening();
    await Promise.all(this.#startsAgain);
    const ends = await Promise.all(this.nodes.map(async (node) => ({ node, byItself: await node.child.stop() })));
    for (const { node, byItself } of ends) if (!byItself) this.#say(`${node.name} did not end and was killed`);
    await this.#proxy.close();
    await this.#redis?.stop();
  }

  #tellProxy(): void {
    this.#proxy.know(this.nodes.filter(({ child }) => child.running).map(({ address }) => address));
  }

  #watch(node: NodeProcess): void {
    void node.child.ended.then((how) => {
      this.#tellProxy();
      const again = this.#plan.startsAgain && how === KILLED && !this.#stopping;
      this.#report(node.name, how, `the others play on, and it is ${again ? '' : 'not '}started again`);
      if (again) {
        const start = this.#startAgain(node).finally(() => this.#startsAgain.delete(start));
        this.#startsAgain.add(start);
        void start.then(() => this.#endIfNobodyLives());
      }
      this.#endIfNobodyLives();
    });
  }

  async #startAgain(dead: NodeProcess): Promise<void> {
    await pause(START_AGAIN_AFTER_MS);
    if (this.#stopping) return;
    try {
      const { url, processId, child } = await this.replace(dead);
      this.#say(`${dead.name} ${url}  process ${processId}, pid ${child.pid}, in its place`);
    } catch (error) {
      this.#say(String(error));
    }
  }

  #endIfNobodyLives(): void {
    if (this.#startsAgain.size === 0 && !this.nodes.some(({ child }) => child.running)) this.#end();
  }

  #report(name: string, how: string, so: string): void {
    if (!this.#stopping) this.#say(`${name} ended (${how}): ${so}`);
  }
}

interface PoolPlan {
  environment: NodeJS.ProcessEnv;
  script: string | undefined;
  startsAgain: boolean;
  ways(name: string, port: number): Promise<NodeWays>;
  say(line: string): void;
}

/**
 * Starts redis-server, nodes and a proxy before them; resolves when one can play.
 * @throws {PoolError} there is no redis-server, or something does not start; the error of `listen`, e.g. `EADDRINUSE`
 * @example const pool = await startPool({ nodes: 3 }); await connect(pool.url, { room: 'arena' }); await pool.stop();
 */
export async function startPool(options: LocalPoolOptions): Promise<LocalPool> {
  const { port = 0, say = () => {} } = options;
  const host = 'host' in options ? options.host : '127.0.0.1';
  const ways = options.ways ?? (() => Promise.resolve({}));
  const { script, startsAgain = false } = options;
  const plan: PoolPlan = { environment: { ...process.env, ...options.environment }, script, startsAgain, ways, say };
  const redis = options.redisUri === undefined ? await RedisProcess.start() : undefined;
  const redisUri = options.redisUri ?? redis!.uri;
  const names = Array.from({ length: options.nodes }, (_, i) => `node ${i + 1}`);
  const started = await startNodes(names, redisUri, plan);
  const nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const pool = new LocalPool({ nodes, redis, redisUri }, plan);
  try {
    const failure = started.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    for (const node of nodes) node.processId = await processIdOf(node, plan.environment);
    await pool.listen(port, host);
    return pool;
  } catch (error) {
    await pool.stop();
    throw error;
  }
}

async function startNodes(
  names: readonly string[],
  redisUri: string,
  { environment, script, ways, say }: PoolPlan,
): Promise<PromiseSettledResult<NodeProcess>[]> {
  const ports = await freePorts(names.length);
  return Promise.allSettled(
    names.map(async (name, i) => {
      const port = ports[i]!;
      const onLine = (line: string): void => say(`${name} | ${line}`);
      return NodeProcess.start({ name, port, script, redisUri, environment, onLine, ...(await ways(name, port)) });
    }),
  );
}

async function processIdOf({ url }: NodeProcess, environment: NodeJS.ProcessEnv): Promise<string> {
  const token = environment['VELARIUM_ADMIN_TOKEN'];
  const init = token ? { headers: { authorization: `Bearer ${token}` } } : {};
  const response = await fetch(`${url}/admin/nodes`, init);
  const [own] = (await response.json()) as [{ processId: string }];
  return own.processId;
}
