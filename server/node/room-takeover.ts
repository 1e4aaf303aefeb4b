import { randomUUID } from 'node:crypto';
import { matchMaker } from '@colyseus/core';
import { askWatching } from '../failover/ask-watching.ts';
import { memberKey, nodeIdOf } from '../failover/beat-board.ts';
import { Failover, type FailoverEvent } from '../failover/failover.ts';
import type { Fence, Fenced } from '../failover/fence.ts';
import { OutagePoll } from '../failover/outage-poll.ts';
import { probeHttp } from '../failover/probe.ts';
import { NOBODY } from '../failover/room-claims.ts';
import { FAILOVER_TIMINGS } from '../failover/timings.ts';
import { RedisBeatBoard } from '../failover/redis-beat-board.ts';
import { sendAway } from '../keeper/let-go.ts';
import type { RoomFencing, RoomGuard } from '../keeper/keeper-options.ts';
import { RoomKeepers } from '../keeper/room-keepers.ts';
import { type StoreClaim, StoreClaims } from '../keeper/store-claims.ts';
import type { Logger } from '../log/log.ts';
import { RoomMoves } from '../mover/room-moves.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { roomKeeping } from '../room/room-keep.ts';
import type { LoopClock } from '../room/tick-loop.ts';
import { RedisStore } from '../store/redis-store.ts';
import type { FramedTransport } from '../transport/framed-transport.ts';
import { failoverLine } from './failover-line.ts';

/**
 * This node alone was not heard for so long: its rooms are other nodes' by now, or will be before its clients find them; where its
 * beats were late these days, up to half a second after that.
 */
const SEND_AWAY_MS = 650;

export interface RoomTakeoverOptions {
  redis: RedisConnection;
  beats: RedisConnection;
  transport: FramedTransport;
  clock: LoopClock;
  /** Where machines of the pool reach all others that this node ever knew to live, as of last. */
  others(): readonly string[];
  /** Where machines of the pool reach a node, as far as is known. */
  addressOf(processId: string): Promise<string | undefined>;
  /** How much of this node is free, 0 to 1; 0 while it drains. */
  headroom(): number;
  /** Where clients reach this very node; empty where they have no way of their own to it. */
  publicAddress: string;
  /** @returns process id of the node that a room of this one moves to; undefined where none takes any */
  placeElsewhere(): string | undefined;
  log: Logger | undefined;
}

/** This node's part in it that rooms outlive nodes: it keeps its own, and takes over those of nodes that are gone. */
export class RoomTakeover {
  readonly keepers: RoomKeepers;
  readonly moves: RoomMoves;
  readonly #options: RoomTakeoverOptions;
  readonly #store: RedisStore;
  readonly #incarnation = randomUUID();
  readonly #fencing: RoomFencing;
  readonly #outage: OutagePoll;
  #failover: Failover<StoreClaim> | undefined;

