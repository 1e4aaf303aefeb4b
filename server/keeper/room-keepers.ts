import { ErrorCode, ServerError } from '@colyseus/core';
import { ArchiveError } from '../archive/archive-error.ts';
import type { Line } from '../archive/archive-format.ts';
import type { Logger } from '../log/log.ts';
import type { NodePlace } from '../../shared/wire/control.ts';
import { nodeTally } from '../metrics/tally.ts';
import { listingOf, onRoomDispose } from '../room/colyseus-internals.ts';
import type { LiveRoom } from '../room/live-room.ts';
import { endFailed, type PoisonMessage } from '../room/room-faults.ts';
import type { RoomKeeping } from '../room/room-keep.ts';
import type { RoomSession } from '../session/room-sessions.ts';
import type { SessionClient } from '../session/session-client.ts';
import type { SavedFrameSession } from '../../shared/session/frame-session.ts';
import type { Ownership, RoomStore } from '../store/room-store.ts';
import { StoreError } from '../store/store-error.ts';
import { KEEPER_TIMINGS, type KeeperTimings } from './flush-plan.ts';
import type { RoomFencing } from './keeper-options.ts';
import { RoomKeeper } from './room-keeper.ts';
import { MovedRooms } from './moved-rooms.ts';
import { RoomEnds } from './room-ends.ts';
import { letGo } from './let-go.ts';
import { Adoption, type AdoptionOptions, type Claim } from './adoption.ts';
import { Rehearsals } from './rehearsals.ts';
import { restartRoom } from './restart-room.ts';
import { type KeptRoom, restoreRoom } from './restore-room.ts';
import type { Transit } from '../transport/framed-transport.ts';

export interface RoomKeepersOptions {
  store: RoomStore;
  /** Under which this node owns rooms; asked when it has any. */
  node(): string;
  /** A session that another node began. */
  takeUpSession(client: SessionClient, saved: SavedFrameSession | undefined): RoomSession;
  /** Stops rooms while this node may be held dead; asked when there is a room. Default: nothing does. */
  fence?(): RoomFencing;
  /** 0 to 1. */
  random(): number;
  /** Milliseconds that this process has worked, since ever. Default: what the system says. */
  cpuMs?(): number;
  log?: Logger | undefined;
  timings?: Partial<KeeperTimings>;
}

/**
 * The rooms of this node that outlive it. Each is in the store before anybody can join it, and one that was claimed from
 * another node is made anew from there.
 */
export class RoomKeepers implements RoomKeeping {
  readonly #options: RoomKeepersOptions;
  readonly #timings: KeeperTimings;
  readonly #kept = new Map<string, RoomKeeper>();
  /** Those that are being made: the store may know of them before they are kept. */
  readonly #making = new Set<string>();
  /** Those that are being made anew. */
  readonly #adopting = new Map<string, Adoption>();
  /** Those that are about to leave for another node. */
  readonly #leaving = new Map<string, PromiseWithResolvers<void>>();
  /** Those whose own code failed and that are to begin again; connections that come for them wait. */
  readonly #restarting = new Map<string, Transit>();
  readonly #ends: RoomEnds;
  readonly #moved = new MovedRooms();
  /** Of rooms that cannot be kept: told once. */
  readonly #refused = new Set<string>();
  readonly #rehearsals: Rehearsals;
  #stopped = false;

