import { MAY_TRY_RECONNECT } from '../../shared/wire/close-reason.ts';
import type { LiveRoom } from '../room/live-room.ts';

/**
 * Ends a room that goes on at another node: its clients are sent there, and the game's code hears of nothing, since
 * nobody left and nothing ended. The listing is left to its owner: what core does to it shows this node's epoch.
 */
export function letGo(room: LiveRoom): void {
  room.pauseTicks();
  for (const hook of ['onDrop', 'onLeave', 'onDispose', 'onReconnect'] as const) {
    Object.defineProperty(room, hook, { value: undefined, configurable: true });
  }
  void room.disconnect(MAY_TRY_RECONNECT);
}
