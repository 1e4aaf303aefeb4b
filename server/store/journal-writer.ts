import { RedisUnavailableError } from '../redis/redis-error.ts';
import { EntryBuilder } from './journal-entry.ts';
import type { SealedEntry } from './journal-entry.ts';
import type { Ownership, RoomStore, SeatChanges, Seats, SnapshotContent } from './room-store.ts';
import { StoreError } from './store-error.ts';

/** Why the journal cannot go on from where it is. */
export type RestartReason =
  /** More was waiting than may be kept. */
  | 'overflow'
  /** The store has not what was written to it. */
  | 'lost'
  /** The journal is as long as it may get: there was no snapshot for long. */
  | 'full'
  /** The store refused for a reason of its own; `error` has it. */
  | 'failed';

export interface JournalLimits {
  /** Bytes of entries and seats that wait. Default 1 MiB. */
  bytes: number;
  /** Ticks that wait. Default 3,600: a minute. */
  ticks: number;
}

export const JOURNAL_LIMITS: JournalLimits = { bytes: 1_048_576, ticks: 3_600 };

export interface JournalWriterOptions {
  store: RoomStore;
  owner: Ownership;
  /** The last tick that is in the store already. */
  tick: number;
  limits?: Partial<JournalLimits>;
  /** Everything up to `tick` is in the store now, and the seats that were changed with it. */
  onDurable?: (tick: number) => void;
  /** Nothing is written, and nothing kept, until {@link JournalWriter.restart}: call it with the room as it is then. */
  onStopped?: (reason: RestartReason, error: unknown) => void;
  /** Once, and for good: the room is somebody else's (`fenced`), or no more (`ended`). */
  onFenced?: (error: StoreError) => void;
}

/** An entry is closed at this length, however long it waits. */
const MAX_ENTRY_BYTES = 65_536;
const SEAT_OVERHEAD_BYTES = 32;
/** Entries in one write, when there is something to catch up with. */
const MAX_ENTRIES = 16;

interface QueuedEntry extends SealedEntry {
  ticks: number;
  seats: Map<string, Uint8Array | undefined>;
  /** With those of its seats. */
  size: number;
}

interface WaitingSnapshot {
  content: SnapshotContent;
  sequence: number;
}

interface Restart {
  content: SnapshotContent;
  seats: Seats;
  epoch: number;
}

/**
 * Writes the journal of one room, in order, with at most one write under way, and says up to where it is durable.
 *
 * The room calls {@link flush} every few ticks; there is no timer here. While the store is away what was added waits,
 * and follows in order when it is back. A write whose answer was lost is sent again under the same sequences, which
 * changes nothing if it had arrived.
 */
export class JournalWriter {
  readonly #store: RoomStore;
  readonly #limits: JournalLimits;
  readonly #options: JournalWriterOptions;
  #owner: Ownership;
  #state: 'open' | 'stopped' | 'fenced' | 'closed' = 'open';
  /** What no entry has been made of yet. */
  #builder: EntryBuilder;
  #seats = new Map<string, Uint8Array | undefined>();
  #seatBytes = 0;
  #queue: QueuedEntry[] = [];
  #queueBytes = 0;
  #queueTicks = 0;
  #snapshot: WaitingSnapshot | undefined;
  #restart: Restart | undefined;
  #epoch: number;
  /** Counts restarts and stops: what was under way before one says nothing about the queue after it. */
  #generation = 0;
  #durableTick: number;
  #durableSequence = 0;
  #snapshotTick = 0;
  #writing: Promise<void> | undefined;

  constructor(options: JournalWriterOptions) {
    const { store, owner, tick, limits } = options;
    this.#options = options;
    this.#store = store;
    this.#owner = owner;
    this.#limits = { ...JOURNAL_LIMITS, ...limits };
    this.#epoch = owner.epoch;
    this.#durableTick = tick;
    this.#builder = new EntryBuilder(owner.roomId, owner.epoch, { tick });
  }

  /** Under which the store took the last write. */
  get owner(): Ownership {
    return this.#owner;
  }