  constructor(options: RoomKeepersOptions) {
    this.#options = options;
    this.#ends = new RoomEnds(options.store);
    this.#rehearsals = new Rehearsals(options);
    this.#timings = { ...KEEPER_TIMINGS, ...options.timings };
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Whether the room is here, or on its way in or out: nobody else here is to make it. */
  holds(roomId: string): boolean {
    const isOnItsWay = this.#making.has(roomId) || this.#restarting.has(roomId);
    return this.#kept.has(roomId) || isOnItsWay || this.#ends.has(roomId);
  }

  keeperOf(roomId: string): RoomKeeper | undefined {
    return this.#kept.get(roomId);
  }

  [Symbol.iterator](): Iterator<RoomKeeper> {
    return this.#kept.values();
  }

  /** In front of the room's own `onCreate`, and behind it: nobody knows of the room yet. */
  began(room: LiveRoom): void {
    const adoption = this.#adopting.get(room.roomId);
    if (adoption !== undefined) return adoption.began(room);
    const onCreate = room.onCreate?.bind(room) as ((options: unknown) => unknown) | undefined;
    room.onCreate = async (options: unknown) => {
      await onCreate?.(options);
      if (room.outlivesNode) await this.#create(room, options);
    };
  }

  /**
   * Makes a room anew that this node has claimed.
   * @param term of the fence when it was asked for
   * @param from process id of the node that had it, as far as is known
   * @throws {StoreError}, {ArchiveError}, {TypeError} what is in the store cannot be used; an error of the room's own
   */
  async adopt(roomId: string, owner: Ownership, term = 0, from?: string): Promise<void> {
    const beganMs = performance.now();
    const prepared = this.#adopting.get(roomId);
    const adoption = prepared?.isClaimed === false ? prepared : this.#newHere(roomId, { owner, term });
    if (adoption === prepared) adoption.claimed({ owner, term });
    await adoption.done;
    const { record, seats, passedOver } = adoption.kept!;
    const found = {
      room: roomId,
      from,
      epoch: owner.epoch,
      tookMs: Math.round(performance.now() - beganMs),
      sessions: seats.size,
      elapsedMs: record.elapsedMs, // of the room's clock, when it was kept last
      passedOver,
    };
    this.#options.log?.info(found, 'room taken over');
  }

  /**
   * Gets ready for a room that will be claimed for this node and then adopted, or that stays where it is.
   * @throws as {@link adopt}: it cannot be played here
   */
  async prepare(roomId: string): Promise<void> {
    await this.#newHere(roomId).ready;
  }

  /** What was prepared for the room is not needed. */
  unprepare(roomId: string, why: string): void {
    this.#adopting.get(roomId)?.giveUp(why);
  }

  /**
   * The room leaves for another node, or may: connections that come for it wait until it {@link stays} or was
   * {@link handedOver}.
   */
  closeDoor({ room: { roomId } }: RoomKeeper): void {
    if (!this.#leaving.has(roomId)) this.#leaving.set(roomId, Promise.withResolvers());
  }

  /** The room goes on here after all. */
  stays(keeper: RoomKeeper): void {
    if (this.#isKept(keeper)) keeper.thaw();
    this.#hasLeft(keeper);
  }

  /** The room is another node's from now on, or nobody's. @param place where clients find it, if it is anywhere */
  handedOver(keeper: RoomKeeper, place: NodePlace | undefined): void {
    if (this.#isKept(keeper)) {
      this.#forget(keeper);
      if (place !== undefined) this.#moved.remember(keeper.room.roomId, place);
      void letGo(keeper.room, place);
    }
    this.#hasLeft(keeper);
  }

  /** Where a room was moved to that was here; undefined where nobody here knows. */
  placeOf(roomId: string): NodePlace | undefined {
    return this.#moved.placeOf(roomId);
  }

  /** The room, while it is on its way to this node or from it. */
  transit(roomId: string): Transit | undefined {
    const restarting = this.#restarting.get(roomId);
    if (restarting !== undefined) return restarting;
    const adoption = this.#adopting.get(roomId);
    if (adoption?.room !== undefined) return { room: adoption.room, settled: adoption.done.catch(() => {}) };
    const leaving = this.#leaving.get(roomId);
    const keeper = this.#kept.get(roomId);
    return leaving && keeper && { room: keeper.room, settled: leaving.promise };
  }

  /** Resolves when the store knows of all rooms that ended, or when that took too long. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ends.stop();
  }

  async #create(room: LiveRoom, options: unknown): Promise<void> {
    const { store, node } = this.#options;
    const { roomId } = room;
    this.#making.add(roomId);
    try {
      const keeper = this.#keeperOf(room, options);
      const term = this.#options.fence?.().term ?? 0; // before the store is asked
      const owner = await store.create(roomId, { node: node() }, keeper.content(), keeper.allSeats());
      listingOf(room).epoch = owner.epoch;
      keeper.begin(owner, term);
      this.#keep(room, keeper);
    } catch (error) {
      // The room is as good as any other; it only ends with its node.
      if (error instanceof ArchiveError) return this.#refuse(room, error);
      if (!(error instanceof StoreError)) throw error;
      throw new ServerError(ErrorCode.MATCHMAKE_UNHANDLED, `room ${roomId} is there already`);
    } finally {
      this.#making.delete(roomId);
    }
  }

  #newHere(roomId: string, claim?: Claim): Adoption {
    if (this.holds(roomId)) throw new Error(`room ${roomId} is here already`);
    return this.#adoption(roomId, claim);
  }

  /** @param failed how the room failed that is to begin again: what that was is not to be given to it again */
  #adoption(roomId: string, claim?: Claim, failed?: { readonly poison: PoisonMessage | undefined }): Adoption {
    const { store, takeUpSession } = this.#options;
    this.#making.add(roomId);
    const restore = (room: LiveRoom, kept: KeptRoom, { owner, term }: Claim): RoomSession[] => {
      const { line, sessions } = restoreRoom(room, kept, takeUpSession, owner.epoch);
      // A client says again what was not acknowledged, and its last inputs: also what its room failed at.
      const poison = failed?.poison;
      const sender = sessions.find(({ sessionId }) => sessionId === poison?.sessionId);
      sender?.frames?.passOver(poison!.sequence, poison!.index);
      if (failed !== undefined) for (const session of sessions) session.goesOnCounting = false;
      const keeper = this.#keeperOf(room, kept.record.options, line);
      keeper.begin(owner, term);
      this.#keep(room, keeper);
      keeper.snapshotNow();
      if (!keeper.isFenced()) room.resumeTicks(); // else it is, when it is known to be here still
      return sessions;
    };
    const warmUp: AdoptionOptions['warmUp'] = (...idle) => this.#rehearsals.warmUp(...idle);
    const adoption = new Adoption({ roomId, store, restore, warmUp }, claim);
    this.#moved.forget(roomId);
    this.#adopting.set(roomId, adoption);
    const forget = (): void => {
      this.#adopting.delete(roomId);
      this.#making.delete(roomId);
    };
    adoption.done.then(forget, forget);
    return adoption;
  }

  #isKept(keeper: RoomKeeper): boolean {
    return this.#kept.get(keeper.room.roomId) === keeper;
  }

  #hasLeft({ room: { roomId } }: RoomKeeper): void {
    this.#leaving.get(roomId)?.resolve();
    this.#leaving.delete(roomId);
  }

