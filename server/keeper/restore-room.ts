import type { Line } from '../archive/archive-format.ts';
import type { SchemaClass } from '../archive/schema-storage.ts';
import { IDS_AHEAD } from '../archive/state-builder.ts';
import { StateReplay } from '../archive/state-replay.ts';
import { readView } from '../archive/view-membership.ts';
import type { Client } from '@colyseus/core';
import { addDropped, listingOf } from '../room/colyseus-internals.ts';
import { countInputsFrom } from '../room/input-numbers.ts';
import type { LiveRoom } from '../room/live-room.ts';
import { type RoomSession, RoomSessions } from '../session/room-sessions.ts';
import { SessionClient } from '../session/session-client.ts';
import type { SavedFrameSession } from '../../shared/session/frame-session.ts';
import { forLaterOwner } from '../../shared/session/later-owner.ts';
import { MAY_TRY_RECONNECT } from '../../shared/wire/close-reason.ts';
import type { PassedOver, StoredRoom } from '../store/room-store.ts';
import { AbsentSocket } from './absent-socket.ts';
import { afterChange } from './input-notes.ts';
import { unpack } from './packed.ts';
import { readChange, readRoom, type RoomRecord } from './room-record.ts';
import { readSeat, type SeatRecord } from './seat-record.ts';

/** A room as it was left, read. */
export interface KeptRoom {
  roomId: string;
  /** As of the last change; its state is that of the snapshot. */
  record: RoomRecord;
  /** What became of the state since the snapshot. */
  deltas: readonly Uint8Array[];
  /** Ticks that the room had made. */
  ticks: number;
  seats: ReadonlyMap<string, SeatRecord>;
  /** Which snapshot it came from, and why not from a newer one, if there is one. */
  snapshot: { epoch: number; sequence: number };
  /** In which the last of it was written, seats included. */
  lastEpoch: number;
  passedOver: PassedOver | undefined;
}

/** @throws {TypeError} it was written by code that differs */
export function readStored({ roomId, snapshot, ticks, seats, passedOver }: StoredRoom): KeptRoom {
  const record = readRoom(snapshot.body);
  const deltas: Uint8Array[] = [];
  for (const { body } of ticks) {
    const { elapsedMs, nextTick, delta, cache, listing, inputs } = readChange(body);
    record.elapsedMs = elapsedMs;
    record.nextTick = nextTick;
    if (delta !== undefined) deltas.push(delta);
    if (cache !== undefined) record.cache = unpack(cache);
    if (listing !== undefined) record.listing = listing;
    if (inputs !== undefined) record.inputs = afterChange(record.inputs ?? new Map(), inputs);
  }
  return {
    roomId,
    record,
    deltas,
    ticks: ticks.at(-1)?.tick ?? snapshot.tick,
    seats: new Map([...seats].map(([sessionId, bytes]) => [sessionId, readSeat(bytes)])),
    snapshot: { epoch: snapshot.epoch, sequence: snapshot.sequence },
    lastEpoch: ticks.at(-1)?.epoch ?? snapshot.epoch,
    passedOver,
  };
}

export type TakeUpSession = (client: SessionClient, saved: SavedFrameSession | undefined) => RoomSession;

/**
 * How often a room changed hands since something was kept of it. Each owner may have told clients what is not kept, under
 * ids and sequences that are not to be given to anything else.
 */
const takeoversSince = (keptEpoch: number, epoch: number): number => Math.max(1, epoch - keptEpoch);

/**
 * Puts what was kept into a room whose `onCreate` has run and which nobody can join yet.
 * @param epoch under which the room runs from now on
 * @returns the sessions, which are without a connection, and the line on which a recorder of the state goes on
 * @throws {ArchiveError} the state cannot be brought back; an error of the room's own
 */
export function restoreRoom(
  room: LiveRoom,
  { record, deltas, ticks, seats, snapshot, lastEpoch }: KeptRoom,
  takeUpSession: TakeUpSession,
  epoch: number,
): { line: Line | undefined; sessions: RoomSession[] } {
  const idsAhead = IDS_AHEAD * takeoversSince(snapshot.epoch, epoch);
  const line = record.state && restoreState(room, record.state, deltas, idsAhead);
  room.clock.elapsedTime = record.elapsedMs;
  room.tickCounts = { next: record.nextTick, made: ticks };
  const { metadata, maxClients = Infinity, private: isPrivate } = record.listing;
  // Not recorded yet, so this only notes it.
  void room.setMatchmaking({ metadata: metadata as never, private: isPrivate });
  room.onRestoreRoom?.(record.cache);
  const takeovers = takeoversSince(lastEpoch, epoch);
  const takeUp: TakeUpSession = (client, saved) => takeUpSession(client, saved && forLaterOwner(saved, takeovers));
  const sessions = [...seats].map(([sessionId, seat]) => {
    return restoreSession(room, sessionId, seat, takeUp, record.inputs?.get(sessionId));
  });
  void room.setMatchmaking({ maxClients, ...(record.listing.locked ? { locked: true } : {}) }); // it may be full, too
  listingOf(room).locked = room.locked;
  return { line, sessions };
}

/**
 * Finds out, for a room whose `onCreate` has run, whether what was kept can be put into it, and changes nothing.
 * @throws {ArchiveError} the state cannot be brought back
 */
export function rehearse(room: LiveRoom, { record, deltas }: KeptRoom): void {
  if (record.state !== undefined) replayOf(room, record.state, deltas).build();
}

/** @throws {ArchiveError}; {TypeError} the room has no state any more */
export function replayOf(room: LiveRoom, snapshot: Uint8Array, deltas: readonly Uint8Array[]): StateReplay {
  if (!room.state) throw new TypeError(`${room.roomName} has no state any more, and had one`);
  const stateClass = (room.state as object).constructor as SchemaClass;
  const replay = new StateReplay(stateClass, room.roomId, snapshot);
  for (const delta of deltas) replay.apply(delta);
  return replay;
}

function restoreState(room: LiveRoom, snapshot: Uint8Array, deltas: readonly Uint8Array[], idsAhead: number): Line {
  const replay = replayOf(room, snapshot, deltas);
  const restored = replay.build(idsAhead);
  room.state = restored.state as never;
  restored.settle(room.stateEncoder!);
  return replay.line;
}

/** The room hears that the client dropped, and keeps its seat; it hears of its return as of any. */
function restoreSession(
  room: LiveRoom,
  sessionId: string,
  { tokenHashes, auth, view, cache, keptUntilMs, frames }: SeatRecord,
  takeUpSession: TakeUpSession,
  takenInputs: number | undefined,
): RoomSession {
  const client = new SessionClient(sessionId, new AbsentSocket() as never);
  client.reconnectionToken = ''; // Colyseus draws one with a join; here nobody knows it
  const kept: Client = client;
  kept.auth = auth;
  if (view !== undefined && room.stateEncoder !== undefined) kept.view = readView(view, room.stateEncoder);
  const session = takeUpSession(client, frames);
  session.keptWith(tokenHashes);
  if (keptUntilMs !== undefined) session.remainingMs = Math.max(0, keptUntilMs - room.clock.elapsedTime);
  client.session = session;
  RoomSessions.of(room).add(session);
  if (cache !== undefined) room.onRestoreClient?.(kept, unpack(cache));
  addDropped(room, kept, MAY_TRY_RECONNECT);
  session.goesOnCounting = takenInputs !== undefined;
  if (takenInputs !== undefined) countInputsFrom(kept, takenInputs);
  return session;
}
