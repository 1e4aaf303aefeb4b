import { randomUUID } from 'node:crypto';
import type { SealedEntry } from './journal-entry.ts';
import { checkId, roomKeys } from './room-keys.ts';
import type {
  Claimant,
  ClaimResult,
  Ownership,
  RoomOwner,
  RoomStore,
  SeatChanges,
  Seats,
  Snapshot,
  SnapshotContent,
  StoredRoom,
} from './room-store.ts';
import { writeSnapshot } from './snapshot-envelope.ts';
import { StoreError } from './store-error.ts';
import type { StoreErrorCode } from './store-error.ts';
import { STORE_LIMITS } from './store-limits.ts';
import type { StoreLimits } from './store-limits.ts';
import { readRoom } from './stored-room.ts';
import type { Position, RawRoom, Which } from './stored-room.ts';

interface KeptSnapshot {
  position: Position;
  bytes: Buffer;
}

/** A room as it is kept; tests damage it. */
export interface KeptRoom {
  epoch: number;
  node: string;
  token: string;
  sequence: number;
  ended: boolean;
  expiresMs: number;
  newest: KeptSnapshot | undefined;
  previous: KeptSnapshot | undefined;
  entries: { at: Position; bytes: Buffer | undefined }[];
  seats: Map<string, Uint8Array>;
}

export interface MemoryStoreOptions {
  limits?: Partial<StoreLimits>;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/** Writes between two looks for rooms that have run out. */
const SWEEP_EVERY = 1_000;

/** The rooms of a server that stands alone. They outlive an error of their own, not their process. */
export class MemoryStore implements RoomStore {
  /** What there is, for tests to damage. */
  readonly rooms = new Map<string, KeptRoom>();
  /** What was put aside last, of each room. */
  readonly aside = new Map<string, { expiresMs: number; snapshots: Buffer[] }>();
  /** By room, the epochs that ended in a failure. */
  readonly #restarts = new Map<string, { expiresMs: number; epochs: Set<number> }>();
  readonly #limits: StoreLimits;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #incarnation = randomUUID();
  #writes = 0;

  constructor({ limits, now = () => performance.now() }: MemoryStoreOptions = {}) {
    this.#limits = { ...STORE_LIMITS, ...limits };
    this.#now = now;
  }

  get available(): boolean {
    return true;
  }

  create(roomId: string, claimant: Claimant, first: SnapshotContent, seats: Seats = new Map()): Promise<Ownership> {
    return settle(() => {
      const { node, token = randomUUID() } = claimant;
      checkId('node', node);
      roomKeys(roomId);
      const there = this.#room(roomId);
      if (there !== undefined && !there.ended && there.token !== token) {
        throw new StoreError('exists', roomId, `epoch ${there.epoch} of ${there.node}`, there.epoch);
      }
      const home = this.#incarnation;
      if (there?.token === token && !there.ended) return { roomId, node, token, epoch: there.epoch, home };
      const held = there?.ended === true ? there.epoch : 0;
      const owner = { roomId, node, token, epoch: held, home };
      return this.#begin(owner, first, seats, held + 1, true);
    });
  }

