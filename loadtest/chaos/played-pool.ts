import { setTimeout as pause } from 'node:timers/promises';
import { type LocalPool, startPool } from '../../pool/local-pool.ts';
import type { NodeProcess } from '../../pool/node-process.ts';
import { Random } from '../../shared/arena/random.ts';
import { ArenaPilot } from '../arena-pilot.ts';
import { type NodeLine, readNodeLine } from './node-line.ts';
import type { ChaosOptions } from './options.ts';
import { PoolRecord } from './pool-record.ts';
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

/** A pool of its own with rooms in it that pilots play in, and what is known of both from outside. */
export class PlayedPool {
  readonly pool: LocalPool;
  readonly pilots: readonly WatchedPilot[];
  readonly rooms: number;
  readonly record: PoolRecord;
  readonly #random: Random;
  readonly #lines: NodeLine[];

  private constructor(
    pool: LocalPool,
    pilots: readonly WatchedPilot[],
    { rooms, seed }: ChaosOptions,
    lines: NodeLine[],
  ) {
    this.pool = pool;
    this.pilots = pilots;
    this.rooms = rooms;
    this.record = new PoolRecord(pool.redisUri);
    this.#random = new Random(seed);
    this.#lines = lines;
  }

  /** @throws {PoolError} the pool does not start */
  static async start(options: ChaosOptions): Promise<PlayedPool> {
    const lines: NodeLine[] = [];
    const pool = await startPool({
      nodes: NODES,
      environment: { VELARIUM_LOG_LEVEL: 'info', NODE_ENV: 'production' },
      say: (line) => void lines.push(...[readNodeLine(line) ?? []].flat()),
    });
    const pilots: WatchedPilot[] = [];
    const played = new PlayedPool(pool, pilots, options, lines);
    try {
      for (let i = 0; i < options.rooms * options.clients; i++) {
        const opener = pilots[i - (i % options.clients)];
        const where = opener === undefined ? { create: true, bots: 0 } : { roomId: opener.pilot.room.roomId };
        pilots.push(new WatchedPilot(await ArenaPilot.join({ endpoint: pool.url, name: `Chaos ${i}`, ...where })));
      }
      return played;
    } catch (error) {
      await played.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.record.close();
    await Promise.allSettled(this.pilots.map(({ pilot }) => pilot.leave()));
    await this.pool.stop();
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
    const playedOn = new Map<string, WatchedPilot[]>();
    for (const pilot of this.pilots) {
      const owner = await this.record.ownerOf(pilot.pilot.room.roomId);
      playedOn.set(owner, [...(playedOn.get(owner) ?? []), pilot]);
    }
    const node = this.pick(this.pool.nodes.filter(({ processId }) => playedOn.has(processId)));
    return { node, hit: playedOn.get(node.processId)! };
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

  /** @returns what is wrong where the pool does not have exactly these rooms in time, each once, as `node` sees it */
  async untidy(node: NodeProcess): Promise<string[]> {
    const deadlineMs = performance.now() + TIDY_WITHIN_MS;
    for (;;) {
      const response = await fetch(`${node.url}/admin/nodes`);
      const nodes = (await response.json()) as { processId: string; load: { rooms: number } }[];
      const running = nodes.reduce((sum, { load }) => sum + load.rooms, 0);
      if (running === this.rooms && nodes.length === this.pool.nodes.length) return [];
      if (performance.now() >= deadlineMs) {
        return [`${running} rooms run on ${nodes.length} nodes, not ${this.rooms} on ${NODES}`];
      }
      await pause(50);
    }
  }
}
