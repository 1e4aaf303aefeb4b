import type { Encoder, Schema } from '@colyseus/schema';
import type { Line } from '../archive/archive-format.ts';
import type { SchemaClass } from '../archive/schema-storage.ts';
import { writeShape } from '../archive/shape-bytes.ts';
import { StateRecorder } from '../archive/state-recorder.ts';
import { StateShape } from '../archive/state-shape.ts';
import { isLockedExplicitly, listingOf } from '../room/colyseus-internals.ts';
import type { LiveRoom } from '../room/live-room.ts';
import { RoomSessions } from '../session/room-sessions.ts';
import type { SnapshotContent } from '../store/room-store.ts';
import { fingerprintOf } from './fingerprint.ts';
import { InputNotes } from './input-notes.ts';
import { packBriefly } from './packed.ts';
import { type KeptListing, type RoomChange, writeChange, writeRoom } from './room-record.ts';

/** What became of a room since it was last written down. Each is undefined where it is as it was. */
export type NotedChange = Pick<RoomChange, 'delta' | 'cache' | 'listing'>;

/** Writes down a room but for its sessions: all of it, or what is new since the last time. */
export class RoomNotes {
  readonly #room: LiveRoom;
  readonly #createOptions: unknown;
  readonly #inputs: InputNotes;
  #recorder: StateRecorder | undefined;
  /** Whose state {@link #recorder} writes down. */
  #encoder: Encoder | undefined;
  #fingerprint = fingerprintOf(undefined);
  #cache: Uint8Array | undefined;
  #listing = '';

  /**
   * @param createOptions of the room's `onCreate`, to be called with again
   * @param line of the replay that the state came from, if it did
   * @throws {ArchiveError} `unsupported`: the state cannot be kept; the message names the field
   */
  constructor(room: LiveRoom, createOptions: unknown, line?: Line) {
    this.#room = room;
    this.#createOptions = createOptions;
    this.#inputs = new InputNotes(RoomSessions.of(room));
    this.#record(line);
  }

  /** Of the state that is written down, if there is one. */
  get encoder(): Encoder | undefined {
    return this.#encoder;
  }

  /** The room as it is now, whole. */
  all(): SnapshotContent {
    const room = this.#room;
    const { next, made } = room.tickCounts;
    const body = writeRoom({
      name: room.roomName,
      options: this.#createOptions,
      elapsedMs: room.clock.elapsedTime,
      nextTick: next,
      state: this.#recorder?.snapshot(),
      cache: room.onCacheRoom?.(),
      listing: this.#currentListing(),
      inputs: this.#inputs.all(),
    });
    return { tick: made, fingerprint: this.#fingerprint, body };
  }

  /** What {@link changed} is compared with from now on is the room as it is now, but for its state: see {@link delta}. */
  begin(): void {
    const cache = this.#packCache();
    this.#cache = cache && new Uint8Array(cache);
    this.#listing = JSON.stringify(this.#currentListing());
  }

  /** @returns whether the room has another state than before, of which nothing was written down yet @throws as the constructor */
  takeState(): boolean {
    const isOther = this.#room.stateEncoder !== this.#encoder;
    if (isOther) this.#record();
    return isOther;
  }

  /** What became of the state since the last time; undefined where it is as it was. */
  delta(): Uint8Array | undefined {
    return this.#recorder?.delta();
  }

  /** @param delta of the state since the last time */
  changed(delta: Uint8Array | undefined): NotedChange {
    return { delta, cache: this.#changedCache(), listing: this.#changedListing() };
  }

  /** With where the room's clock and inputs are now. */
  write(change: NotedChange): Uint8Array {
    const { clock, tickCounts } = this.#room;
    const inputs = this.#inputs.changed();
    return writeChange({ elapsedMs: clock.elapsedTime, nextTick: tickCounts.next, inputs, ...change });
  }

  /** To be copied at once. */
  #packCache(): Uint8Array | undefined {
    return this.#room.onCacheRoom && packBriefly(this.#room.onCacheRoom());
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
    const room = this.#room;
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
    const encoder = this.#room.stateEncoder;
    this.#encoder = encoder;
    this.#recorder = encoder && new StateRecorder(encoder, this.#room.roomId, line);
    const stateClass = encoder && ((encoder.state as Schema).constructor as SchemaClass);
    this.#fingerprint = fingerprintOf(stateClass && writeShape(StateShape.of(stateClass)));
  }
}
