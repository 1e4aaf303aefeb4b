import { setImmediate as turn } from 'node:timers/promises';
import type { NodePlace } from '../../shared/wire/control.ts';
import { MAY_TRY_RECONNECT } from '../../shared/wire/close-reason.ts';
import { disposeNow, dropOpenSeats } from '../room/colyseus-internals.ts';
import type { LiveRoom } from '../room/live-room.ts';
import type { SessionSocket } from '../session/session-socket.ts';

/** Turns of the event loop in which clients leave a room that has nothing to say to that. */
const MOST_TURNS = 100;

/**
 * Ends a room that goes on elsewhere: its clients are sent there, and the game's code hears of nothing, since
 * nobody left and nothing ended. The listing is left to its owner: what core does to it shows this node's epoch.
 * @param place where it is; undefined where nobody knows, and clients ask
 * @returns when the room is gone from this node
 */
export async function letGo(room: LiveRoom, place?: NodePlace): Promise<void> {
  const { roomId } = room;
  room.isElsewhere = true;
  room.pauseTicks();
  silence(room);
  for (const { sessionId, ref } of [...room.clients]) {
    const socket = ref as unknown as Partial<SessionSocket>;
    if (place === undefined) socket.abandon?.('the room is on another server');
    else socket.sendOn?.({ ...place, roomId, sessionId, reconnectionToken: '' });
  }
  dropOpenSeats(room);
  const disconnected = room.disconnect(MAY_TRY_RECONNECT);
  for (let i = 0; i < MOST_TURNS && room.clients.length > 0; i++) await turn();
  await turn();
  disposeNow(room);
  await disconnected;
}

/** Clients of a room that stands still, since another node may have it by now, are to look for it. They may come back. */
export function sendAway(room: LiveRoom): void {
  for (const { ref } of [...room.clients]) {
    (ref as unknown as Partial<SessionSocket>).abandon?.('the room may be on another server by now');
  }
}

/** The game's code hears of nothing that becomes of the room from here on. */
export function silence(room: LiveRoom): void {
  for (const hook of ['onDrop', 'onLeave', 'onDispose', 'onReconnect'] as const) {
    Object.defineProperty(room, hook, { value: undefined, configurable: true });
  }
}
