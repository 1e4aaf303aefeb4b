import type { Client } from '@colyseus/core';
import type { Encoder, Schema } from '@colyseus/schema';
import type { Line } from '../archive/archive-format.ts';
import type { Fenced } from '../failover/fence.ts';
import type { SchemaClass } from '../archive/schema-storage.ts';
import { writeShape } from '../archive/shape-bytes.ts';
import { StateRecorder } from '../archive/state-recorder.ts';
import { StateShape } from '../archive/state-shape.ts';
import { writeView } from '../archive/view-membership.ts';
import { isLockedExplicitly, listingOf } from '../room/colyseus-internals.ts';
import type { LiveRoom } from '../room/live-room.ts';
import type { RoomKeep } from '../room/room-keep.ts';
import type { FrameSession } from '../../shared/session/frame-session.ts';
import { type RoomSession, RoomSessions } from '../session/room-sessions.ts';
import { JournalWriter } from '../store/journal-writer.ts';
import type { Ownership, RoomStore, Seats, SnapshotContent } from '../store/room-store.ts';
import { fingerprintOf } from './fingerprint.ts';
import { pack } from './packed.ts';
import { type KeptListing, writeChange, writeRoom } from './room-record.ts';
import { writeSeat } from './seat-record.ts';

export interface KeeperTimings {
  /** From one journal entry to the next: what of the game may be lost with its node. Default 50. */
  flushMs: number;
  /** From one snapshot to the next. Default 2,000. */
  snapshotMs: number;
}

export const KEEPER_TIMINGS: KeeperTimings = { flushMs: 50, snapshotMs: 2_000 };

/** A room in which nothing happens is journaled this rarely, for its clock's sake: once in so many flushes. */
const IDLE_FLUSHES = 10;

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
  /** The room cannot be kept from here on. */
  failed(error: unknown): void;
}

/** What may be acknowledged once `tick` is in the store. */
interface HeldAcks {
  tick: number;
  points: { frames: FrameSession; sequence: number }[];
}

/** What was written of a session, to find out whether there is something to write. */
interface WrittenSeat {
  session: RoomSession;
  client: Client;
  nextToken: string;
  revision: number;
  view: Uint8Array | undefined;
}

/**
 * Writes down what a running room is: what became of it every few ticks, all of it every few seconds, and a seat for each
 * session. Make it, {@link begin} with what is in the store, and call {@link ticked}.
 */
export class RoomKeeper implements RoomKeep {
  readonly room: LiveRoom;
  readonly #options: RoomKeeperOptions;
  readonly #sessions: RoomSessions;
  readonly #seats = new Map<string, WrittenSeat>();
  #guard: RoomGuard | undefined;
  readonly #flushTicks: number;
  readonly #snapshotTicks: number;
  #writer: JournalWriter | undefined;
  #recorder: StateRecorder | undefined;
  /** Whose state {@link #recorder} writes down. */
  #encoder: Encoder | undefined;
  #fingerprint = fingerprintOf(undefined);
  #cache: Uint8Array | undefined;
  #listing = '';
  #nextFlush = 0;
  #nextSnapshot = 0;
  #lastEntry = 0;
  #ended = false;
  /** One at a time: those that came meanwhile are in the next. */
  #heldAcks: HeldAcks | undefined;

