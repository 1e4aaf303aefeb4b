import type { LoopClock } from '../room/tick-loop.ts';
import { jittered } from './timings.ts';

/**
 * What a node says of itself when it is asked. `watching`: it watches the others and may soon hold one of them lost.
 * `blind`: it cannot, for want of answers from the board. `gone`: nothing listens there. `silent`: no answer, which may
 * be the asker's own trouble.
 */
export type WatchAnswer = 'watching' | 'blind' | 'gone' | 'silent';

/** What the others said, and for how long no beat of this node was answered. */
export interface OutageFound {
  isForAll: boolean;
  forMs: number;
}

export interface OutagePollOptions {
  /** Where all other nodes are that this one knows of, however long ago it heard of them. */
  others(): readonly string[];
  /** Asks one of them. Ends within {@link ASK_TIMEOUT_MS}; never rejects. */
  ask(address: string): Promise<WatchAnswer>;
  clock: LoopClock;
  /** 0 to 1. */
  random(): number;
}

/** What a node that is asked has for its answer. */
export const ASK_TIMEOUT_MS = 150;
/** So long after the last beat that was answered had been sent, the others are asked: their answers are here before the fence closes. */
const ASK_AFTER_MS = 250;
const ASK_EVERY_MS = 250;
/** From a question on, what was found out counts for so long: until the next one is answered. */
const HOLDS_MS = ASK_EVERY_MS + ASK_TIMEOUT_MS;
/** Of a large pool so many are asked, drawn anew each time. */
const MOST_ASKED = 16;

/**
 * Finds out whether the board of heartbeats is away for all nodes, or for this one alone. For all: nobody watches, nobody
 * takes rooms over, and they may play on. For this one: the others will take them, and what is played is taken back.
 *
 * A node that has no answers asks the others itself. Only where every one is blind or gone is it an outage of all.
 */
export class OutagePoll {
  readonly #options: OutagePollOptions;
  readonly #listeners = new Set<(found: OutageFound) => void>();
  /** Until when the outage is known to be one of all. */
  #untilMs = -Infinity;
  #heardMs = -Infinity;
  #timer: unknown;
  #running = false;

  constructor(options: OutagePollOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#heardMs = this.#options.clock.now();
    this.#arm(ASK_AFTER_MS);
  }

  stop(): void {
    this.#running = false;
    this.#options.clock.clearTimeout(this.#timer);
  }

  /** A beat was answered. */
  heard(sentMs: number): void {
    this.#heardMs = Math.max(this.#heardMs, sentMs);
  }

  /** Hot: whenever the fence is closed and looked at. */
  isForAll(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }

  /** Hears each time that the others were asked. @returns a function that ends it */
  subscribe(listener: (found: OutageFound) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #arm(delayMs: number): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#timer);
    if (this.#running) this.#timer = clock.setTimeout(() => this.#look(), Math.max(1, Math.ceil(delayMs)));
  }

  #look(): void {
    const { clock, random } = this.#options;
    const nowMs = clock.now();
    const dueMs = this.#heardMs + ASK_AFTER_MS;
    if (nowMs < dueMs) return this.#arm(dueMs - nowMs);
    this.#arm(jittered(ASK_EVERY_MS, random()));
    void this.#askAll(nowMs);
  }

  /** Never rejects. */
  async #askAll(askedMs: number): Promise<void> {
    const isForAll = await this.#isNobodyWatching();
    if (!this.#running || askedMs < this.#heardMs) return;
    this.#untilMs = isForAll ? askedMs + HOLDS_MS : -Infinity;
    const forMs = askedMs - this.#heardMs;
    for (const listener of this.#listeners) listener({ isForAll, forMs });
  }

  /** @returns false as soon as one watches, or does not say */
  #isNobodyWatching(): Promise<boolean> {
    const asked = drawn(this.#options.others(), MOST_ASKED, () => this.#options.random());
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const answers = asked.map(async (address) => {
      const answer = await this.#options.ask(address).catch(() => 'silent' as const);
      if (answer === 'watching' || answer === 'silent') resolve(false);
    });
    void Promise.all(answers).then(() => resolve(true));
    return promise;
  }
}

/** At most `count` of them, by chance. */
function drawn<T>(from: readonly T[], count: number, random: () => number): T[] {
  const rest = [...from];
  while (rest.length > count) rest.splice(Math.floor(random() * rest.length), 1);
  return rest;
}