  begin(owner: Ownership, first: SnapshotContent, seats: Seats, epoch = owner.epoch + 1): Promise<Ownership> {
    return settle(() => this.#begin(owner, first, seats, epoch, owner.home !== this.#incarnation));
  }

  append(owner: Ownership, entries: readonly SealedEntry[], seats?: SeatChanges): Promise<void> {
    return settle(() => {
      const room = this.#owned(owner);
      const first = entries[0]!.sequence;
      const last = first + entries.length - 1;
      if (last <= room.sequence) return;
      if (first > room.sequence + 1) throw refused('lost', owner, room);
      if (room.entries.length + entries.length > this.#limits.maxEntries) throw refused('full', owner, room);
      for (const { sequence, bytes } of entries) {
        if (sequence > room.sequence) room.entries.push({ at: { epoch: owner.epoch, sequence }, bytes });
      }
      room.sequence = last;
      for (const [sessionId, seat] of copied(seats)) {
        if (seat === undefined) room.seats.delete(sessionId);
        else room.seats.set(sessionId, seat);
      }
    });
  }

  saveSnapshot(owner: Ownership, sequence: number, content: SnapshotContent): Promise<void> {
    return settle(() => {
      const { roomId, epoch } = owner;
      const bytes = writeSnapshot(roomId, { ...content, epoch, sequence });
      const room = this.#owned(owner);
      if (sequence > room.sequence) throw refused('lost', owner, room);
      const position = { epoch, sequence };
      if (room.newest !== undefined && !isAfter(position, room.newest.position)) return;
      if (room.newest !== undefined) room.previous = room.newest;
      room.newest = { position, bytes };
      const oldest = room.previous?.position;
      if (oldest !== undefined) room.entries = room.entries.filter(({ at }) => !isAfter(oldest, at));
    });
  }

  claim(roomId: string, claimant: Claimant, from: { node?: string; epoch?: number }): Promise<ClaimResult> {
    return settle((): ClaimResult => {
      const { node, token = randomUUID() } = claimant;
      checkId('node', node);
      if (from.node === undefined && from.epoch === undefined) throw new TypeError('claim from whom?');
      const room = this.#room(roomId);
      if (room === undefined || room.ended) {
        throw new StoreError(room === undefined ? 'missing' : 'ended', roomId, 'nothing to claim', room?.epoch);
      }
      if (room.token !== token) {
        if ((from.epoch ?? room.epoch) !== room.epoch || (from.node ?? room.node) !== room.node) {
          return { won: false, owner: { roomId, node: room.node, epoch: room.epoch } };
        }
        const epoch = room.epoch + 1;
        Object.assign(room, { epoch, node, token, sequence: 0, expiresMs: this.#now() + this.#limits.roomTtlMs });
        room.entries.push({ at: { epoch, sequence: 0 }, bytes: undefined });
      }
      return { won: true, owner: { roomId, node, token, epoch: room.epoch, home: this.#incarnation } };
    });
  }

  load(
    roomId: string,
    { owner, accepts }: { owner?: Ownership; accepts?: (snapshot: Snapshot) => boolean } = {},
  ): Promise<StoredRoom> {
    return readRoom({
      roomId,
      owner,
      accepts,
      read: (which) => settle(() => this.#raw(roomId, which)),
      setAside: () =>
        settle(() => {
          const room = this.#owned(owner!);
          if (room.newest !== undefined) this.#putAside(roomId, [room.newest.bytes]);
          room.newest = undefined;
        }),
    });
  }

  owner(roomId: string): Promise<RoomOwner | undefined> {
    return settle(() => {
      const room = this.#room(roomId);
      return room === undefined || room.ended ? undefined : { roomId, node: room.node, epoch: room.epoch };
    });
  }

  end(owner: Ownership, { keepAside = false } = {}): Promise<void> {
    return settle(() => {
      const { roomId, epoch, token, node } = owner;
      const room = this.#room(roomId);
      if (room !== undefined && room.epoch > epoch) {
        if (room.ended) return;
        throw refused('fenced', owner, room);
      }
      if (room?.ended === true && room.epoch === epoch && room.token === token) return;
      if (keepAside)
        this.#putAside(
          roomId,
          [room?.newest, room?.previous].flatMap((kept) => kept?.bytes ?? []),
        );
      this.rooms.set(roomId, {
        ...{ epoch, token, node, sequence: 0, ended: true, expiresMs: this.#now() + this.#limits.fenceMs },
        ...{ newest: undefined, previous: undefined, entries: [], seats: new Map() },
      });
    });
  }

  countRestart({ roomId, epoch }: Ownership): Promise<number> {
    return settle(() => {
      let counted = this.#restarts.get(roomId);
      if (counted === undefined || counted.expiresMs <= this.#now()) {
        counted = { expiresMs: this.#now() + this.#limits.restartsMs, epochs: new Set() };
        this.#restarts.set(roomId, counted);
      }
      return counted.epochs.add(epoch).size;
    });
  }

  roomsOf(node: string): Promise<RoomOwner[]> {
    return settle(() => this.#living().filter((room) => room.node === node));
  }

  nodes(): Promise<string[]> {
    return settle(() => [...new Set(this.#living().map(({ node }) => node))]);
  }

  onEmptied(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Loses everything, as a Redis does that is restarted without a file. */
  empty(): void {
    this.rooms.clear();
    this.#incarnation = randomUUID();
    for (const listener of this.#listeners) listener();
  }

  #living(): RoomOwner[] {
    const owners: RoomOwner[] = [];
    for (const roomId of this.rooms.keys()) {
      const room = this.#room(roomId);
      if (room !== undefined && !room.ended) owners.push({ roomId, node: room.node, epoch: room.epoch });
    }
    return owners;
  }

  #begin(owner: Ownership, first: SnapshotContent, seats: Seats, epoch: number, mayBeMissing: boolean): Ownership {
    const { roomId, node, token, epoch: held } = owner;
    if (epoch <= held) throw new RangeError(`epoch ${epoch} is not above ${held}`);
    const bytes = writeSnapshot(roomId, { ...first, epoch, sequence: 0 });
    const room = this.#room(roomId);
    const begun: Ownership = { ...owner, epoch, home: this.#incarnation };
    if (room === undefined) {
      if (!mayBeMissing) throw refused('ended', owner, room);
    } else if (room.token === token && !room.ended) {
      if (room.epoch === epoch) return begun;
      if (room.epoch > epoch) throw refused('fenced', owner, room);
    } else if (room.epoch > held || room.token === token) {
      throw refused(room.ended ? 'ended' : 'fenced', owner, room);
    }
    const position = { epoch, sequence: 0 };
    this.rooms.set(roomId, {
      ...{ epoch, node, token, sequence: 0, ended: false, expiresMs: this.#now() + this.#limits.roomTtlMs },
      ...{ newest: { position, bytes }, previous: { position, bytes } },
      entries: [{ at: position, bytes: undefined }],
      seats: new Map(copied(seats) as [string, Uint8Array][]),
    });
    return begun;
  }

  /** The room, if this is its owner; renews it. */
  #owned(owner: Ownership): KeptRoom {
    const room = this.#room(owner.roomId);
    if (room === undefined) throw refused(owner.home === this.#incarnation ? 'ended' : 'lost', owner, room);
    if (room.epoch < owner.epoch || (room.epoch === owner.epoch && room.token !== owner.token)) {
      throw refused('lost', owner, room);
    }
    if (room.ended) throw refused('ended', owner, room);
    if (room.epoch > owner.epoch) throw refused('fenced', owner, room);
    room.expiresMs = this.#now() + this.#limits.roomTtlMs;
    return room;
  }

  #room(roomId: string): KeptRoom | undefined {
    if (++this.#writes % SWEEP_EVERY === 0) this.#sweep();
    const room = this.rooms.get(roomId);
    if (room === undefined || room.expiresMs > this.#now()) return room;
    this.rooms.delete(roomId);
    return undefined;
  }

  #sweep(): void {
    for (const kept of [this.rooms, this.aside, this.#restarts] as Map<string, { expiresMs: number }>[]) {
      for (const [roomId, { expiresMs }] of kept) if (expiresMs <= this.#now()) kept.delete(roomId);
    }
  }

  #raw(roomId: string, which: Which): RawRoom | undefined {
    const room = this.#room(roomId);
    if (room === undefined) return undefined;
    const { epoch, sequence, node, token, ended, entries, seats } = room;
    const { position, bytes } = room[which] ?? {};
    return {
      ...{ node, token, ended, position, snapshot: bytes, seats: new Map(seats) },
      top: { epoch, sequence },
      entries: position === undefined ? [...entries] : entries.filter(({ at }) => isAfter(at, position)),
    };
  }

  #putAside(roomId: string, snapshots: Buffer[]): void {
    this.aside.set(roomId, { expiresMs: this.#now() + this.#limits.asideMs, snapshots });
  }
}

function isAfter(a: Position, b: Position): boolean {
  return a.epoch === b.epoch ? a.sequence > b.sequence : a.epoch > b.epoch;
}

function copied(seats: SeatChanges = new Map()): [string, Uint8Array | undefined][] {
  return [...seats].map(([sessionId, seat]) => {
    checkId('session id', sessionId);
    return [sessionId, seat && Uint8Array.from(seat)];
  });
}

/** As a store far away answers: later, and never by a throw. */
async function settle<T>(work: () => T): Promise<T> {
  await Promise.resolve();
  return work();
}

function refused(code: StoreErrorCode, { roomId, epoch }: Ownership, room: KeptRoom | undefined): StoreError {
  return new StoreError(code, roomId, `epoch ${room?.epoch ?? 0} stands, ours is ${epoch}`, room?.epoch);
}
