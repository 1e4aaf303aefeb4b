import type { FailoverEvent } from '../../server/failover/failover.ts';
import { MemoryBeatBoard } from '../../server/failover/memory-beat-board.ts';
import type { Claimed } from '../../server/failover/room-claims.ts';
import { SimNode } from './failover-sim-node.ts';
import { Random } from './random.ts';
import { VirtualTimers } from './virtual-timers.ts';

export interface WorldOptions {
  seed: number;
  nodes: number;
  rooms: number;
  /** Of one way between a node and the store. Default 1 to 20. */
  delayMs?: { least: number; most: number };
  /** Whether what a cut line swallowed arrives when it heals, as TCP has it, or never. Default false. */
  cutsHold?: boolean;
  /** Whether rooms play: see {@link FailoverWorld.play}. Default true. */
  plays?: boolean;
  /** Default 20: many deaths in a row are no fault of the room. */
  maxAttempts?: number;
  /** Whether a node fails to start a room. Default: none does. */
  failsToAdopt?: (roomId: string, node: SimNode) => boolean;
  /** A room that kills each node 300 ms after that took it over; the node is started again. Default: none does. */
  poison?: string;
}

export interface StoredRoom {
  owner: string;
  epoch: number;
  attempts: number;
  takenMs: number;
  /** Since when nobody runs it, its last owner having died. */
  idleSinceMs?: number;
}

export interface WorldEvent {
  atMs: number;
  node: string;
  event: FailoverEvent;
}

/** Nodes of a pool and the store between them, on one virtual clock, with faults from a seed. */
export class FailoverWorld {
  readonly timers = new VirtualTimers(1_000);
  readonly random: Random;
  readonly nodes: SimNode[] = [];
  readonly rooms = new Map<string, StoredRoom>();
  readonly setAside = new Set<string>();
  readonly board = new MemoryBeatBoard(this.timers.now);
  readonly events: WorldEvent[] = [];
  /** What must never be. */
  readonly violations: string[] = [];
  readonly options: WorldOptions;
  /** Longest time from a takeover to the last tick of the old owner that still played. */
  longestOverlapMs = 0;
  #winners = new Map<string, string>();
  #stalled: (() => void)[] | undefined;
  #runs = 0;

  constructor(options: WorldOptions) {
    this.options = options;
    this.random = new Random(options.seed);
    for (let i = 0; i < options.nodes; i++) this.startNode(`n${i}`);
    for (let i = 0; i < options.rooms; i++) {
      const node = this.nodes[i % this.nodes.length]!;
      this.rooms.set(`r${i}`, { owner: node.key, epoch: 1, attempts: 0, takenMs: 0 });
      node.run(`r${i}`, 1, -1);
    }
  }

  startNode(nodeId: string): SimNode {
    const node = new SimNode(this, nodeId, String(++this.#runs));
    this.nodes.push(node);
    node.failover.start();
    return node;
  }

  alive(): SimNode[] {
    return this.nodes.filter(({ dead }) => !dead);
  }

  node(key: string): SimNode | undefined {
    return this.nodes.find((node) => node.key === key);
  }

  async pass(ms: number): Promise<void> {
    await this.timers.pass(ms);
  }

  delay({ least, most } = this.options.delayMs ?? { least: 1, most: 20 }): number {
    return least + this.random.next() * (most - least);
  }

  /** The process of `node` ends because of a room, and another one is started in its place. */
  poisoned(node: SimNode): void {
    if (node.dead) return;
    node.kill();
    this.timers.setTimeout(() => this.startNode(node.key.split('/')[0]!), 500);
  }

  stallStore(forMs: number): void {
    if (this.#stalled !== undefined) return;
    this.#stalled = [];
    this.timers.setTimeout(() => {
      const waiting = this.#stalled!;
      this.#stalled = undefined;
      for (const run of waiting) run();
    }, forMs);
  }

  /** Runs it in the store, as soon as that is not stalled. */
  inStore(run: () => void): void {
    if (this.#stalled === undefined) run();
    else this.#stalled.push(run);
  }

  kinds(kind: FailoverEvent['kind']): WorldEvent[] {
    return this.events.filter(({ event }) => event.kind === kind);
  }

  claim(node: SimNode, roomId: string, from: string): Claimed | 'lost' | 'gone' {
    const room = this.rooms.get(roomId);
    if (room === undefined || this.setAside.has(roomId)) return 'gone';
    if (room.owner !== from) return 'lost';
    room.owner = node.key;
    room.epoch++;
    room.attempts++;
    room.takenMs = this.timers.now();
    if (node.dead) room.idleSinceMs = room.takenMs; // it had asked before it died
    const won = `${roomId} in epoch ${room.epoch}`;
    if (this.#winners.has(won)) this.violations.push(`two won ${won}`);
    this.#winners.set(won, node.key);
    return { epoch: room.epoch, attempts: room.attempts };
  }

  /** `node` simulates a step of the room and sends it to clients. */
  play(node: SimNode, roomId: string, epoch: number): void {
    const room = this.rooms.get(roomId)!;
    if (epoch > room.epoch) this.violations.push(`${node.key} plays ${roomId} in an epoch that nobody gave`);
    if (epoch === room.epoch && room.owner !== node.key)
      this.violations.push(`${node.key} plays ${room.owner}'s ${roomId}`);
    if (epoch < room.epoch) this.longestOverlapMs = Math.max(this.longestOverlapMs, this.timers.now() - room.takenMs);
  }

  /** Rooms that nobody has run for so long, since their last owner died. */
  idle(forMs: number): string[] {
    const nowMs = this.timers.now();
    return [...this.rooms].flatMap(([roomId, { owner, idleSinceMs = Infinity }]) =>
      nowMs - idleSinceMs >= forMs ? [`${roomId} of ${owner}`] : [],
    );
  }

  /** What is wrong when all has been well for a while: each room has one node that runs it, and nobody else does. */
  unsettled(): string[] {
    const wrong: string[] = [];
    for (const [roomId, { owner, epoch }] of this.rooms) {
      if (this.setAside.has(roomId)) continue;
      const holders = this.alive().filter((node) => node.rooms.has(roomId));
      const isWell =
        holders.length === 1 && holders[0]!.key === owner && holders[0]!.rooms.get(roomId)!.epoch === epoch;
      if (!isWell) wrong.push(`${roomId} is ${owner}'s, held by ${holders.map(({ key }) => key).join()}`);
      else if (holders[0]!.rooms.get(roomId)!.guard.isFenced(holders[0]!.clock.now()))
        wrong.push(`${roomId} is fenced`);
    }
    return wrong;
  }
}

/** Nodes that have seen each other, and rooms that play. */
export async function settledWorld(options: WorldOptions): Promise<FailoverWorld> {
  const world = new FailoverWorld(options);
  await world.pass(2_000);
  const wrong = world.unsettled();
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  return world;
}
