import type { Logger } from '../log/log.ts';
import type { LocalRooms } from './local-rooms.ts';

/** One line for each room and session that comes and goes. */
export function logRooms(rooms: LocalRooms, log: Logger): void {
  rooms.on('create', ({ roomId, roomName }) => log.info({ room: roomId, name: roomName }, 'room created'));
  rooms.on('dispose', ({ roomId, roomName }) => log.info({ room: roomId, name: roomName }, 'room disposed of'));
  rooms.on('join', ({ roomId }, { sessionId }) => log.info({ room: roomId, session: sessionId }, 'joined'));
  rooms.on('leave', ({ roomId }, { sessionId }) => log.info({ room: roomId, session: sessionId }, 'left'));
}
