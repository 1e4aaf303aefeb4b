import type { Client, Room } from '@colyseus/core';
import { nodeTally } from '../metrics/tally.ts';
import { RoomSessions } from '../session/room-sessions.ts';

/**
 * For how long a seat is kept, where a room says `seconds`: a session that was away already when the room was taken over
 * has no more than was left of its time. How long that lasts is noted, for whoever takes the room over next.
 */
export function seatTime<T extends number | 'manual'>(room: Room, client: Client, seconds: T): T | number {
  const session = RoomSessions.of(room).get(client.sessionId);
  if (session === undefined || seconds === 'manual') return seconds;
  const limited = Math.min(seconds as number, (session.remainingMs ?? Infinity) / 1_000);
  session.remainingMs = undefined;
  session.keptUntilMs = Number.isFinite(limited) ? room.clock.elapsedTime + limited * 1_000 : undefined;
  return limited;
}

/** Keeps the seat of a client that lost its connection, and says so to its session. */
export function keepSeat(room: Room, client: Client, seconds: number): void {
  const reconnection = room.allowReconnection(client, seconds);
  const session = RoomSessions.of(room).get(client.sessionId);
  if (session !== undefined) session.giveUp = () => reconnection.reject(new Error('session given up'));
  const settled = (): void => {
    if (session !== undefined) session.giveUp = undefined;
  };
  const awaySinceMs = performance.now();
  const cameBack = (): void => {
    settled();
    nodeTally.reconnect.record(performance.now() - awaySinceMs);
  };
  // Rejected when the time is over or the room ends; Colyseus then calls onLeave.
  reconnection.then(cameBack, settled);
}
