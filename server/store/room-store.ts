import type { JournaledTick, SealedEntry } from './journal-entry.ts';

/**
 * Where rooms outlive their node: a journal, snapshots and seats for each, in Redis (RedisStore) or, for a server that
 * stands alone, in its memory (MemoryStore). store-contract.ts says what both do.
 *
 * A room has one owner at a time, and an epoch that grows whenever the ownership changes hands or the journal starts
 * anew. Whoever writes shows its {@link Ownership}; the store compares and writes in one step. So safety never rests on
 * a clock: an owner that slept through its own replacement can write nothing more.
 *
 * Every method but `end` may be repeated when its answer was lost (RedisUnavailableError): what was carried out is not
 * carried out twice. Bodies, fingerprints and seats are the caller's bytes; the store does not look into them.
 */
export interface RoomStore {
  /** Whether it can be reached, as far as is known. Writes fail at once while it cannot. */
  readonly available: boolean;

  /**
   * Makes a room that is not there, with its first snapshot (which covers everything up to now) and seats.
   * Repeat it with the same `owner.token`.
   * @throws {StoreError} `exists`
   */
  create(roomId: string, owner: Claimant, first: SnapshotContent, seats?: Seats): Promise<Ownership>;

  /**
   * Starts the journal of the owner's room anew, under a higher epoch: snapshot and seats replace all that was there.
   * This is the way on after `lost` and `full`, and whenever part of the journal was dropped.
   * @param epoch above `owner.epoch`; each attempt with another snapshot needs one of its own. Default: the next
   * @throws {StoreError} `fenced`, `ended`
   */
  begin(owner: Ownership, first: SnapshotContent, seats: Seats, epoch?: number): Promise<Ownership>;

  /**
   * Writes entries, and seats with them, all or nothing. Entries that are there already are left as they are, and if all
   * are, so are the seats.
   * @param entries at least one, with sequences one after the other; the first follows the last one written
   * @throws {StoreError} `fenced`, `ended`, `lost`, `full`
   */
  append(owner: Ownership, entries: readonly SealedEntry[], seats?: SeatChanges): Promise<void>;

  /**
   * Replaces the snapshot. The one before it is kept, and so is the journal behind that one.
   * One that is not newer than what is there (by `sequence`) changes nothing.
   * @param sequence the last entry of `owner.epoch` that it covers, 0 for none; it must have been written
   * @throws {StoreError} `fenced`, `ended`, `lost`
   */
  saveSnapshot(owner: Ownership, sequence: number, snapshot: SnapshotContent): Promise<void>;

  /**
   * Takes a room over from an owner that is held dead, or that hands it over. Of any number that try, one wins: the
   * owner is compared and replaced in one step, and from then on refused. Load the room afterwards, not before.
   * Repeat it with the same `claimant.token`.
   * @param from whom it is taken from. Whoever comes later finds another owner there
   * @throws {StoreError} `missing`, `ended`
   */
  claim(roomId: string, claimant: Claimant, from: { node?: string; epoch?: number }): Promise<ClaimResult>;

  /**
   * Reads a room. Snapshots that cannot be used are passed over for the one before; for the `owner` they are also put
   * aside, so that the next snapshot does not push out the good one.
   * @param accepts tells snapshots that the caller cannot use, e.g. by their fingerprint. Default: all are good
   * @throws {StoreError} `missing`, `ended`, `unreadable`, `newer-format`, `journal-broken`; `fenced` if there is an `owner`
   */
  load(roomId: string, options?: { owner?: Ownership; accepts?: (snapshot: Snapshot) => boolean }): Promise<StoredRoom>;

  /** Who owns a room; undefined if there is none (any more). */
  owner(roomId: string): Promise<RoomOwner | undefined>;

  /**
   * Removes a room. For some minutes its epoch stays behind, so that nobody who slept brings it back.
   * @param keepAside keep snapshots and journal for a while where nobody but people look: the room could not go on
   * @throws {StoreError} `fenced`
   */
  end(owner: Ownership, options?: { keepAside?: boolean }): Promise<void>;

  /**
   * Counts that the owner's room begins again since its own code failed; once for each epoch.
   * @returns how often it did within a minute of the first time, this one included, whoever owned it
   */
  countRestart(owner: Ownership): Promise<number>;

  /** The rooms that a node owns, living or not. */
  roomsOf(node: string): Promise<RoomOwner[]>;

  /** The nodes that own rooms, or did lately. */
  nodes(): Promise<string[]>;

  /** Runs `listener` when the store turned out to have lost what it held: every owner must `begin` anew. */
  onEmptied(listener: () => void): () => void;
}

/** Who wants a room. */
export interface Claimant {
  /** The process id. */
  readonly node: string;
  /** Tells two that claim in one process apart, and one that repeats its claim from a second one. Default: random. */
  readonly token?: string;
}

/** What an owner shows. */
export interface Ownership {
  readonly roomId: string;
  readonly node: string;
  readonly token: string;
  readonly epoch: number;
  /** Which data set it was given in: rooms may be missing from another one for other reasons than their end. */
  readonly home: string;
}

export interface RoomOwner {
  readonly roomId: string;
  readonly node: string;
  readonly epoch: number;
}

export type ClaimResult =
  | { readonly won: true; readonly owner: Ownership }
  /** Somebody else has it, or it is not whose it was said to be. */
  | { readonly won: false; readonly owner: RoomOwner };

export interface SnapshotContent {
  readonly tick: number;
  /** Of the schema: at most 1,024 bytes. */
  readonly fingerprint: Uint8Array;
  /** At most 16 MiB. */
  readonly body: Uint8Array;
}

export interface Snapshot extends SnapshotContent {
  /** The last journal entry that it covers. */
  readonly epoch: number;
  readonly sequence: number;
}

/** By session id. */
export type Seats = ReadonlyMap<string, Uint8Array>;
/** By session id; undefined where there is no seat any more. */
export type SeatChanges = ReadonlyMap<string, Uint8Array | undefined>;

export interface StoredTick extends JournaledTick {
  readonly epoch: number;
  readonly sequence: number;
}

export interface StoredRoom extends RoomOwner {
  /** The last journal entry of this epoch; 0 if there is none yet. */
  readonly sequence: number;
  readonly snapshot: Snapshot;
  /** All that was journaled behind the snapshot, in order. */
  readonly ticks: readonly StoredTick[];
  readonly seats: Seats;
  /** Why a newer snapshot was passed over. */
  readonly passedOver: PassedOver | undefined;
}

/** 'gone': it is not there; 'misplaced': a snapshot of this room, but not the one that was written last; 'refused': by `accepts`. */
export type PassedOver = 'damaged' | 'newer-format' | 'another-room' | 'gone' | 'misplaced' | 'refused';