  /**
   * @param line of the replay that the state came from, if it did
   * @throws {ArchiveError} `unsupported`: the state cannot be kept; the message names the field
   */
  constructor(options: RoomKeeperOptions, line?: Line) {
    const { room, timings, random } = options;
    this.#options = options;
    this.room = room;
    this.#sessions = RoomSessions.of(room);
    this.#flushTicks = Math.max(1, Math.round(timings.flushMs / room.tickMs));
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
    });
    return { tick: made, fingerprint: this.#fingerprint, body };
  }

  /** All sessions, as they are now. */
  allSeats(): Seats {
    const seats = new Map<string, Uint8Array>();
    this.#seats.clear();
    for (const session of this.#sessions) seats.set(session.sessionId, this.#writeSeat(session));
    return seats;
  }

  /**
   * The room is in the store as it was up to now: what follows is journaled.
   * @param term of the fence in which the store said so, see Fence.guard
   */
  begin(owner: Ownership, term: number): void {
    const { store, lost, fence } = this.#options;
    this.#guard = fence?.guard(
      {
        paused: () => this.room.pauseTicks(),
        resumed: () => this.room.resumeTicks(),
        lost: () => lost(),
        stillOwned: () => this.#isStillOwned(),
      },
      term,
    );
    this.#cache = this.#packCache();
    this.#listing = JSON.stringify(this.#currentListing());
    const tick = this.room.tickCounts.made;
    this.#lastEntry = tick;
    this.#writer = new JournalWriter({
      store,
      owner,
      tick,
      onDurable: (durable) => this.#release(durable),
      // What waited for too long is safe nowhere; clients that keep what they said for ever would end.
      onStopped: () => this.#release(Infinity),
      onFenced: () => lost(),
    });
  }

  /** The room was taken over: its journal begins anew with it as it is now, under what it was claimed with or above. */
  snapshotNow(): void {
    this.#recorder?.delta();
    for (const session of this.#sessions) this.#writer!.seat(session.sessionId, this.#writeSeat(session));
    this.#writer!.snapshot(this.content());
    this.#writer!.flush();
  }

  isFenced(): boolean {
    return this.#guard !== undefined && this.#guard.isFenced(this.#options.fence!.now());
  }

  ticked(ticks: number): void {
    const writer = this.#writer;
    if (this.#ended || writer === undefined) return;
    if (ticks < this.#nextFlush && this.#sessions.size === this.#seats.size) return;
    this.#nextFlush = ticks + this.#flushTicks;
    try {
      this.#note(writer, ticks);
    } catch (error) {
      this.#options.failed(error);
    }
  }

  /** Writes no more. What is under way comes to its end in silence. */
  end(): void {
    this.#ended = true;
    this.#writer?.close();
    this.#guard?.end();
    this.#heldAcks = undefined;
  }

  /** Writes no more, and the room goes on without: what its clients say is acknowledged as it is processed. */
  leave(): void {
    this.end();
    for (const { frames } of this.#sessions) frames?.freeAcks();
  }

  /** Resolves when nothing is under way. Never rejects. */
  async settled(): Promise<void> {
    await this.#writer?.settled();
  }

  async #isStillOwned(): Promise<boolean> {
    const { roomId, node, epoch } = this.owner!;
    const owner = await this.#options.store.owner(roomId);
    // None, where Redis lost it all: the next write finds that out, and begins anew.
    return owner === undefined || (owner.node === node && owner.epoch <= epoch) || owner.epoch < epoch;
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
      const seatsChanged = this.#noteSeats(writer, isSnapshotDue);
      this.#addEntry(writer, ticks, delta, seatsChanged);
      if (isSnapshotDue) {
        this.#nextSnapshot = ticks + this.#snapshotTicks;
        writer.snapshot(this.content());
      }
    }
    this.#heldAcks ??= this.#lastEntry === ticks ? this.#holdAcks(ticks) : undefined;
    writer.flush();
  }

  #addEntry(writer: JournalWriter, ticks: number, delta: Uint8Array | undefined, seatsChanged: boolean): void {
    const { room } = this;
    const cache = this.#changedCache();
    const listing = this.#changedListing();
    const isIdle = delta === undefined && cache === undefined && listing === undefined && !seatsChanged;
    if (isIdle && ticks - this.#lastEntry < IDLE_FLUSHES * this.#flushTicks) return;
    this.#lastEntry = ticks;
    const elapsedMs = room.clock.elapsedTime;
    writer.add(ticks, writeChange({ elapsedMs, nextTick: room.tickCounts.next, delta, cache, listing }));
  }

  /** What came from clients until now is part of what was just added. */
  #holdAcks(tick: number): HeldAcks {
    const points: HeldAcks['points'] = [];
    for (const { frames } of this.#sessions) {
      if (frames !== undefined) points.push({ frames, sequence: frames.lastProcessed });
    }
    return { tick, points };
  }

  #release(durableTick: number): void {
    if (this.#heldAcks === undefined || durableTick < this.#heldAcks.tick) return;
    for (const { frames, sequence } of this.#heldAcks.points) frames.releaseAcks(sequence);
    this.#heldAcks = undefined;
  }

  /**
   * @param all also those of which only such sequences changed as matter to nobody for a while
   * @returns whether any changed otherwise
   */
  #noteSeats(writer: JournalWriter, all: boolean): boolean {
    let any = this.#sessions.size !== this.#seats.size;
    for (const session of this.#sessions) {
      const hasChanged = this.#hasChanged(session);
      any ||= hasChanged;
      if (all || hasChanged) writer.seat(session.sessionId, this.#writeSeat(session));
    }
    if (this.#sessions.size === this.#seats.size) return any;
    for (const sessionId of this.#seats.keys()) {
      if (this.#sessions.get(sessionId) !== undefined) continue;
      this.#seats.delete(sessionId);
      writer.seat(sessionId, undefined);
    }
    return any;
  }

  #hasChanged(session: RoomSession): boolean {
    const written = this.#seats.get(session.sessionId);
    if (written === undefined || written.session !== session || written.client !== session.client) return true;
    if (written.nextToken !== session.nextToken || written.revision !== (session.frames?.revision ?? 0)) return true;
    if ((session.client as Client).view === undefined) return false;
    const view = this.#viewOf(session);
    return written.view === undefined || view === undefined || Buffer.compare(written.view, view) !== 0;
  }

  #writeSeat(session: RoomSession): Uint8Array {
    const { frames, nextToken, sessionId } = session;
    const client: Client = session.client;
    const view = this.#viewOf(session);
    this.#seats.set(sessionId, { session, client, nextToken, revision: frames?.revision ?? 0, view });
    return writeSeat({ tokenHashes: session.tokenHashes(), auth: client.auth, view, frames: frames?.save() });
  }

  #viewOf(session: RoomSession): Uint8Array | undefined {
    const { view }: Client = session.client;
    return view === undefined || this.#encoder === undefined ? undefined : writeView(view, this.#encoder);
  }

  #packCache(): Uint8Array | undefined {
    return this.room.onCacheRoom && pack(this.room.onCacheRoom());
  }

  #changedCache(): Uint8Array | undefined {
    const cache = this.#packCache();
    if (cache === undefined || (this.#cache !== undefined && Buffer.compare(cache, this.#cache) === 0))
      return undefined;
    return (this.#cache = cache);
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
