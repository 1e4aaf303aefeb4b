import { setTimeout as pause } from 'node:timers/promises';
import type { FrameSession } from '../../shared/session/frame-session.ts';
import type { Line } from '../archive/archive-format.ts';
import type { LiveRoom } from '../room/live-room.ts';
import { nodeTally } from '../metrics/tally.ts';
import type { RoomKeep } from '../room/room-keep.ts';
import { RoomSessions } from '../session/room-sessions.ts';
import { JournalWriter } from '../store/journal-writer.ts';
import type { Ownership, Seats, SnapshotContent } from '../store/room-store.ts';
import { FlushPlan } from './flush-plan.ts';
import type { RoomGuard, RoomKeeperOptions } from './keeper-options.ts';
import { OutputCommit } from './output-commit.ts';
import { pack } from './packed.ts';
import { RoomNotes } from './room-notes.ts';
import { SeatNotes } from './seat-notes.ts';

/** At most so many rooms are written down in the turn of another one: together they must not make anybody's tick late. */
const MOST_ALONG = 15;
/** So long messages wait for a store that is away, while the room plays on. */
const MOST_HELD_MS = 5_000;
/** Where ticks are farther apart, messages leave as soon as they may, and not with the next one. */
const LONG_TICK_MS = 25;
/** A frozen room that could not be written is written again so soon. */
const WRITE_AGAIN_MS = 5;

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
  readonly #notes: RoomNotes;
  #guard: RoomGuard | undefined;
  readonly #plan: FlushPlan;
  #writer: JournalWriter | undefined;
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
    const { room, createOptions, timings, random } = options;
    this.#options = options;
    this.room = room;
    this.#sessions = RoomSessions.of(room);
    this.#notes = new RoomNotes(room, createOptions, line);
    this.#seats = new SeatNotes(
      this.#sessions,
      () => this.#notes.encoder,
      (client) => room.onCacheClient && pack(room.onCacheClient(client)),
    );
    this.#commit = new OutputCommit(this.#sessions, Math.ceil(MOST_HELD_MS / room.tickMs));
    this.#plan = new FlushPlan(timings, room.tickMs, room.tickCounts.made, random());
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
    return this.#notes.all();
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
    this.#notes.begin();
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
    this.#notes.delta();
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
    if (snapshot) this.#plan.snapshotAtOnce();
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
    const isDue = this.#plan.isDue(ticks) || this.#sessions.size !== this.#seats.size;
    if (!isDue && !this.#isHasty(writer, ticks)) return;
    this.#noteAll(ticks);
    if (!this.#plan.keepsCompany) return;
    let along = 0;
    for (const other of this.#options.all()) if (other.#comesAlong(isDue) && ++along === MOST_ALONG) return;
  }

  /** Hot: each tick. Not while nothing can be written: what waits is in the next write then. */
  #isHasty(writer: JournalWriter, ticks: number): boolean {
    return this.#commit.messageWaits && this.#plan.isHastyDue(ticks) && writer.isReady;
  }

  /**
   * What is sent to the store in one turn of the event loop leaves in one write, and a write costs more than all that is in
   * it. So a room that is nearly due goes with one that is; it is due a tick later then, and goes with that one again.
   * @param isDue not where the other one is written down for a message: then only who has one too goes with it
   */
  #comesAlong(isDue: boolean): boolean {
    const ticks = this.room.tickCounts.made;
    if (this.#writer === undefined || this.#ended || !this.#plan.keepsCompany) return false;
    if (!(isDue ? this.#plan.isNearlyDue(ticks) : this.#isHasty(this.#writer, ticks))) return false;
    if (this.room.faults.hasFailed || this.isFenced()) return false;
    this.#noteAll(ticks);
    this.#plan.wentAlong();
    return true;
  }

  #noteAll(ticks: number): void {
    const writer = this.#writer!;
    this.#plan.written(ticks);
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
    const isOtherState = this.#notes.takeState();
    const delta = this.#notes.delta();
    if (isOtherState || writer.state === 'stopped') {
      writer.restart(this.content(), this.allSeats());
      this.#lastEntry = ticks;
    } else {
      const isSnapshotDue = this.#plan.isSnapshotDue(ticks);
      const seatsChanged = this.#seats.note(writer, isSnapshotDue);
      this.#addEntry(writer, ticks, delta, seatsChanged);
      if (isSnapshotDue) {
        this.#plan.snapshotTaken(ticks);
        writer.snapshot(this.content());
      }
    }
    if (this.#lastEntry === ticks) this.#commit.note(ticks);
    writer.flush();
  }

  #addEntry(writer: JournalWriter, ticks: number, delta: Uint8Array | undefined, seatsChanged: boolean): void {
    const change = this.#notes.changed(delta);
    const { cache, listing } = change;
    const isIdle = delta === undefined && cache === undefined && listing === undefined && !seatsChanged;
    // Whoever goes on with a room that moves is to know to the tick where it stands.
    const mayPass = !this.#isFrozen || ticks === this.#lastEntry;
    if (isIdle && mayPass && this.#plan.mayIdle(ticks, this.#lastEntry)) return;
    this.#lastEntry = ticks;
    writer.add(ticks, this.#notes.write(change));
  }
}
