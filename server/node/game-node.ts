import { networkInterfaces } from 'node:os';
import { matchMaker } from '@colyseus/core';
import type { Registry } from 'prom-client';
import type { AdminView } from '../http/admin-routes.ts';
import type { HealthView } from '../http/health-routes.ts';
import { RedisSessionDirectory } from '../directory/redis-session-directory.ts';
import { MemorySessionDirectory, type SessionDirectory, type SessionHome } from '../directory/session-directory.ts';
import { type CachedState, MemoryStateCache, RedisStateCache, type StateCache } from '../directory/state-cache.ts';
import { StatePublisher } from '../directory/state-publisher.ts';
import type { RoomWhereabouts } from '../matchmaking/room-locator.ts';
import type { StateView } from '../http/state-route.ts';
import { LiveRoom } from '../room/live-room.ts';
import { SessionKeeper } from '../directory/session-keeper.ts';
import type { Logger } from '../log/log.ts';
import { nodeMetrics } from '../metrics/node-metrics.ts';
import type { Evacuated } from '../mover/evacuation.ts';
import { MoveError } from '../mover/move-error.ts';
import { nodeTally } from '../metrics/tally.ts';
import type { LoopClock } from '../room/tick-loop.ts';
import type { NodePlace } from '../../shared/wire/control.ts';
import type { FramedTransport, Transit } from '../transport/framed-transport.ts';
import { headroomOf, LoadMeter } from './load-meter.ts';
import { processLoad } from './load-sources.ts';
import { LocalRooms } from './local-rooms.ts';
import { LoneRooms } from './lone-rooms.ts';
import { logRooms } from './node-log.ts';
import { NodeRegistry, type PoolNode } from './node-registry.ts';
import type { Pool } from './pool.ts';
import { RoomTakeover } from './room-takeover.ts';

export interface GameNodeOptions {
  pool: Pool;
  transport: FramedTransport;
  /** Where clients reach this very node; empty where they have no way of their own to it. */
  publicAddress: string;
  /** Where machines of the pool reach this node; asked when it listens. */
  address(): string;
  /** Where there is no pool. */
  keepRoomsInMemory: boolean;
  log: Logger | undefined;
}

/** What a server listens on that listens on all of them. */
const ALL_ADDRESSES = new Set(['0.0.0.0', '::']);

/** None of these timers is a reason to live on. */
const nodeClock: LoopClock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout | undefined),
};

/**
 * This process as a node: its rooms, its load, its place in the pool, and what there is to see of all that. Nothing in
 * it is the only copy of anything. Make it when all room types are defined.
 */
export class GameNode implements AdminView, HealthView, StateView, RoomWhereabouts {
  readonly rooms = new LocalRooms();
  readonly #pool: Pool;
  readonly #options: GameNodeOptions;
  readonly #sources = processLoad(nodeTally, () => this.rooms.count());
  readonly #meter = new LoadMeter(this.#sources);
  readonly #directory: SessionDirectory;
  readonly #keeper: SessionKeeper;
  readonly #states: StateCache;
  readonly #publisher: StatePublisher;
  readonly #takeover: RoomTakeover | undefined;
  readonly #lone: LoneRooms | undefined;
  #drained: Promise<void> | undefined;
  #endRenewal = (): void => {};
  #registry: NodeRegistry | undefined;
  #metrics: Registry | undefined;

  constructor(options: GameNodeOptions) {
    this.#options = options;
    this.#pool = options.pool;
    if (options.log !== undefined) logRooms(this.rooms, options.log);
    const { redis } = options.pool;
    this.#directory = redis === undefined ? new MemorySessionDirectory() : new RedisSessionDirectory(redis);
    this.#keeper = new SessionKeeper(this.#directory, nodeClock);
    this.#states = redis === undefined ? new MemoryStateCache(nodeClock.now) : new RedisStateCache(redis);
    this.#publisher = new StatePublisher(this.#states, this.#liveRooms(), nodeClock, (room, detail) =>
      options.log?.warn({ room, detail }, 'the state of a room cannot be published'),
    );
    this.rooms.on('dispose', ({ roomId }) => this.#publisher.forget(roomId));
    this.#keepSessions();
    this.#takeover = this.#makeTakeover();
    if (this.#takeover === undefined && options.keepRoomsInMemory) {
      this.#lone = new LoneRooms(options.transport, options.log);
    }
  }

