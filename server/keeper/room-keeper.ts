import { setTimeout as pause } from 'node:timers/promises';
import type { Encoder, Schema } from '@colyseus/schema';
import type { FrameSession } from '../../shared/session/frame-session.ts';
import type { Line } from '../archive/archive-format.ts';
import type { Fenced } from '../failover/fence.ts';
import type { SchemaClass } from '../archive/schema-storage.ts';
import { writeShape } from '../archive/shape-bytes.ts';
import { StateRecorder } from '../archive/state-recorder.ts';
import { StateShape } from '../archive/state-shape.ts';
import { isLockedExplicitly, listingOf } from '../room/colyseus-internals.ts';
import type { LiveRoom } from '../room/live-room.ts';
import { nodeTally } from '../metrics/tally.ts';
import type { RoomKeep } from '../room/room-keep.ts';
import { RoomSessions } from '../session/room-sessions.ts';
import { JournalWriter } from '../store/journal-writer.ts';
import type { Ownership, RoomStore, Seats, SnapshotContent } from '../store/room-store.ts';
import { fingerprintOf } from './fingerprint.ts';
import { InputNotes } from './input-notes.ts';
import { OutputCommit } from './output-commit.ts';
import { pack, packBriefly } from './packed.ts';
import { type KeptListing, writeChange, writeRoom } from './room-record.ts';
import { SeatNotes } from './seat-notes.ts';

export interface KeeperTimings {
  /** From one journal entry to the next: what of the game may be lost with its node. Default 50. */
  flushMs: number;
  /** From one snapshot to the next. Default 2,000. */
  snapshotMs: number;
}

export const KEEPER_TIMINGS: KeeperTimings = { flushMs: 50, snapshotMs: 2_000 };

/** A room in which nothing happens is journaled this rarely, for its clock's sake: once in so many flushes. */
const IDLE_FLUSHES = 10;
/** At most so many rooms are written down in the turn of another one: together they must not make anybody's tick late. */
const MOST_ALONG = 15;
/** A message that waits for the store hastens the next journal entry to so soon after the one before. */
const HASTY_FLUSH_MS = 25;
/** So long messages wait for a store that is away, while the room plays on. */
const MOST_HELD_MS = 5_000;
/** Where ticks are farther apart, messages leave as soon as they may, and not with the next one. */
const LONG_TICK_MS = 25;
/** A frozen room that could not be written is written again so soon. */
const WRITE_AGAIN_MS = 5;

/** Stops the room while its node may be held dead; see Fence. */
export interface RoomFencing {
  /** How often the fence closed. */
  readonly term: number;
  guard(room: Fenced, term: number): RoomGuard;
  /** Monotonic milliseconds. */
  now(): number;
}

export interface RoomGuard {
  isFenced(nowMs: number): boolean;
  end(): void;
}

export interface RoomKeeperOptions {
  room: LiveRoom;
  /** Of the room's `onCreate`, to be called with again. */
  createOptions: unknown;
  store: RoomStore;
  timings: KeeperTimings;
  /** Undefined where nobody else could take the room over. */
  fence: RoomFencing | undefined;
  /** 0 to 1. Rooms that began together do not write their snapshots together. */
  random(): number;
  /** The room is somebody else's, or no more. */
  lost(): void;
  /** The room's own code failed: it is to begin again as it was last kept. */
  roomFailed(): void;
  /** The room cannot be kept from here on. */
  failed(error: unknown): void;
  /** All rooms of this node that are kept, this one too: those that are due soon are written down with it. */
  all(): Iterable<RoomKeeper>;
}

/**
 * Writes down what a running room is: what became of it every few ticks, all of it every few seconds, and a seat for each
 * session. Make it, {@link begin} with what is in the store, and call {@link ticked}.
 */
export class RoomKeeper implements RoomKeep {
  readonly room: LiveRoom;
  readonly #options: RoomKeeperOptions;
  readonly #sessions: RoomSessions;
  readonly #seats: SeatNotes;
  readonly #commit: OutputCommit;
  readonly #inputs: InputNotes;
  #guard: RoomGuard | undefined;
  readonly #flushTicks: number;
  readonly #hastyTicks: number;
  /** So early it is written down with another room. */
  readonly #soonTicks: number;
  readonly #snapshotTicks: number;
  #writer: JournalWriter | undefined;
  #recorder: StateRecorder | undefined;
  /** Whose state {@link #recorder} writes down. */
  #encoder: Encoder | undefined;
  #fingerprint = fingerprintOf(undefined);
  #cache: Uint8Array | undefined;
  #listing = '';
  #nextFlush = 0;
  /** From here on it is written down for a message that waits. */
  #nextHasty = 0;
  #nextSnapshot = 0;
  #lastEntry = 0;
  #ended = false;
  #onTick: (() => void) | undefined;
  #isFrozen = false;
  #standing: PromiseWithResolvers<void> | undefined;

