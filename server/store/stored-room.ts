import { readEntry } from './journal-entry.ts';
import type { Ownership, PassedOver, Snapshot, StoredRoom, StoredTick } from './room-store.ts';
import { readSnapshot } from './snapshot-envelope.ts';
import { StoreError } from './store-error.ts';

/** A place in the journal. */
export interface Position {
  readonly epoch: number;
  readonly sequence: number;
}

/** A room as it lies in the store, unread. */
export interface RawRoom {
  readonly node: string;
  readonly token: string;
  readonly top: Position;
  readonly ended: boolean;
  /** What the snapshot is said to cover. */
  readonly position: Position | undefined;
  readonly snapshot: Buffer | undefined;
  /** Behind `position`; a barrier has no bytes. */
  readonly entries: readonly { readonly at: Position; readonly bytes: Buffer | undefined }[];
  readonly seats: ReadonlyMap<string, Uint8Array>;
}

export type Which = 'newest' | 'previous';

export interface RoomReading {
  roomId: string;
  read: (which: Which) => Promise<RawRoom | undefined>;
  /** Puts the newest snapshot, the one with this position, aside. */
  setAside: (position: Position | undefined) => Promise<void>;
  owner: Ownership | undefined;
  accepts: ((snapshot: Snapshot) => boolean) | undefined;
}

/** Finds the newest snapshot that can be used, and what was journaled behind it. @throws {StoreError} as RoomStore.load */
export async function readRoom({ roomId, read, setAside, owner, accepts }: RoomReading): Promise<StoredRoom> {
  const faults: PassedOver[] = [];
  let newest: Position | undefined;
  for (const which of ['newest', 'previous'] as const) {
    const raw = await read(which);
    if (raw === undefined) throw new StoreError('missing', roomId, 'it is not in the store');
    const { node, top, position } = raw;
    if (raw.ended) throw new StoreError('ended', roomId, 'it has been ended', top.epoch);
    if (owner !== undefined && (top.epoch !== owner.epoch || raw.token !== owner.token)) {
      throw new StoreError('fenced', roomId, `epoch ${top.epoch} of ${node} stands`, top.epoch);
    }
    if (which === 'newest') newest = position;
    const snapshot = usable(roomId, raw, accepts);
    if (typeof snapshot === 'string') {
      faults.push(snapshot);
      continue;
    }
    const ticks = readJournal(roomId, raw);
    if (which === 'previous' && owner !== undefined) await setAside(newest);
    return {
      roomId,
      node,
      epoch: top.epoch,
      sequence: top.sequence,
      snapshot,
      ticks,
      seats: raw.seats,
      passedOver: faults[0],
    };
  }
  const isNewer = faults.includes('newer-format');
  throw new StoreError(
    isNewer ? 'newer-format' : 'unreadable',
    roomId,
    `the newest snapshot is ${faults[0]}, the one before ${faults[1]}`,
  );
}

function usable(roomId: string, raw: RawRoom, accepts: RoomReading['accepts']): Snapshot | PassedOver {
  if (raw.snapshot === undefined || raw.position === undefined) return 'gone';
  const { snapshot, fault } = readSnapshot(roomId, raw.snapshot) as { snapshot?: Snapshot; fault?: PassedOver };
  if (snapshot === undefined) return fault!;
  // An older one of the same room is whole, but the journal does not continue it.
  if (snapshot.epoch !== raw.position.epoch || snapshot.sequence !== raw.position.sequence) return 'misplaced';
  return accepts === undefined || accepts(snapshot) ? snapshot : 'refused';
}

/** Entries follow one another without a gap; a barrier begins an epoch, and counts from 0 again. */
function readJournal(roomId: string, { position, entries, top }: RawRoom): StoredTick[] {
  const ticks: StoredTick[] = [];
  let { epoch, sequence } = position!;
  for (const { at, bytes } of entries) {
    const follows = bytes === undefined ? at.epoch > epoch && at.sequence === 0 : at.epoch === epoch;
    if (!follows || (bytes !== undefined && at.sequence !== sequence + 1)) {
      throw new StoreError('journal-broken', roomId, `${show(at)} does not follow ${epoch}-${sequence}`);
    }
    ({ epoch, sequence } = at);
    if (bytes === undefined) continue;
    const read = readEntry(roomId, epoch, sequence, bytes);
    if (read === undefined) throw new StoreError('journal-broken', roomId, `${show(at)} is not what was written`);
    for (const { tick, body } of read) ticks.push({ epoch, sequence, tick, body });
  }
  if (epoch !== top.epoch || sequence !== top.sequence) {
    throw new StoreError('journal-broken', roomId, `it ends at ${epoch}-${sequence}, ${show(top)} was written`);
  }
  return ticks;
}

const show = ({ epoch, sequence }: Position): string => `${epoch}-${sequence}`;
