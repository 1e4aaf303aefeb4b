import { setTimeout as pause } from 'node:timers/promises';
import { type LocalPool, startPool } from '../../pool/local-pool.ts';
import type { NodeProcess } from '../../pool/node-process.ts';
import { RedisProcess } from '../../pool/redis-process.ts';
import { systemTimers } from '../../client/timers.ts';
import { Random } from '../../shared/arena/random.ts';
import { ArenaPilot } from '../arena-pilot.ts';
import type { Fault } from './chaos-run.ts';
import { PoolWitness } from './history/pool-witness.ts';
import { Links } from './link/links.ts';
import { type NodeLine, readNodeLine } from './node-line.ts';
import type { ChaosOptions } from './options.ts';
import { type Takeover, takeoverOf } from './takeover-line.ts';
import { type Passage, WatchedPilot } from './watched-pilot.ts';

const NODES = 3;
/** How long everybody may take to come back before it counts as never. */
const BACK_WITHIN_MS = 15_000;
/** Everybody plays at least so long between two faults; the moment of the fault is random within as much again. */
const PLAY_MS = 1_000;
/** How soon after a fault each room must be where it should be, and nowhere else. */
const TIDY_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 10;
/** What the nodes run: the arena, which also keeps account of what each session says. */
const NODE_SCRIPT = 'loadtest/chaos/node/main.ts';

/** Who plays. */
type Crowd = Pick<ChaosOptions, 'rooms' | 'clients' | 'seed'>;

/** A pool of its own with rooms in it that pilots play in, and what is known of both from outside. */
export class PlayedPool {
  readonly pool: LocalPool;
  readonly pilots: WatchedPilot[] = [];
  readonly rooms: number;
  readonly redis: RedisProcess;
  readonly links: Links;
  readonly witness: PoolWitness;
  /** When all rooms will have run for a while since they were last taken over because of a kill. */
  soundAtMs = 0;
  readonly #random: Random;
  readonly #lines: NodeLine[];
  #turn = 0;

  private constructor(
    parts: { pool: LocalPool; redis: RedisProcess; links: Links; random: Random; lines: NodeLine[] },
    { rooms }: Crowd,
  ) {
    this.pool = parts.pool;
    this.redis = parts.redis;
    this.links = parts.links;
    this.rooms = rooms;
    this.witness = new PoolWitness(parts.redis.uri, () => this.pool.nodes.filter(({ child }) => child.running));
    this.#random = parts.random;
    this.#lines = parts.lines;
  }

  /** @throws {PoolError} the pool does not start */
  static async start(options: Crowd, { links: kinds = [], keepsRedis = false }: Fault): Promise<PlayedPool> {
    const lines: NodeLine[] = [];
    const random = new Random(options.seed);
    const redis = await RedisProcess.start({ keeps: keepsRedis });
    const ofLinks = new Random(random.next());
    const links = new Links(kinds, redis.uri, { ...systemTimers, random: () => ofLinks.next() / 2 ** 32 });
    try {
      const pool = await startPool({
        nodes: NODES,
        redisUri: redis.uri,
        script: NODE_SCRIPT,
        ways: (name, port) => links.ways(name, port),
        environment: { VELARIUM_LOG_LEVEL: 'info', NODE_ENV: 'production' },
        say: (line) => void lines.push(...[readNodeLine(line) ?? []].flat()),
      });
      const played = new PlayedPool({ pool, redis, links, random, lines }, options);
      try {
        for (let i = 0; i < options.rooms * options.clients; i++) await played.#join(i, options.clients);
        return played;
      } catch (error) {
        await played.stop();
        throw error;
      }
    } catch (error) {
      await links.close();
      await redis.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.witness.close();
    await Promise.allSettled(this.pilots.map(({ pilot }) => pilot.leave()));
    await this.pool.stop();
    await this.links.close();
    await this.redis.stop();
  }

  /** What comes next in this list, over and over. */
  inTurn<T>(things: readonly T[]): T {
    return things[this.#turn++ % things.length]!;
  }

  /** Lets everything come to rest. @returns what must not be, of all that happened until now */
  broken(): Promise<string[]> {
    return this.witness.broken(TIDY_WITHIN_MS);
  }

  async #join(i: number, clients: number): Promise<void> {
    const opener = this.pilots[i - (i % clients)];
    const where = opener === undefined ? { create: true, bots: 0 } : { roomId: opener.pilot.room.roomId };
    const name = `Chaos ${i}`;
    const pilot = await ArenaPilot.join({ endpoint: this.pool.url, name, ...where, tellsNumbers: true });
    this.pilots.push(new WatchedPilot(pilot));
    this.witness.add(pilot, name);
  }

  /** 0 to 1. */
  chance(): number {
    return this.#random.next() / 2 ** 32;
  }

  /** One of them. */
  pick<T>(things: readonly T[]): T {
    return things[Math.floor(this.chance() * things.length)]!;
  }

  /** Lets them play for a while. What the nodes said until then is forgotten. */
  async play(): Promise<void> {
    await pause(PLAY_MS * (1 + this.chance()));
    this.#lines.length = 0;
  }

  /** One of the nodes that somebody plays on, and who does. */
  async victim(): Promise<{ node: NodeProcess; hit: readonly WatchedPilot[] }> {
    const owners = await this.witness.owners();
    const playersOf = ({ processId }: NodeProcess): readonly WatchedPilot[] =>
      this.pilots.filter(({ pilot }) => owners.get(pilot.room.roomId) === processId);
    const node = this.pick(this.pool.nodes.filter((each) => playersOf(each).length > 0));
    return { node, hit: playersOf(node) };
  }

  /** Waits until it is so, but not for ever. @returns whether it is */
  async until(isSo: () => boolean, withinMs = BACK_WITHIN_MS): Promise<boolean> {
    const deadlineMs = performance.now() + withinMs;
    while (!isSo()) {
      if (performance.now() >= deadlineMs) return false;
      await pause(LOOK_EVERY_MS);
    }
    return true;
  }

  /** What the nodes said since {@link play}. */
  get lines(): readonly NodeLine[] {
    return this.#lines;
  }

  /** The same, and since this was last asked. They are forgotten then. */
  takeLines(): NodeLine[] {
    return this.#lines.splice(0);
  }

  get takeovers(): readonly Takeover[] {
    return this.#lines.flatMap((line) => takeoverOf(line) ?? []);
  }

  /** Of each takeover since {@link play}: how much the clients had seen that the next owner did not know, in milliseconds. */
  lostMs(passages: readonly Passage[]): number[] {
    return this.takeovers.map(({ roomId, elapsedMs }) => {
      const seen = passages.flatMap((passage) => (passage.roomId === roomId ? [passage.lostAtElapsedMs ?? 0] : []));
      return Math.max(0, Math.max(0, ...seen) - elapsedMs);
    });
  }
}
