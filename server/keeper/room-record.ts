import type { InputChange, InputNumbers } from './input-notes.ts';
import { pack, packBriefly, unpack } from './packed.ts';

/** What of a room is in the listing, beyond what each owner says of itself. */
export interface KeptListing {
  metadata: unknown;
  /** Undefined for no limit. */
  maxClients: number | undefined;
  /** By `lock()`, in contrast to a room that is full. */
  locked: boolean;
  private: boolean;
}

/** What another node needs to go on with a room, beside its sessions. */
export interface RoomRecord {
  name: string;
  /** Of its `onCreate`. */
  options: unknown;
  elapsedMs: number;
  /** Of the context that the next step gets. */
  nextTick: number;
  /** Of a StateRecorder; undefined for a room without state. */
  state: Uint8Array | undefined;
  /** What `onCacheRoom` returned. */
  cache: unknown;
  listing: KeptListing;
  /** Undefined where none was noted: then clients begin to count anew. */
  inputs: InputNumbers | undefined;
}

/** What became of a room since the last one of these, or the snapshot. */
export interface RoomChange {
  elapsedMs: number;
  nextTick: number;
  /** Of a StateRecorder; undefined where nothing changed. */
  delta: Uint8Array | undefined;
  /** Packed; undefined where it is as it was. */
  cache: Uint8Array | undefined;
  listing: KeptListing | undefined;
  /** Undefined where none was taken. */
  inputs: InputChange | undefined;
}

/** A snapshot's body: MessagePack of the fields of RoomRecord, in their order. */
export function writeRoom({
  name,
  options,
  elapsedMs,
  nextTick,
  state,
  cache,
  listing,
  inputs,
}: RoomRecord): Uint8Array {
  return pack([name, options, elapsedMs, nextTick, state, cache, writeListing(listing), inputs && [...inputs]]);
}

/** @throws {TypeError} it is none; the store has compared its checksum, so it was written by code that differs */
export function readRoom(bytes: Uint8Array): RoomRecord {
  const [name, options, elapsedMs, nextTick, state, cache, listing, inputs] = parts(bytes, 8);
  if (typeof name !== 'string') throw new TypeError('a room without its name');
  return {
    name,
    options,
    elapsedMs: numberOf(elapsedMs),
    nextTick: numberOf(nextTick),
    state: bytesOf(state),
    cache,
    listing: readListing(listing),
    inputs: inputs == null ? undefined : readNumbers(inputs),
  };
}

/** An entry's body: MessagePack of the fields of RoomChange, in their order. To be copied at once. */
export function writeChange({ elapsedMs, nextTick, delta, cache, listing, inputs }: RoomChange): Uint8Array {
  const taken = inputs && (inputs.sessionIds === undefined ? [inputs.taken] : [inputs.taken, inputs.sessionIds]);
  return packBriefly([elapsedMs, nextTick, delta, cache, listing && writeListing(listing), taken]);
}

/** @throws {TypeError} it is none */
export function readChange(bytes: Uint8Array): RoomChange {
  const [elapsedMs, nextTick, delta, cache, listing, inputs] = parts(bytes, 6);
  return {
    elapsedMs: numberOf(elapsedMs),
    nextTick: numberOf(nextTick),
    delta: bytesOf(delta),
    cache: bytesOf(cache),
    listing: listing == null ? undefined : readListing(listing),
    inputs: inputs == null ? undefined : readInputs(inputs),
  };
}

const writeListing = ({ metadata, maxClients, locked, private: isPrivate }: KeptListing): unknown[] => [
  metadata,
  maxClients,
  locked,
  isPrivate,
];

function readListing(value: unknown): KeptListing {
  if (!Array.isArray(value) || value.length !== 4) throw new TypeError('a room without its listing');
  const [metadata, maxClients, locked, isPrivate] = value as unknown[];
  return {
    metadata,
    maxClients: maxClients == null ? undefined : numberOf(maxClients),
    locked: locked === true,
    private: isPrivate === true,
  };
}

function readNumbers(value: unknown): InputNumbers {
  if (!Array.isArray(value)) throw new TypeError('inputs are none');
  return new Map(value.map((row: unknown) => [textOf((row as unknown[])[0]), numberOf((row as unknown[])[1])]));
}

function readInputs(value: unknown): InputChange {
  const [taken, sessionIds] = value as unknown[];
  if (!Array.isArray(taken)) throw new TypeError('inputs are none');
  return { taken: taken.map(numberOf), sessionIds: Array.isArray(sessionIds) ? sessionIds.map(textOf) : undefined };
}

/** Builds before this one wrote all but the last. */
function parts(bytes: Uint8Array, count: number): unknown[] {
  const value = unpack(bytes);
  if (Array.isArray(value) && (value.length === count || value.length === count - 1)) return value as unknown[];
  throw new TypeError(`not the ${count} parts that were written`);
}

function numberOf(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError('a number is none');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('a text is none');
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value == null) return undefined;
  if (value instanceof Uint8Array) return value;
  throw new TypeError('bytes are none');
}
