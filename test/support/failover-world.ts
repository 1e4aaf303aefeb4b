import { memberKey } from '../../server/failover/beat-board.ts';
import type { BeatBoard } from '../../server/failover/beat-board.ts';
import { Failover } from '../../server/failover/failover.ts';
import type { FailoverEvent } from '../../server/failover/failover.ts';
import type { RoomFence } from '../../server/failover/fence.ts';
import { MemoryBeatBoard } from '../../server/failover/memory-beat-board.ts';
import type { ProbeAnswer } from '../../server/failover/probe.ts';
import { NOBODY } from '../../server/failover/room-claims.ts';
import type { Claimed, RoomClaims } from '../../server/failover/room-claims.ts';
import type { LoopClock } from '../../server/room/tick-loop.ts';
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
  /** Whether rooms play: see {@link SimNode.play}. Default true. */
  plays?: boolean;
  /** Default 20: many deaths in a row are no fault of the room. */
  maxAttempts?: number;
  /** Whether a node fails to start a room. Default: none does. */
  failsToAdopt?: (roomId: string, node: SimNode) => boolean;
}

interface StoredRoom {
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

const CALL_TIMEOUT_MS = 1_000;
const FLUSH_MS = 50;
const ADOPTION_MS = { least: 5, most: 30 };
/** A room that ran so long is sound. */
const SOUND_MS = 2_000;

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

/** A timer of a node, which waits while the node stands still. */
interface NodeTimer {
  handle: unknown;
  cleared: boolean;
}

/** A process that can be killed, paused, and cut off from the store in either direction. */
export class SimNode {
  readonly key: string;
  readonly clock: LoopClock;
  readonly failover: Failover<Claimed>;
  readonly rooms = new Map<string, { epoch: number; guard: RoomFence; sinceMs: number }>();
  weight = 50;
  /** How often it asked others whether they are there. */
  probes = 0;
  dead = false;
  /** Whether its machine went with it: then nobody says that nothing listens there. */
  vanished = false;
  paused = false;
  readonly cut = { requests: false, replies: false };
  readonly #world: FailoverWorld;
  readonly #held = { requests: [] as (() => void)[], replies: [] as (() => void)[] };
  readonly #deferred = { timers: [] as (() => void)[], messages: [] as (() => void)[] };
  #arrivesMs = { requests: 0, replies: 0 };

  constructor(world: FailoverWorld, nodeId: string, incarnation: string) {
    this.#world = world;
    this.key = memberKey({ nodeId, incarnation });
    const offsetMs = world.random.below(1_000_000);
    this.clock = {
      now: () => world.timers.now() + offsetMs,
      setTimeout: (callback, delayMs) => {
        const timer: NodeTimer = { handle: undefined, cleared: false };
        const fire = (): void => void (timer.cleared || callback());
        timer.handle = world.timers.setTimeout(() => this.#do(this.#deferred.timers, fire), delayMs);
        return timer;
      },
      clearTimeout: (timer) => {
        if (timer === undefined) return;
        (timer as NodeTimer).cleared = true;
        world.timers.clearTimeout((timer as NodeTimer).handle);
      },
    };
    const board: BeatBoard = {
      beat: (own) => this.#ask(() => world.board.beat(own)),
      leave: (key, count) => this.#ask(() => world.board.leave(key, count)),
    };
    this.failover = new Failover<Claimed>({
      own: { nodeId, incarnation },
      board,
      claims: this.#claims(),
      adopt: (roomId, claim, term) => this.#adopt(roomId, claim, term),
      holds: (roomId) => this.rooms.has(roomId),
      weight: () => this.weight,
      probe: (key) => this.#probe(key),
      report: (event) => world.events.push({ atMs: world.timers.now(), node: this.key, event }),
      clock: this.clock,
      random: () => world.random.next(),
      maxAttempts: world.options.maxAttempts ?? 20,
    });
    if (world.options.plays ?? true) this.#tick();
  }

  kill(vanished = false): void {
    this.dead = true;
    for (const room of this.#world.rooms.values()) {
      if (room.owner === this.key) room.idleSinceMs = this.#world.timers.now();
    }
    this.vanished = vanished;
    this.rooms.clear();
  }

  pause(forMs: number): void {
    if (this.paused || this.dead) return;
    this.paused = true;
    this.#world.timers.setTimeout(() => this.#wake(), forMs);
  }

  cutOff(directions: readonly ('requests' | 'replies')[], forMs: number): void {
    for (const direction of directions) {
      if (this.cut[direction]) continue;
      this.cut[direction] = true;
      this.#world.timers.setTimeout(() => {
        this.cut[direction] = false;
        for (const pass of this.#held[direction].splice(0)) pass();
      }, forMs);
    }
  }

