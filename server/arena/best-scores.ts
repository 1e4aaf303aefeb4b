import { matchMaker, type Presence } from '@colyseus/core';
import { type BestScore, isBestScore, MOST_BEST_SCORES } from '../../shared/arena/best-score.ts';
import { EventBus } from '../events/event-bus.ts';
import type { LoopClock } from '../room/tick-loop.ts';

/** How often a node looks whether its list has changed, and tells the others if so. */
const TELL_EVERY_MS = 1_000;
/** It tells it anyway after so many looks, for nodes that have come since. */
const REPEAT_EVERY = 5;
/** What a node has not said again for so long is forgotten: it is gone. */
const FORGET_AFTER_MS = 3 * REPEAT_EVERY * TELL_EVERY_MS;
const MAX_NODES = 256;

interface NodeBest {
  node: string;
  best: BestScore[];
}

const EVENTS = {
  'arena.best': (value: unknown): NodeBest | undefined => {
    const { node, best } = (value ?? {}) as Partial<NodeBest>;
    if (typeof node !== 'string' || node.length > 64 || !Array.isArray(best)) return undefined;
    return { node, best: best.filter(isBestScore).slice(0, MOST_BEST_SCORES) };
  },
};

/** The best scores of all arenas of a pool, as this node knows them: a list of each node, told to the others. */
export class BestScores {
  readonly #events: EventBus<typeof EVENTS>;
  readonly #clock: LoopClock;
  readonly #node: () => string;
  readonly #rooms = new Map<string, readonly BestScore[]>();
  readonly #nodes = new Map<string, { best: readonly BestScore[]; heardAtMs: number }>();
  #list: readonly BestScore[] = [];
  #told = '';
  #quietLooks = 0;
  #timer: unknown;
  #unsubscribe: (() => void) | undefined;

  /** @param node this one's name among the others; asked when there is a room */
  constructor(presence: () => Presence, clock: LoopClock, node: () => string) {
    this.#events = new EventBus(presence, EVENTS);
    this.#clock = clock;
    this.#node = node;
  }

  /** The best of the pool, best first. Another array when it has changed. */
  get list(): readonly BestScore[] {
    return this.#list;
  }

  /** What a room has, best first. It begins to listen with the first room. */
  report(roomId: string, best: readonly BestScore[]): void {
    if (this.#rooms.size === 0) this.#open();
    this.#rooms.set(roomId, best);
    this.#merge();
  }

  /** The room is over. With the last one the node neither listens nor tells. */
  remove(roomId: string): void {
    if (!this.#rooms.delete(roomId)) return;
    if (this.#rooms.size > 0) return this.#merge();
    this.#clock.clearTimeout(this.#timer);
    this.#unsubscribe?.();
    void this.#tell([]);
    this.#nodes.clear();
    this.#list = [];
    this.#told = '';
  }

  #open(): void {
    this.#unsubscribe = this.#events.subscribe('arena.best', ({ node, best }) => {
      if (node === this.#node() || (this.#nodes.size >= MAX_NODES && !this.#nodes.has(node))) return;
      this.#nodes.set(node, { best, heardAtMs: this.#clock.now() });
      this.#merge();
    });
    this.#quietLooks = REPEAT_EVERY; // the first look tells
    this.#arm();
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#look();
      this.#arm();
    }, TELL_EVERY_MS);
  }

  #look(): void {
    const nowMs = this.#clock.now();
    for (const [node, { heardAtMs }] of this.#nodes) {
      if (nowMs - heardAtMs >= FORGET_AFTER_MS) this.#nodes.delete(node);
    }
    this.#merge();
    const own = bestOf([...this.#rooms.values()]);
    const text = JSON.stringify(own);
    if (text === this.#told && ++this.#quietLooks < REPEAT_EVERY) return;
    this.#told = text;
    this.#quietLooks = 0;
    void this.#tell(own);
  }

  /** One that is lost is told again. */
  async #tell(best: BestScore[]): Promise<void> {
    await this.#events.publish('arena.best', { node: this.#node(), best });
  }

  #merge(): void {
    const list = bestOf([...this.#rooms.values(), ...[...this.#nodes.values()].map(({ best }) => best)]);
    if (JSON.stringify(list) !== JSON.stringify(this.#list)) this.#list = list;
  }
}

function bestOf(lists: readonly (readonly BestScore[])[]): BestScore[] {
  const all = lists.flat();
  return all.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1)).slice(0, MOST_BEST_SCORES);
}

/** One for the process, as its rooms share one place in the pool. */
export const bestScores = new BestScores(
  () => matchMaker.presence,
  {
    now: () => performance.now(),
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout | undefined),
  },
  () => matchMaker.processId,
);
