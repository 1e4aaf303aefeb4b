import type { LoopClock } from '../room/tick-loop.ts';
import type { NodeLoad } from './load-meter.ts';
import { type NodeReport, readReport, writeReport } from './node-report.ts';
import { Placement } from './placement.ts';

/** How often a node looks how it is, and how the others are. */
export const LOOK_EVERY_MS = 1_000;
/** Longer than that, with the way to the board and back: by then the others have looked. */
const SEEN_AFTER_MS = LOOK_EVERY_MS + 250;
/** What was read of the others counts for so long; then this node knows of itself alone. */
export const STALE_AFTER_MS = 3_500;

/** Where the nodes of a pool find each other. NodeLease is one, in Redis. */
export interface NodeBoard {
  /** Process ids of the nodes that live, and what each says of itself. */
  living(): Promise<ReadonlyMap<string, string>>;
  /** Says anew what this node says of itself. Never rejects. */
  beat(): Promise<void>;
}

/** The board of a node on its own. */
export const lonelyBoard: NodeBoard = { living: () => Promise.resolve(new Map()), beat: () => Promise.resolve() };

export interface NodeRegistryOptions {
  processId: string;
  /** Where machines of the pool reach this node. */
  address: string;
  clock: LoopClock;
  /** 0 to 1. */
  random(): number;
  /** Measures the load of this node; called about once a second. */
  sampleLoad(): NodeLoad;
}

export interface PoolNode extends NodeReport {
  processId: string;
}

/**
 * The nodes of the pool as this one sees them, about a second old while the board can be read. Asking costs nothing:
 * the board is read by a timer, and not when a room is to be placed.
 */
export class NodeRegistry {
  readonly #options: NodeRegistryOptions;
  readonly #placement: Placement;
  #board = lonelyBoard;
  #own: PoolNode;
  #others: readonly PoolNode[] = [];
  #readAtMs = -Infinity;
  #timer: unknown;
  #looking: Promise<void> = Promise.resolve();
  #reading: Promise<void> | undefined;
  #stopped = false;

  constructor(options: NodeRegistryOptions) {
    const { processId, address, clock, random } = options;
    this.#options = options;
    this.#placement = new Placement({ now: () => clock.now(), random });
    const load: NodeLoad = { tickShare: 0, loopShare: 0, lagMs: 0, rooms: 0, clients: 0 };
    this.#own = { processId, address, load, draining: false };
  }

  get own(): PoolNode {
    return this.#own;
  }

  /** What this node says of itself, as it stands on the board. */
  describe(): string {
    const { address, load, draining } = this.#own;
    return writeReport({ address, load, draining });
  }

  /** The nodes that live, this one first. */
  nodes(): readonly PoolNode[] {
    const isFresh = this.#options.clock.now() - this.#readAtMs < STALE_AFTER_MS;
    return isFresh ? [this.#own, ...this.#others] : [this.#own];
  }

  /** Where the others are that lived when that was last read, however long ago. */
  lastAddresses(): string[] {
    return this.#others.map(({ address }) => address);
  }

  /**
   * Where a process of the pool is reached. One that is not known has maybe just begun: the board is read anew then. While
   * that cannot be read, what was known last is good enough: a process keeps its address for as long as it lives.
   * @throws {RedisUnavailableError} nobody can tell now
   */
  async addressOf(processId: string): Promise<string | undefined> {
    const known = this.#known(processId);
    if (known !== undefined) return known;
    await this.#read();
    return this.#known(processId);
  }

  /** @returns the process id of the node that a new room goes to; undefined where no node takes any */
  placeRoom(): string | undefined {
    return this.#placement.choose(this.nodes().filter(({ draining }) => !draining));
  }

  /** @returns the process id of the node that a room of this one moves to; undefined where no other takes any */
  placeElsewhere(): string | undefined {
    return this.#placement.choose(this.nodes().filter((node) => !node.draining && node !== this.#own));
  }

  /** Begins to look at the pool. */
  async start(board: NodeBoard): Promise<void> {
    this.#board = board;
    await this.#look();
    await board.beat(); // with what was just found
    this.#arm();
  }

  /**
   * This node gets no new rooms from now on. The others know when this resolves, as far as they can be told: until then
   * they may send rooms here, and whoever ends the node before that takes these away from clients.
   */
  async drain(): Promise<void> {
    this.#own = { ...this.#own, draining: true };
    const knewOthers = this.#others.length > 0;
    await this.#board.beat();
    await this.#read().catch(() => {}); // others may have come, or be there again, since it was read
    if (knewOthers && this.nodes().length === 1) {
      await this.#pause(LOOK_EVERY_MS); // behind an outage they come back one by one
      await this.#read().catch(() => {});
    }
    if (this.nodes().length === 1) return; // nobody is there, or nobody can be told
    await this.#pause(SEEN_AFTER_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#looking;
  }

  #pause(forMs: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.setTimeout(resolve, forMs));
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.setTimeout(() => void this.#look().then(() => this.#arm()), LOOK_EVERY_MS);
  }

  #look(): Promise<void> {
    this.#own = { ...this.#own, load: this.#options.sampleLoad() };
    this.#looking = this.#read().catch(() => {}); // what was read last grows stale
    return this.#looking;
  }

  /** Reads the board, once for all who ask meanwhile. */
  #read(): Promise<void> {
    this.#reading ??= this.#board
      .living()
      .then((living) => this.#take(living))
      .finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  #known(processId: string): string | undefined {
    const isThis = (node: PoolNode): boolean => node.processId === processId;
    return (isThis(this.#own) ? this.#own : this.#others.find(isThis))?.address || undefined;
  }

  #take(living: ReadonlyMap<string, string>): void {
    const others: PoolNode[] = [];
    for (const [processId, text] of living) {
      const report = processId === this.#own.processId ? undefined : readReport(text);
      if (report !== undefined) others.push({ processId, ...report });
    }
    this.#others = others;
    this.#readAtMs = this.#options.clock.now();
  }
}