  /**
   * @param line of the replay that the state came from, if it did
   * @throws {ArchiveError} `unsupported`: the state cannot be kept; the message names the field
   */
  constructor(options: RoomKeeperOptions, line?: Line) {
    const { room, timings, random } = options;
    this.#options = options;
    this.room = room;
    this.#sessions = RoomSessions.of(room);
    this.#seats = new SeatNotes(
      this.#sessions,
      () => this.#encoder,
      (client) => room.onCacheClient && pack(room.onCacheClient(client)),
    );
    this.#commit = new OutputCommit(this.#sessions, Math.ceil(MOST_HELD_MS / room.tickMs));
    this.#inputs = new InputNotes(this.#sessions);
    this.#flushTicks = Math.max(1, Math.round(timings.flushMs / room.tickMs));
    this.#hastyTicks = Math.min(this.#flushTicks, Math.max(1, Math.ceil(HASTY_FLUSH_MS / room.tickMs)));
    this.#soonTicks = Math.min(2, this.#flushTicks - 1);
    this.#snapshotTicks = Math.max(1, Math.round(timings.snapshotMs / room.tickMs));
    this.#nextSnapshot = room.tickCounts.made + Math.ceil(random() * this.#snapshotTicks);
    this.#record(line);
  }

  get epoch(): number {
    return this.#writer?.owner.epoch ?? 0;
  }

  /** Under which the room is in the store; undefined before {@link begin}. */
  get owner(): Ownership | undefined {
    return this.#writer?.owner;
  }

  /** Up to which tick everything is in the store. */
  get durableTick(): number {
    return this.#writer?.durableTick ?? 0;
  }

  /** The room as it is now, whole. */
  content(): SnapshotContent {
    const { room, createOptions } = this.#options;
    const { next, made } = room.tickCounts;
    const body = writeRoom({
      name: room.roomName,
      options: createOptions,
      elapsedMs: room.clock.elapsedTime,
      nextTick: next,
      state: this.#recorder?.snapshot(),
      cache: room.onCacheRoom?.(),
      listing: this.#currentListing(),
      inputs: this.#inputs.all(),
    });
    return { tick: made, fingerprint: this.#fingerprint, body };
  }

  /** All sessions, as they are now. */
  allSeats(): Seats {
    return this.#seats.all();
  }

  /**
   * The room is in the store as it was up to now: what follows is journaled.
   * @param term of the fence in which the store said so, see Fence.guard
   */
  begin(owner: Ownership, term: number): void {
    const { store, lost, fence } = this.#options;
    const cache = this.#packCache();
    this.#cache = cache && new Uint8Array(cache);
    this.#listing = JSON.stringify(this.#currentListing());
    const tick = this.room.tickCounts.made;
    this.#lastEntry = tick;
    this.#writer = new JournalWriter({
      store,
      owner,
      tick,
      onDurable: (durable) => this.#committed(durable),
      onStopped: (reason) => {
        // What waited for too long is safe nowhere; sessions that keep what they said for ever would end.
        if (reason === 'overflow' || reason === 'failed') this.#committed(Infinity);
      },
      onFenced: () => lost(),
    });
    // Last: it may ask at once whose the room is.
    this.#guard = fence?.guard(
      {
        paused: () => this.room.pauseTicks(),
        resumed: () => this.#goOn(),
        lost: () => lost(),
        stillOwned: () => this.#isStillOwned(),
      },
      term,
    );
    this.#commit.holdAll();
  }

  hold(frames: FrameSession): void {
    this.#commit.hold(frames);
  }

  #committed(durableTick: number): void {
    const mayLeave = this.#commit.commit(durableTick) && this.room.tickMs > LONG_TICK_MS;
    if (mayLeave && !this.#ended && !this.room.faults.hasFailed && !this.isFenced()) this.room.flushClients();
  }

  /** The room was taken over: its journal begins anew with it as it is now, under what it was claimed with or above. */
  snapshotNow(): void {
    this.#recorder?.delta();
    for (const [sessionId, seat] of this.#seats.all()) this.#writer!.seat(sessionId, seat);
    this.#writer!.snapshot(this.content());
    this.#commit.note(this.room.tickCounts.made);
    this.#writer!.flush();
  }

  isFenced(): boolean {
    return this.#isFrozen || (this.#guard !== undefined && this.#guard.isFenced(this.#options.fence!.now()));
  }

  standsNoMore(): Promise<void> {
    if (this.#ended || !this.isFenced()) return Promise.resolve();
    this.#standing ??= Promise.withResolvers();
    return this.#standing.promise;
  }

  /**
   * Resolves right behind the next tick, when clients have just been sent what it made: whoever freezes the room then keeps
   * them waiting for the shortest time. In the end also where no tick comes.
   */
  async tickOver(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onTick = resolve;
    const timer = setTimeout(resolve, withinMs);
    await promise;
    clearTimeout(timer);
    if (this.#onTick === resolve) this.#onTick = undefined;
  }

  /**
   * Stops the room between two ticks, and writes down what it is now. From here on nothing goes out to clients; what comes
   * from them is for whoever goes on with the room, be it this one (see {@link thaw}).
   * @param snapshot whole, also where the journal says it
   */
  freeze(snapshot: boolean): void {
    this.#isFrozen = true;
    this.room.pauseTicks();
    if (snapshot) this.#nextSnapshot = 0;
    this.#noteAll(this.room.tickCounts.made);
  }

  /** Of a frozen room. @returns whether all that it was is in the store; not where that took too long, or was refused */
  async isWritten(withinMs: number): Promise<boolean> {
    const writer = this.#writer!;
    const limit = AbortSignal.timeout(withinMs);
    const late = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve(), { once: true }));
    while (!this.#ended && writer.state === 'open') {
      if (writer.isDurable && !writer.isSnapshotWaiting) return true;
      if (limit.aborted) return false;
      writer.flush();
      await Promise.race([writer.settled(), late]);
      if (!writer.isDurable) await Promise.race([pause(WRITE_AGAIN_MS), late]); // Redis is away, or was
    }
    return false;
  }

  /** The frozen room goes on here. */
  thaw(): void {
    this.#isFrozen = false;
    this.#goOn();
  }

  #goOn(): void {
    if (this.#ended || this.isFenced()) return;
    this.room.resumeTicks();
    this.#moves();
  }

  #moves(): void {
    this.#standing?.resolve();
    this.#standing = undefined;
  }

  ticked(ticks: number): void {
    const writer = this.#writer;
    if (this.#ended || writer === undefined) return;
    this.#onTick?.();
    const isDue = ticks >= this.#nextFlush || this.#sessions.size !== this.#seats.size;
    if (!isDue && !this.#isHasty(writer, ticks)) return;
    this.#noteAll(ticks);
    if (this.#soonTicks === 0) return; // so slow a room keeps nobody company
    let along = 0;
    for (const other of this.#options.all()) if (other.#comesAlong(isDue) && ++along === MOST_ALONG) return;
  }

  /** Hot: each tick. Not while nothing can be written: what waits is in the next write then. */
  #isHasty(writer: JournalWriter, ticks: number): boolean {
    return this.#commit.messageWaits && ticks >= this.#nextHasty && writer.isReady;
  }

  /**
   * What is sent to the store in one turn of the event loop leaves in one write, and a write costs more than all that is in
   * it. So a room that is nearly due goes with one that is; it is due a tick later then, and goes with that one again.
   * @param isDue not where the other one is written down for a message: then only who has one too goes with it
   */
  #comesAlong(isDue: boolean): boolean {
    const ticks = this.room.tickCounts.made;
    if (this.#writer === undefined || this.#ended || this.#soonTicks === 0) return false;
    if (isDue ? ticks < this.#nextFlush - this.#soonTicks : !this.#isHasty(this.#writer, ticks)) return false;
    if (this.room.faults.hasFailed || this.isFenced()) return false;
    this.#noteAll(ticks);
    this.#nextFlush++;
    return true;
  }

  #noteAll(ticks: number): void {
    const writer = this.#writer!;
    this.#nextFlush = ticks + this.#flushTicks;
    this.#nextHasty = ticks + this.#hastyTicks;
    if (writer.isReady) this.#commit.writing();
    const beganMs = performance.now();
    try {
      this.#note(writer, ticks);
      nodeTally.journal.record(performance.now() - beganMs);
    } catch (error) {
      this.#options.failed(error);
    }
  }

  failed(): void {
    this.#options.roomFailed();
  }

  /** Writes no more. What is under way comes to its end in silence. */
  end(): void {
    this.#ended = true;
    this.#writer?.close();
    this.#guard?.end();
    this.#commit.forget();
    this.#moves();
  }

  /** Writes no more, and the room goes on without: nothing waits for the store any more. */
  leave(): void {
    const wasFrozen = this.#isFrozen;
    this.end();
    this.#commit.free();
    if (wasFrozen) this.room.resumeTicks();
  }

  /** Under which the room is in the store when nothing is under way any more. Never rejects. */
  async lastOwner(): Promise<Ownership> {
    await this.settled();
    return this.owner!;
  }

  /** Resolves when nothing is under way. Never rejects. */
  async settled(): Promise<void> {
    await this.#writer?.settled();
  }

  async #isStillOwned(): Promise<boolean> {
    const { roomId, node, epoch } = this.owner!;
    const owner = await this.#options.store.owner(roomId);
    // None, where Redis lost it all: the next write finds that out, and begins anew. It may be there by now, under an epoch
    // that no answer has told this node of yet.
    const { triedEpoch } = this.#writer!;
    return owner === undefined || (owner.node === node && owner.epoch <= triedEpoch) || owner.epoch < epoch;
  }

  #note(writer: JournalWriter, ticks: number): void {
    const isOtherState = this.room.stateEncoder !== this.#encoder;
    if (isOtherState) this.#record();
    const delta = this.#recorder?.delta();
    if (isOtherState || writer.state === 'stopped') {
      writer.restart(this.content(), this.allSeats());
      this.#lastEntry = ticks;
    } else {
      const isSnapshotDue = ticks >= this.#nextSnapshot;
      const seatsChanged = this.#seats.note(writer, isSnapshotDue);
      this.#addEntry(writer, ticks, delta, seatsChanged);
      if (isSnapshotDue) {
        this.#nextSnapshot = ticks + this.#snapshotTicks;
        writer.snapshot(this.content());
      }
    }
    if (this.#lastEntry === ticks) this.#commit.note(ticks);
    writer.flush();
  }

  #addEntry(writer: JournalWriter, ticks: number, delta: Uint8Array | undefined, seatsChanged: boolean): void {
    const { room } = this;
    const cache = this.#changedCache();
    const listing = this.#changedListing();
    const isIdle = delta === undefined && cache === undefined && listing === undefined && !seatsChanged;
    const isSoon = ticks - this.#lastEntry < IDLE_FLUSHES * this.#flushTicks;
    // Whoever goes on with a room that moves is to know to the tick where it stands.
    if (isIdle && isSoon && (!this.#isFrozen || ticks === this.#lastEntry)) return;
    this.#lastEntry = ticks;
    const elapsedMs = room.clock.elapsedTime;
    const inputs = this.#inputs.changed();
    writer.add(ticks, writeChange({ elapsedMs, nextTick: room.tickCounts.next, delta, cache, listing, inputs }));
  }

  /** To be copied at once. */
  #packCache(): Uint8Array | undefined {
    return this.room.onCacheRoom && packBriefly(this.room.onCacheRoom());
  }

  #changedCache(): Uint8Array | undefined {
    const cache = this.#packCache();
    if (cache === undefined || (this.#cache !== undefined && Buffer.compare(cache, this.#cache) === 0))
      return undefined;
    if (this.#cache?.length === cache.length) this.#cache.set(cache);
    else this.#cache = new Uint8Array(cache);
    return this.#cache;
  }

  #currentListing(): KeptListing {
    const { room } = this;
    const maxClients = Number.isFinite(room.maxClients) ? room.maxClients : undefined;
    return { metadata: room.metadata, maxClients, locked: isLockedExplicitly(room), private: listingOf(room).private };
  }

  #changedListing(): KeptListing | undefined {
    const listing = this.#currentListing();
    const text = JSON.stringify(listing);
    if (text === this.#listing) return undefined;
    this.#listing = text;
    return listing;
  }

  #record(line?: Line): void {
    const encoder = this.room.stateEncoder;
    this.#encoder = encoder;
    this.#recorder = encoder && new StateRecorder(encoder, this.room.roomId, line);
    const stateClass = encoder && ((encoder.state as Schema).constructor as SchemaClass);
    this.#fingerprint = fingerprintOf(stateClass && writeShape(StateShape.of(stateClass)));
  }
}