  /** The last that was written under, or tried: where no answer came, or none yet, it may stand in the store. */
  get triedEpoch(): number {
    return this.#epoch;
  }

  get state(): 'open' | 'stopped' | 'fenced' | 'closed' {
    return this.#state;
  }

  get durableTick(): number {
    return this.#durableTick;
  }

  /** Tick of the last snapshot that was saved since this writer began, 0 if none was. */
  get snapshotTick(): number {
    return this.#snapshotTick;
  }

  get queuedBytes(): number {
    return this.#queueBytes + this.#seatBytes + (this.#builder.count > 0 ? this.#builder.length : 0);
  }

  get queuedTicks(): number {
    return this.#queueTicks + this.#builder.count;
  }

  /** Whether {@link flush} would write now what there is. */
  get isReady(): boolean {
    return this.#state === 'open' && this.#writing === undefined && this.#store.available;
  }

  /** Whether everything that was added is in the store. */
  get isDurable(): boolean {
    return this.queuedTicks === 0 && this.#queue.length === 0 && this.#seats.size === 0 && this.#restart === undefined;
  }

  /** Whether a snapshot was given that is not in the store yet. */
  get isSnapshotWaiting(): boolean {
    return this.#snapshot !== undefined;
  }

  /** What became of the room in a tick. Copies `body`. Hot: every tick of every room. */
  add(tick: number, body: Uint8Array): void {
    if (this.#state !== 'open') return; // the snapshot of the restart will have it
    this.#builder.add(tick, body);
    if (this.#builder.length > MAX_ENTRY_BYTES) this.#seal();
    this.#bound();
  }

  /** A seat as it is after the ticks that were added; undefined: it is gone. Copies `seat`. */
  seat(sessionId: string, seat: Uint8Array | undefined): void {
    if (this.#state !== 'open') return;
    const before = this.#seats.has(sessionId) ? seatSize(sessionId, this.#seats.get(sessionId)) : 0;
    this.#seatBytes += seatSize(sessionId, seat) - before;
    this.#seats.set(sessionId, seat && new Uint8Array(seat));
    this.#bound();
  }

  /**
   * Saves the room as it is after the ticks that were added, once those are in the store. One that still waits gives way
   * to the newer one. `content` must not be changed any more.
   */
  snapshot(content: SnapshotContent): void {
    if (this.#state !== 'open') return;
    this.#seal();
    this.#snapshot = { content, sequence: this.#builder.sequence };
  }

  /**
   * Begins the journal anew under a higher epoch, with the room and all its seats as they are now; {@link flush} sends it.
   * What follows is journaled behind it. `content` and `seats` must not be changed any more.
   */
  restart(content: SnapshotContent, seats: Seats): void {
    if (this.#state === 'fenced' || this.#state === 'closed') return;
    this.#drop();
    this.#restart = { content, seats, epoch: ++this.#epoch };
    this.#builder = new EntryBuilder(this.#owner.roomId, this.#epoch, { tick: content.tick });
    this.#durableSequence = 0;
    this.#state = 'open';
  }

  /** Starts to write what there is, unless a write is under way already. Cheap when there is nothing, or no store. */
  flush(): void {
    if (!this.isReady) return;
    this.#seal();
    if (this.#restart === undefined && this.#queue.length === 0 && this.#snapshot === undefined) return;
    this.#writing = this.#write().finally(() => (this.#writing = undefined));
  }

  /** Resolves when no write is under way. Never rejects. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Forgets what waits. A write under way comes to its end in silence. */
  close(): void {
    if (this.#state !== 'fenced') this.#state = 'closed';
    this.#drop();
  }

  /** Makes an entry of what was added. */
  #seal(): void {
    if (this.#builder.count === 0 && this.#seats.size === 0) return;
    const ticks = this.#builder.count;
    const sealed = this.#builder.seal();
    const size = sealed.bytes.length + this.#seatBytes;
    this.#queue.push({ ...sealed, ticks, seats: this.#seats, size });
    this.#queueBytes += size;
    this.#queueTicks += ticks;
    this.#seats = new Map();
    this.#seatBytes = 0;
  }

  #bound(): void {
    if (this.queuedBytes > this.#limits.bytes || this.queuedTicks > this.#limits.ticks) {
      this.#stop('overflow', undefined);
    }
  }

  /** Writes until nothing is left, or something goes wrong. */
  async #write(): Promise<void> {
    const generation = this.#generation;
    try {
      do await this.#writeNext();
      while (
        this.#state === 'open' &&
        generation === this.#generation &&
        (this.#queue.length > 0 || this.#isSnapshotDue())
      );
    } catch (error) {
      if (this.#state === 'closed') return;
      if (error instanceof StoreError && (error.code === 'fenced' || error.code === 'ended')) this.#fence(error);
      // Nobody knows whether it was written: the next flush sends it again.
      else if (error instanceof RedisUnavailableError || generation !== this.#generation) return;
      else if (!(error instanceof StoreError)) this.#stop('failed', error);
      else this.#stop(error.code === 'lost' || error.code === 'full' ? error.code : 'failed', error);
    }
  }

  async #writeNext(): Promise<void> {
    if (this.#restart !== undefined) await this.#writeRestart(this.#restart);
    else if (this.#isSnapshotDue()) await this.#writeSnapshot(this.#snapshot!);
    else if (this.#queue.length > 0) await this.#writeEntries(this.#queue.slice(0, MAX_ENTRIES));
  }

  /** What was added before it is in the store; entries behind it may wait a moment. */
  #isSnapshotDue(): boolean {
    return this.#snapshot !== undefined && this.#snapshot.sequence <= this.#durableSequence;
  }

  async #writeRestart({ content, seats, epoch }: Restart): Promise<void> {
    const generation = this.#generation;
    const owner = await this.#store.begin(this.#owner, content, seats, epoch);
    this.#owner = owner;
    if (generation !== this.#generation) return;
    this.#restart = undefined;
    this.#snapshotTick = content.tick;
    this.#durable(content.tick);
  }

  async #writeSnapshot(snapshot: WaitingSnapshot): Promise<void> {
    await this.#store.saveSnapshot(this.#owner, snapshot.sequence, snapshot.content);
    if (this.#snapshot !== snapshot) return;
    this.#snapshot = undefined;
    this.#snapshotTick = snapshot.content.tick;
  }

  async #writeEntries(entries: readonly QueuedEntry[]): Promise<void> {
    const generation = this.#generation;
    await this.#store.append(this.#owner, entries, seatsOf(entries));
    if (generation !== this.#generation) return;
    this.#queue.splice(0, entries.length);
    for (const { size, ticks } of entries) {
      this.#queueBytes -= size;
      this.#queueTicks -= ticks;
    }
    const { sequence, throughTick } = entries.at(-1)!;
    this.#durableSequence = sequence;
    this.#durable(throughTick);
  }

  #durable(tick: number): void {
    this.#durableTick = tick;
    this.#options.onDurable?.(tick);
  }

  #stop(reason: RestartReason, error: unknown): void {
    this.#drop();
    this.#state = 'stopped';
    this.#options.onStopped?.(reason, error);
  }

  #fence(error: StoreError): void {
    this.#drop();
    this.#state = 'fenced';
    this.#options.onFenced?.(error);
  }

  #drop(): void {
    this.#generation++;
    this.#queue = [];
    this.#queueBytes = this.#queueTicks = this.#seatBytes = 0;
    this.#seats = new Map();
    this.#snapshot = this.#restart = undefined;
    this.#builder = new EntryBuilder(this.#owner.roomId, this.#epoch, { tick: this.#builder.lastTick });
  }
}

function seatsOf(entries: readonly QueuedEntry[]): SeatChanges | undefined {
  if (entries.length === 1) return entries[0]!.seats;
  const seats = new Map<string, Uint8Array | undefined>();
  for (const entry of entries) for (const [sessionId, seat] of entry.seats) seats.set(sessionId, seat);
  return seats;
}

/** What a seat costs to keep; that one is gone has to be said, too. */
const seatSize = (sessionId: string, seat: Uint8Array | undefined): number =>
  SEAT_OVERHEAD_BYTES + sessionId.length + (seat?.length ?? 0);