  #keeperOf(room: LiveRoom, createOptions: unknown, line?: Line): RoomKeeper {
    const { store, random } = this.#options;
    const keeper: RoomKeeper = new RoomKeeper(
      {
        room,
        createOptions,
        store,
        timings: this.#timings,
        fence: this.#options.fence?.(),
        random,
        lost: () => this.#lose(keeper),
        roomFailed: () => void this.#restart(keeper),
        failed: (error) => this.#giveUp(keeper, error),
        all: () => this.#kept.values(),
      },
      line,
    );
    return keeper;
  }

  #keep(room: LiveRoom, keeper: RoomKeeper): void {
    room.roomKeep = keeper;
    this.#kept.set(room.roomId, keeper);
    onRoomDispose(room, () => {
      if (!this.#isKept(keeper)) return;
      this.#forget(keeper);
      // Its row is another node's: so is the room.
      if (listingOf(room).roomId !== undefined) this.#ends.end(room.roomId, keeper.lastOwner());
    });
  }

  #forget(keeper: RoomKeeper): void {
    keeper.end();
    keeper.room.roomKeep = undefined;
    this.#kept.delete(keeper.room.roomId);
  }

  /** The room is another node's by now. */
  #lose(keeper: RoomKeeper): void {
    if (!this.#isKept(keeper)) return;
    const { roomId } = keeper.room;
    this.#options.log?.warn({ room: roomId, epoch: keeper.epoch }, 'room is another node’s by now');
    this.handedOver(keeper, undefined);
  }

  /** The room goes on, and ends with its node: nobody is to find it in the store as it was before. */
  #giveUp(keeper: RoomKeeper, error: unknown): void {
    this.#forget(keeper);
    keeper.leave();
    this.#ends.end(keeper.room.roomId, keeper.lastOwner());
    this.#refuse(keeper.room, error);
  }

  /** Something was thrown in the room's own code. Never rejects. */
  async #restart(keeper: RoomKeeper): Promise<void> {
    const { room } = keeper;
    const { roomId } = room;
    const { store, node, fence, log } = this.#options;
    if (!this.#isKept(keeper) || this.#restarting.has(roomId)) return;
    const { promise: settled, resolve } = Promise.withResolvers<void>();
    this.#restarting.set(roomId, { room, settled });
    keeper.end();
    try {
      await restartRoom(keeper, {
        store,
        node: node(),
        isStopped: () => this.#stopped,
        isKept: () => this.#isKept(keeper),
        letGo: async () => {
          this.#forget(keeper);
          await letGo(room);
        },
        term: () => fence?.().term ?? 0,
        adopt: (owner, term) => this.#adoption(roomId, { owner, term }, room.faults).done,
        over: (owner) => {
          if (this.#isKept(keeper)) {
            this.#forget(keeper);
            endFailed(room);
          }
          this.#ends.end(roomId, Promise.resolve(owner), true);
        },
        report: (event, error) => {
          nodeTally.roomFailures[event]++;
          const detail = error === undefined ? {} : { detail: (error as Error).message };
          log?.warn({ room: roomId, name: room.roomName, ...detail }, `room failed: ${event}`);
        },
      });
    } catch (error) {
      log?.warn({ room: roomId, detail: (error as Error).message }, 'room failed, and is not in the store any more');
      if (this.#isKept(keeper)) {
        this.#forget(keeper);
        endFailed(room);
      }
    } finally {
      this.#restarting.delete(roomId);
      this.#hasLeft(keeper);
      resolve();
    }
  }

  #refuse(room: LiveRoom, error: unknown): void {
    if (this.#refused.has(room.roomName)) return;
    this.#refused.add(room.roomName);
    const detail = (error as Error).message;
    this.#options.log?.warn({ name: room.roomName, room: room.roomId, detail }, 'rooms like this end with their node');
  }
}
