import { memberKey } from '../../server/failover/beat-board.ts';
import type { BeatBoard } from '../../server/failover/beat-board.ts';
import { Failover } from '../../server/failover/failover.ts';
import type { RoomFence } from '../../server/failover/fence.ts';
import type { ProbeAnswer } from '../../server/failover/probe.ts';
import { NOBODY } from '../../server/failover/room-claims.ts';
import type { Claimed, RoomClaims } from '../../server/failover/room-claims.ts';
import { FAILOVER_TIMINGS } from '../../server/failover/timings.ts';
import type { LoopClock } from '../../server/room/tick-loop.ts';
import type { FailoverWorld, StoredRoom } from './failover-world.ts';

const CALL_TIMEOUT_MS = 1_000;
const FLUSH_MS = 50;
const ADOPTION_MS = { least: 5, most: 30 };
/** A room that kills its node does it so long after it was taken over. */
const POISON_MS = 300;

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
          if (room.epoch === epoch && this.clock.now() - sinceMs > FAILOVER_TIMINGS.soundMs) room.attempts = 0;
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
      attempts: (roomId) => this.#ask(() => world.rooms.get(roomId)?.attempts ?? 0),
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
    if (this.#world.options.poison !== roomId) return;
    this.clock.setTimeout(() => this.rooms.has(roomId) && this.#world.poisoned(this), POISON_MS);
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
