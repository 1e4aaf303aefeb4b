import type { Client, Room } from '@colyseus/core';
import { nodeTally } from '../metrics/tally.ts';
import { RoomSessions } from '../session/room-sessions.ts';

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
