import type { NodePlace } from '../../shared/wire/control.ts';
import { MAY_TRY_RECONNECT } from '../../shared/wire/close-reason.ts';
import type { LiveRoom } from '../room/live-room.ts';
import type { SessionSocket } from '../session/session-socket.ts';

/**
 * Ends a room that goes on at another node: its clients are sent there, and the game's code hears of nothing, since
 * nobody left and nothing ended. The listing is left to its owner: what core does to it shows this node's epoch.
 * @param place where it is; undefined where nobody knows, and clients ask
 */
export function letGo(room: LiveRoom, place?: NodePlace): void {
  const { roomId } = room;
  room.pauseTicks();
  silence(room);
  for (const { sessionId, ref } of [...room.clients]) {
    const socket = ref as unknown as Partial<SessionSocket>;
    if (place === undefined) socket.abandon?.('the room is on another server');
    else socket.sendOn?.({ ...place, roomId, sessionId, reconnectionToken: '' });
  }
  void room.disconnect(MAY_TRY_RECONNECT);
}

/** The game's code hears of nothing that becomes of the room from here on. */
export function silence(room: LiveRoom): void {
  for (const hook of ['onDrop', 'onLeave', 'onDispose', 'onReconnect'] as const) {
    Object.defineProperty(room, hook, { value: undefined, configurable: true });
  }
}