  run(roomId: string, epoch: number, term: number): void {
    const guard = this.failover.fence.guard(
      {
        paused: () => {},
        resumed: () => {},
        lost: () => this.rooms.delete(roomId),
        stillOwned: () =>
          this.#ask(() => {
            const room = this.#world.rooms.get(roomId);
            return room?.owner === this.key && room.epoch === epoch;
          }),
      },
      term,
    );
    this.rooms.set(roomId, { epoch, guard, sinceMs: this.clock.now() });
    delete this.#world.rooms.get(roomId)!.idleSinceMs;
  }

  /** Plays each room that is not fenced, and writes it to the store, which knows by the epoch whose it is. */
  #tick(): void {
    this.clock.setTimeout(() => this.#tick(), FLUSH_MS * (0.9 + this.#world.random.next() / 5));
    const written: [string, number][] = [];
    for (const [roomId, { epoch, guard }] of this.rooms) {
      if (guard.isFenced(this.clock.now())) continue;
      this.#world.play(this, roomId, epoch);
      written.push([roomId, epoch]);
    }
    if (written.length === 0) return;
    const refused = this.#ask(() =>
      written.filter(([roomId, epoch]) => this.#world.rooms.get(roomId)!.epoch !== epoch),
    );
    refused.then(
      (rooms) => {
        for (const [roomId, epoch] of rooms) this.#letGo(roomId, epoch);
        for (const [roomId, { epoch, sinceMs }] of this.rooms) {
          const room = this.#world.rooms.get(roomId)!;
          if (room.epoch === epoch && this.clock.now() - sinceMs > SOUND_MS) room.attempts = 0;
        }
      },
      () => {},
    );
  }

  #letGo(roomId: string, epoch: number): void {
    const room = this.rooms.get(roomId);
    if (room?.epoch !== epoch) return;
    room.guard.end();
    this.rooms.delete(roomId);
  }

  #claims(): RoomClaims<Claimed> {
    const world = this.#world;
    const kept = (): [string, StoredRoom][] => [...world.rooms].filter(([roomId]) => !world.setAside.has(roomId));
    return {
      owners: () => this.#ask(() => [...new Set(kept().map(([, { owner }]) => owner))]),
      roomsOf: (owner) => this.#ask(() => kept().flatMap(([roomId, room]) => (room.owner === owner ? [roomId] : []))),
      claim: (roomId, from) => this.#ask(() => world.claim(this, roomId, from)),
      release: (roomId, { epoch }) =>
        this.#ask(() => {
          const room = world.rooms.get(roomId)!;
          if (room.epoch === epoch) room.owner = NOBODY;
        }),
      setAside: (roomId) => this.#ask(() => void world.setAside.add(roomId)),
    };
  }

  async #adopt(roomId: string, claim: Claimed, term: number): Promise<void> {
    await new Promise<void>((resolve) => void this.clock.setTimeout(resolve, this.#world.delay(ADOPTION_MS)));
    if (this.#world.options.failsToAdopt?.(roomId, this) === true) throw new Error('does not start');
    this.run(roomId, claim.epoch, term);
  }

  /** Like a connection to the port that a node of this name listens on, whichever run of it that is. */
  #probe(key: string): Promise<ProbeAnswer> {
    this.probes++;
    const nodeId = key.slice(0, key.indexOf('/'));
    const { promise, resolve } = Promise.withResolvers<ProbeAnswer>();
    this.clock.setTimeout(() => resolve('silent'), 200);
    this.#world.timers.setTimeout(() => {
      const there = this.#world.nodes.findLast((node) => node.key.startsWith(`${nodeId}/`))!;
      if (there.vanished || there.paused) return;
      this.#do(this.#deferred.messages, () => resolve(there.dead ? 'refused' : 'alive'));
    }, this.#world.delay());
    return promise;
  }

  /** Asks the store; what is asked and answered keeps its order. */
  #ask<T>(execute: () => T | Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = this.clock.setTimeout(() => reject(new Error('no answer')), CALL_TIMEOUT_MS);
    this.#travel('requests', () =>
      this.#world.inStore(() => {
        const answer = execute();
        this.#travel('replies', () =>
          this.#do(this.#deferred.messages, () => {
            this.clock.clearTimeout(timer);
            resolve(answer);
          }),
        );
      }),
    );
    return promise;
  }

  #travel(direction: 'requests' | 'replies', arrive: () => void): void {
    const go = (): void => {
      const { timers } = this.#world;
      const atMs = Math.max(this.#arrivesMs[direction], timers.now() + this.#world.delay());
      this.#arrivesMs[direction] = atMs;
      timers.setTimeout(arrive, atMs - timers.now());
    };
    if (!this.cut[direction]) go();
    else if (this.#world.options.cutsHold === true) this.#held[direction].push(go);
  }

  #do(whilePaused: (() => void)[], what: () => void): void {
    if (this.dead) return;
    if (this.paused) whilePaused.push(what);
    else what();
  }

  /** Timers that were due and messages that came run now, mixed by chance. */
  #wake(): void {
    this.paused = false;
    const { timers, messages } = this.#deferred;
    while (timers.length + messages.length > 0 && !this.dead) {
      const from = messages.length === 0 || (timers.length > 0 && this.#world.random.chance(0.5)) ? timers : messages;
      from.shift()!();
    }
  }
}