  constructor(options: RoomTakeoverOptions) {
    const { redis, transport, clock, log } = options;
    const fence = (): Fence => this.#theFailover().fence;
    this.#fencing = {
      get term() {
        return fence().term;
      },
      guard: (room, term) => this.#guard(fence(), room, term),
      now: () => clock.now(),
    };
    this.#options = options;
    this.#outage = new OutagePoll({
      others: () => options.others(),
      ask: (address) => askWatching(address),
      clock,
      random: Math.random,
    });
    this.#store = new RedisStore({ redis });
    this.keepers = new RoomKeepers({
      store: this.#store,
      node: () => memberKey(this.#own()),
      takeUpSession: (client, saved) => transport.takeUpSession(client, saved),
      fence: () => this.#fencing,
      random: Math.random,
      log,
    });
    roomKeeping.current = this.keepers;
    this.moves = new RoomMoves({
      keepers: this.keepers,
      store: this.#store,
      node: () => memberKey(this.#own()),
      address: options.publicAddress,
      takesRooms: () => options.headroom() > 0,
      choose: () => options.placeElsewhere(),
      term: () => this.#fencing.term,
      release: ({ roomId, node, epoch }) => this.#claimsOf(node).release(roomId, { epoch }),
      isSound: (roomId) => void this.#claimsOf(memberKey(this.#own())).runs(roomId),
      clock,
      log,
    });
  }

  /** Call it when the node listens: others ask whether it lives. */
  start(): void {
    this.#theFailover().start();
    this.#outage.start();
    this.#outage.subscribe(({ isForAll, forMs }) => {
      if (isForAll || forMs < SEND_AWAY_MS) return;
      for (const keeper of this.keepers) if (keeper.isFenced()) sendAway(keeper.room);
    });
    this.moves.start();
  }

  /** There is a process id when there are rooms, and not before. */
  #theFailover(): Failover<StoreClaim> {
    return (this.#failover ??= this.#makeFailover());
  }

  #makeFailover(): Failover<StoreClaim> {
    const { beats, clock } = this.#options;
    const own = this.#own();
    const claims = this.#claimsOf(memberKey(own));
    return new Failover<StoreClaim>({
      own,
      board: new RedisBeatBoard(beats),
      claims,
      adopt: async (roomId, { owner }, term, from) => {
        await this.keepers.adopt(roomId, owner, term, from === NOBODY ? undefined : nodeIdOf(from));
        const isHere = (): boolean => this.keepers.keeperOf(roomId)?.owner?.token === owner.token;
        clock.setTimeout(() => void (isHere() && claims.runs(roomId)), FAILOVER_TIMINGS.soundMs);
      },
      holds: (roomId) => this.keepers.holds(roomId),
      weight: () => weightOf(this.#options.headroom()),
      probe: async (key) => probeHttp(await this.#options.addressOf(nodeIdOf(key))),
      report: (event) => this.#report(event),
      heard: (sentMs) => this.#outage.heard(sentMs),
      clock,
      random: Math.random,
    });
  }

  #claimsOf(node: string): StoreClaims {
    return new StoreClaims(this.#store, this.#options.redis, node);
  }

  async stop(): Promise<void> {
    this.moves.stop();
    this.#outage.stop();
    if (roomKeeping.current === this.keepers) roomKeeping.current = undefined;
    await this.#failover?.stop();
    await this.keepers.stop();
  }

  /** A client got no answer from this node, or was not let in. Anybody may say so. */
  suspect(processId: string): void {
    if (processId !== matchMaker.processId) this.#failover?.suspect(processId);
  }

  /** Whether the node was answered after `sinceMs`, monotonic, by the board of heartbeats. */
  isHeardSince(processId: string, sinceMs: number): boolean {
    return this.#failover?.isHeardSince(processId, sinceMs) ?? false;
  }

  /** Whether others may hold this node dead, so that its rooms stand still. */
  isFenced(): boolean {
    return this.#theFailover().fence.isFenced(this.#options.clock.now());
  }

  /** Whether this node may hold another one lost before long. */
  isWatching(): boolean {
    return this.#options.beats.health.available && (this.#failover?.isWatching() ?? false);
  }

  isGone(processId: string): boolean {
    return this.#failover?.isNodeGone(processId) ?? false;
  }

  /** Whether there is such a room, wherever it may be right now. @throws {RedisUnavailableError} nobody can tell now */
  async isKept(roomId: string): Promise<boolean> {
    return this.keepers.holds(roomId) || (await this.#store.owner(roomId)) !== undefined;
  }

  /**
   * A room plays on while Redis is away for all: nobody can take it over then. What it does meanwhile is not acknowledged.
   * When Redis is back it waits until it is known to be here still.
   */
  #guard(fence: Fence, room: Fenced, term: number): RoomGuard {
    const { clock } = this.#options;
    const outage = this.#outage;
    const fenced: Fenced = {
      paused: () => {
        if (!outage.isForAll(clock.now())) room.paused();
      },
      resumed: () => room.resumed(),
      lost: () => room.lost(),
      stillOwned: () => room.stillOwned(),
    };
    const guard = fence.guard(fenced, term);
    const stop = outage.subscribe(({ isForAll }) => {
      if (isForAll) room.resumed();
      else if (guard.isFenced(clock.now())) room.paused();
    });
    return {
      isFenced: (nowMs) => guard.isFenced(nowMs) && !outage.isForAll(nowMs),
      end: () => {
        stop();
        guard.end();
      },
    };
  }

  #own(): { nodeId: string; incarnation: string } {
    return { nodeId: matchMaker.processId, incarnation: this.#incarnation };
  }

  #report(event: FailoverEvent): void {
    const line = failoverLine(event);
    if (line !== undefined) this.#options.log?.[line.level](line.fields, line.message);
  }
}

/** 1 to 100, a whole number, as failover wants it; 0 for nothing. */
const weightOf = (headroom: number): number =>
  headroom <= 0 ? 0 : Math.min(100, Math.max(1, Math.round(100 * headroom)));
