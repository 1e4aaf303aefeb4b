import {
  type Client,
  type FixedTimestepCallback,
  logger,
  Room,
  type RoomOptions,
  SchemaSerializer,
  type SimulationCallback,
} from '@colyseus/core';
import type { Encoder } from '@colyseus/schema';
import { isDrop } from '../../shared/wire/close-reason.ts';
import { nodeTally } from '../metrics/tally.ts';
import {
  advertisePatchInterval,
  afterRoomInit,
  onRoomDispose,
  replaceBroadcast,
  setClockSource,
  stopSimulationInterval,
  stopTimerOfSeat,
  subStepsOf,
  wrapHandlers,
} from './colyseus-internals.ts';
import { type BroadcastCall, DroppedBroadcasts, presentClients } from './dropped-broadcasts.ts';
import { makeInputCopiesCheap } from './input-snapshot.ts';
import { keepSeat, seatTime } from './keep-seat.ts';
import { LiveSerializer } from './live-serializer.ts';
import { RoomFaults } from './room-faults.ts';
import { type RoomKeep, roomKeeping } from './room-keep.ts';
import { type TickClock, TickLoop } from './tick-loop.ts';

/** The rate of a room that does not call `setFixedTimestep`. */
export const DEFAULT_TICK_RATE_HZ = 60;
/** How long the seat of a session that lost its connection is kept, unless the room says otherwise. */
export const DEFAULT_RECONNECTION_SECONDS = 30;

const systemClock: TickClock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  setImmediate: (callback) => setImmediate(callback),
  clearImmediate: (handle) => clearImmediate(handle as NodeJS.Immediate),
};

/** A connection that holds what it is given until the end of the tick. */
interface Flushable {
  flush?(): void;
}

/**
 * The base class of a velarium room: a Colyseus room whose state is sent the moment a tick was made.
 *
 * One self-correcting timer drives the fixed step (60 Hz unless `setFixedTimestep` says otherwise), the patch and the
 * sockets, in that order; `patchRate` stays null. `this.clock` advances by exactly one step a step and is not moved by
 * changes of the machine's clock. A session that loses its connection keeps its seat for {@link reconnectionSeconds};
 * a room that defines its own `onDrop` calls `super.onDrop(client, code)` first, to keep that.
 */
export class LiveRoom<T extends RoomOptions = RoomOptions> extends Room<T> {
  /** There is no patch timer: each tick is sent when it was made. */
  override patchRate: number | null = null;

  /** Seconds for which a session that lost its connection may come back. Default 30. */
  reconnectionSeconds = DEFAULT_RECONNECTION_SECONDS;

  /**
   * Milliseconds from one publishing of the state to the next, for `GET /rooms/ROOMID/state` at any node; only when it
   * has changed. Default 0: never. Whoever knows the room id can read it, so see {@link publishedState}.
   */
  publishStateMs = 0;

  /**
   * Whether the room outlives its node, where there is a pool: its state, its sessions and what {@link onCacheRoom}
   * returns (plain data) are kept, and another node goes on with them when this one dies. That node calls `onCreate` with
   * the same options, then puts the state in place of the one that it made, and calls {@link onRestoreRoom}; see
   * {@link isRestored}. Default true.
   */
  outlivesNode = true;

  /**
   * Moves with each patch that had changes.
   * @internal
   */
  stateVersion = 0;

  /**
   * It goes on at another node; what is left of it here is nobody's.
   * @internal
   */
  isElsewhere = false;

  /**
   * What keeps the room, if anything does.
   * @internal
   */
  roomKeep: RoomKeep | undefined;

  /**
   * What becomes of errors in the room's own code.
   * @internal
   */
  readonly faults: RoomFaults = new RoomFaults(this);

  /** What another node needs to know of a client beside its `auth` and view, say its `userData`: plain data, and little of it. */
  onCacheClient?(client: Client): unknown;

  /** The client began elsewhere, and this is what {@link onCacheClient} returned there. Called before its `onDrop`. */
  onRestoreClient?(client: Client, cached: unknown): void;