  /** Host and port as others of this machine's network see it, if it listens on all addresses (`host` undefined). */
  static defaultAddress(port: number, host?: string): string {
    if (host !== undefined && !ALL_ADDRESSES.has(host)) return `${host}:${port}`;
    const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
    const outward = addresses.find(({ internal, family }) => !internal && family === 'IPv4');
    return `${outward?.address ?? '127.0.0.1'}:${port}`;
  }

  /** Before {@link start} there is no pool to be placed in, and rooms are made here. */
  get registry(): NodeRegistry {
    return this.#registry ?? this.#makeRegistry('');
  }

  get metrics(): Registry {
    this.#metrics ??= this.#makeMetrics();
    return this.#metrics;
  }

  /** Takes its place in the pool; call it when the node listens. */
  async start(): Promise<void> {
    const registry = this.#makeRegistry(this.#options.address());
    this.#registry = registry;
    await registry.start(this.#pool.board);
    this.#takeover?.start();
    const { processId, address } = registry.own;
    this.#options.log?.info({ processId, address, pool: this.#pool.redis !== undefined }, 'node is ready');
  }

  /**
   * Where a client goes that came here for a room which is not.
   * @returns undefined where there is no such room
   * @throws {Error} nobody can tell now: Redis is away, or the room is on its way from one node to another
   */
  async elsewhere(roomId: string, sessionId: string): Promise<NodePlace | undefined> {
    const moved = this.#takeover?.keepers.placeOf(roomId);
    if (moved !== undefined && !this.isGone(moved.processId)) return moved;
    const row = (await matchMaker.driver.findOne({ roomId })) as
      { processId: string; publicAddress?: string } | undefined;
    const isThere = row !== undefined && row.processId !== matchMaker.processId && !this.isGone(row.processId);
    if (isThere) return { processId: row.processId, address: row.publicAddress ?? '' };
    if (await this.isKept(roomId)) throw new Error('the room is on its way');
    if (row !== undefined) return undefined;
    const home = await this.#directory.find(sessionId);
    if (home?.roomId !== roomId || home.processId === matchMaker.processId) return undefined;
    return this.#knows(home.processId) ? { processId: home.processId, address: home.address } : undefined;
  }

  isGone(processId: string): boolean {
    return this.#takeover?.isGone(processId) ?? false;
  }

  /** That this node answers at all shows that it lives; whether it may go on with its rooms is another matter. */
  isHeardSince(processId: string, sinceMs: number): boolean {
    if (processId === matchMaker.processId) return !(this.#takeover?.isFenced() ?? false);
    return this.#takeover?.isHeardSince(processId, sinceMs) ?? false;
  }

  suspect(processId: string): void {
    this.#takeover?.suspect(processId);
  }

  async isKept(roomId: string): Promise<boolean> {
    return (await this.#takeover?.isKept(roomId)) ?? false;
  }

  isWatching(): boolean {
    return this.#takeover?.isWatching() ?? false;
  }

  stateOf(roomId: string): Promise<CachedState | undefined> {
    return this.#states.get(roomId);
  }

  homeOf(sessionId: string): Promise<SessionHome | undefined> {
    return this.#directory.find(sessionId);
  }

  /** What this node says of itself to the others: nothing, before it is ready for rooms. */
  describe(): string {
    return this.#registry?.describe() ?? '';
  }

  /** Takes no new rooms from now on. Resolves when the others of the pool know, whoever asks first. */
  async drain(): Promise<void> {
    if (this.#registry === undefined) return;
    if (!this.draining()) {
      this.#options.log?.info({ ...this.rooms.count() }, 'node is draining');
      this.#drained = this.#registry.drain();
    }
    await this.#drained;
  }

  /** @returns process id of where the room is now @throws {MoveError} */
  async moveRoom(roomId: string, to?: string): Promise<string> {
    if (this.#takeover === undefined) throw new MoveError('no-target', roomId, 'this server is in no pool');
    return this.#takeover.moves.move(roomId, to);
  }

  /**
   * Rooms that outlive this node leave it: for other nodes, or where none takes any for the store.
   * @param graceMs for moving them; those that are left then are left to the store
   */
  async evacuate(graceMs: number): Promise<Evacuated> {
    return (await this.#takeover?.moves.evacuate(graceMs)) ?? { moved: 0, left: 0, givenUp: [] };
  }

  /** The grace is over. */
  hurry(): void {
    this.#takeover?.moves.hurry();
  }

  /** The room, while it is on its way to this node or from it. */
  transit(roomId: string): Transit | undefined {
    return this.#takeover?.keepers.transit(roomId);
  }

  async stop(): Promise<void> {
    this.#sources.stop();
    this.#endRenewal();
    this.#publisher.stop();
    await this.#keeper.stop();
    await this.#takeover?.stop();
    await this.#lone?.stop();
    await this.#registry?.stop();
    this.#pool.close();
  }

  draining(): boolean {
    return this.registry.own.draining;
  }

  redisAvailable(): boolean {
    return this.#pool.redis?.health.available ?? true;
  }

  nodes(): readonly PoolNode[] {
    return this.registry.nodes();
  }

  /**
   * The process that the path names made the room and has it as a rule; if it has not, it knows better than anybody else.
   * One that is gone is not in the pool: then the listing says who has the room now.
   */
  async addressOfRoom(processId: string, roomId: string): Promise<string | undefined> {
    const address = this.isGone(processId) ? undefined : await this.registry.addressOf(processId);
    if (address !== undefined) return address;
    const row = (await matchMaker.driver.findOne({ roomId })) as { processId: string } | undefined;
    return row && this.registry.addressOf(row.processId);
  }

  #makeTakeover(): RoomTakeover | undefined {
    const { pool, transport, log } = this.#options;
    const { redis, beats } = pool;
    if (redis === undefined || beats === undefined) return undefined;
    return new RoomTakeover({
      redis,
      beats,
      transport,
      clock: nodeClock,
      others: () => this.registry.lastAddresses(),
      addressOf: (processId) => this.registry.addressOf(processId).catch(() => undefined),
      headroom: () => (this.draining() ? 0 : headroomOf(this.#meter.load)),
      publicAddress: this.#options.publicAddress,
      placeElsewhere: () => this.registry.placeElsewhere(),
      log,
    });
  }

  #keepSessions(): void {
    const { pool, publicAddress } = this.#options;
    this.rooms.on('join', (room, { sessionId }) => {
      const epoch = room instanceof LiveRoom ? room.epoch : 0;
      this.#keeper.add(sessionId, {
        roomId: room.roomId,
        processId: matchMaker.processId,
        address: publicAddress,
        epoch,
      });
    });
    this.rooms.on('leave', (_room, { sessionId }) => this.#keeper.delete(sessionId));
    const { redis } = pool;
    if (redis === undefined) return;
    this.#endRenewal = redis.health.subscribe(({ available }) => {
      if (!available) return;
      this.#keeper.renew();
      this.#publisher.renew();
    });
  }

  #liveRooms(): Iterable<LiveRoom> {
    const { rooms } = this;
    return {
      *[Symbol.iterator]() {
        for (const room of rooms) if (room instanceof LiveRoom) yield room;
      },
    };
  }

  #knows(processId: string): boolean {
    return this.nodes().some((node) => node.processId === processId);
  }

  #makeRegistry(address: string): NodeRegistry {
    return new NodeRegistry({
      processId: matchMaker.processId,
      address,
      clock: nodeClock,
      random: Math.random,
      sampleLoad: () => this.#sampleLoad(),
    });
  }

  #sampleLoad(): ReturnType<LoadMeter['sample']> {
    const health = this.#pool.redis?.health;
    // While it is away the last answer is an old one.
    if (health?.available) nodeTally.redis.record(health.latencyMs);
    return this.#meter.sample();
  }

  #makeMetrics(): Registry {
    const { redis } = this.#pool;
    const { processId, address } = this.registry.own;
    return nodeMetrics(nodeTally, {
      processId,
      address,
      rooms: () => this.rooms.byName(),
      connections: () => this.#options.transport.connections(),
      load: () => {
        const { load, lag } = this.#meter;
        return { tickShare: load.tickShare, loopShare: load.loopShare, headroom: headroomOf(load), lagMs: lag };
      },
      draining: () => this.draining(),
      redisUp: redis && (() => redis.health.available),
    });
  }
}