  #loop: TickLoop | undefined;
  #isRestored = false;
  #isPaused = false;
  /** Of the context that steps get. */
  #tick = 0;
  #ticks = 0;
  #serializer: LiveSerializer | undefined;
  #clockMs = systemClock.now();
  readonly #droppedBroadcasts = new DroppedBroadcasts(this);

  constructor() {
    super();
    setClockSource(this, () => this.#clockMs);
    this.faults.guardTimers();
    onRoomDispose(this, () => this.#loop?.stop());
  }

  /**
   * Counts the room's owners; 0 of a room that nothing keeps.
   * @internal
   */
  get epoch(): number {
    return this.roomKeep?.epoch ?? 0;
  }

  /** Whether the room began at another node; in `onCreate` already, which need not make a world then. */
  get isRestored(): boolean {
    return this.#isRestored;
  }

  /**
   * Nothing is simulated and nothing sent, until {@link resumeTicks}.
   * @internal
   */
  pauseTicks(): void {
    this.#isPaused = true;
    this.#loop?.pause();
  }

  /** @internal */
  resumeTicks(): void {
    if (this.faults.hasFailed) return;
    this.#isPaused = false;
    this.#loop?.resume();
  }

  /**
   * The room began elsewhere: it is to be told so before its `onCreate`.
   * @internal
   */
  beginRestored(): void {
    this.#isRestored = true;
  }

  /**
   * The number of the next step, and of steps made in all.
   * @internal
   */
  get tickCounts(): { next: number; made: number } {
    return { next: this.#tick, made: this.#ticks };
  }

  /** @internal */
  set tickCounts({ next, made }: { next: number; made: number }) {
    this.#tick = next;
    this.#ticks = made;
  }

  /**
   * What encodes the state, if there is one and we do.
   * @internal
   */
  get stateEncoder(): Encoder | undefined {
    return this.state ? this.#serializer?.stateEncoder : undefined;
  }

  /** Milliseconds between two ticks. */
  get tickMs(): number {
    return this.#loop?.stepMs ?? 1000 / DEFAULT_TICK_RATE_HZ;
  }

  /** Ticks that were given up after stalls of this process, since the room began: no step was made for them. */
  get droppedTicks(): number {
    return this.#loop?.droppedSteps ?? 0;
  }

  /**
   * Whether framed clients are sent live bodies: the state has live fields.
   * @internal
   */
  get hasLiveState(): boolean {
    return this.#serializer?.hasLiveFields ?? false;
  }

  /** As Colyseus's; the copy that it keeps of each input is a cheap one, see {@link makeInputCopiesCheap}. */
  protected override defineInput: Room<T>['defineInput'] = (type, options) => {
    makeInputCopiesCheap(type);
    return super.defineInput(type, options);
  };

  /** In the place of Colyseus's own serializer, which it makes for each state that is set, comes ours. */
  override setSerializer(serializer: Parameters<Room<T>['setSerializer']>[0]): void {
    const isStock = serializer.constructor === SchemaSerializer;
    this.#serializer = isStock ? new LiveSerializer() : undefined;
    super.setSerializer(this.#serializer === undefined ? serializer : (this.#serializer as typeof serializer));
  }

  override setFixedTimestep(
    step: FixedTimestepCallback,
    tickRate: number = DEFAULT_TICK_RATE_HZ,
    opts?: { subSteps?: number },
  ): void {
    super.setFixedTimestep(step, tickRate, opts); // checks the options and advertises the rate to predicting clients
    stopSimulationInterval(this);
    this.patchRate = null; // ends the interval that ticks the clock of a room without a step

    const subSteps = opts?.subSteps ?? subStepsOf(this);
    const dt = 1 / tickRate;
    // One context for all steps, as Colyseus does: nothing is allocated in the loop.
    const context = {
      dt,
      dtMs: 1000 / tickRate,
      tick: 0,
      subSteps,
      subDt: dt / subSteps,
      subDtMs: 1000 / tickRate / subSteps,
    };
    const { faults } = this;
    const guardedStep = faults.guardStep(step);
    this.#tick = 0;

    this.#loop?.stop();
    this.#loop = new TickLoop(
      systemClock,
      tickRate,
      (stepTimeMs) => {
        if (this.roomKeep?.isFenced()) return;
        this.#clockMs = stepTimeMs;
        this.clock.tick();
        if (faults.hasFailed) return;
        context.tick = this.#tick++;
        this.#ticks++;
        const beganMs = systemClock.now();
        guardedStep(context);
        if (faults.hasFailed) return; // what became of the state is for nobody to see
        const steppedMs = systemClock.now();
        nodeTally.step.record(steppedMs - beganMs);
        this.#sendState(steppedMs);
      },
      () => {
        if (faults.hasFailed || this.roomKeep?.isFenced()) return;
        this.flushClients();
        this.roomKeep?.ticked(this.#ticks);
      },
      nodeTally,
    );
    if (this.#isPaused) this.#loop.pause();
    advertisePatchInterval(this, this.#loop.stepMs);
  }

  /**
   * Colyseus's variable timestep. Here it is a fixed one too: `callback` gets the exact step in milliseconds, and the
   * state is sent after each.
   */
  override setTimestep(callback?: SimulationCallback, delayMs: number = 1000 / DEFAULT_TICK_RATE_HZ): void {
    this.setFixedTimestep(({ dtMs }) => callback?.(dtMs), 1000 / delayMs);
  }

  override allowReconnection(client: Client, seconds: number | 'manual'): ReturnType<Room<T>['allowReconnection']> {
    const reconnection = super.allowReconnection(client, seatTime(this, client, seconds));
    stopTimerOfSeat(this, client.sessionId, reconnection);
    return reconnection;
  }

  override onDrop(client: Client, code?: number): void | Promise<unknown> {
    if (code !== undefined && !isDrop(code)) return; // nobody comes back from it; Colyseus calls onLeave next
    keepSeat(this, client, this.reconnectionSeconds);
  }

  /** What is published of the state. Default: all of it, what only some clients see (`.view()`) included. */
  publishedState(): unknown {
    return (this.state as { toJSON?(): unknown } | undefined)?.toJSON?.() ?? this.state;
  }

  override broadcastPatch(): boolean {
    const changed = super.broadcastPatch();
    if (changed) this.stateVersion++;
    this.#droppedBroadcasts.patched();
    return changed;
  }

  /**
   * See {@link DroppedBroadcasts}.
   * @internal
   */
  broadcastToDropped(call: BroadcastCall): void {
    this.#droppedBroadcasts.add(call);
  }

  /** A state that cannot be sent is this room's trouble: the others of the process, and its messages, go on. */
  #sendState(beganMs: number): void {
    try {
      this.broadcastPatch();
      nodeTally.encode.record(systemClock.now() - beganMs);
    } catch (error) {
      logger.error(`${this.roomName} (${this.roomId}): the state of a tick could not be sent:`, error);
    }
  }

  /**
   * Hot: once a tick. What this tick had for a client leaves as one message.
   * @internal
   */
  flushClients(): void {
    // Backwards: a connection that is dropped on the way leaves the list.
    for (let i = this.clients.length - 1; i >= 0; i--) {
      (this.clients[i]!.ref as Flushable).flush?.();
    }
  }
}

afterRoomInit(LiveRoom, (room) => {
  if (room.patchRate !== null)
    logger.warn(`${room.roomName}: patchRate has no effect in a LiveRoom, which sends each tick`);
  room.setFixedTimestep(() => {});
  room.faults.guardHooks();
  roomKeeping.current?.began(room);
});

wrapHandlers(LiveRoom, (room, handler, isAnswered) => room.faults.guardHandler(handler, isAnswered));

replaceBroadcast(LiveRoom, (room, original, type, message, options) => {
  const call = { type, message, options: { ...options, except: presentClients(room, options?.except) } };
  original(type, message, call.options);
  room.broadcastToDropped(call);
});
