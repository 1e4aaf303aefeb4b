import { EventEmitter } from 'node:events';
import { type Client, matchMaker, type Room } from '@colyseus/core';
import { RoomSessions } from '../session/room-sessions.ts';

/** What a registered room type of Colyseus tells of its rooms. */
interface RoomEvents {
  on(event: 'create' | 'dispose', listener: (room: Room) => void): void;
  on(event: 'join' | 'leave', listener: (room: Room, client: Client) => void): void;
}

interface LocalRoomsEvents {
  create: [Room];
  dispose: [Room];
  join: [Room, Client];
  leave: [Room, Client];
}

/** The rooms of this process, of whatever class, and what becomes of them. Make it when all room types are defined. */
export class LocalRooms extends EventEmitter<LocalRoomsEvents> {
  readonly #rooms = new Set<Room>();

  constructor() {
    super();
    for (const handler of Object.values(matchMaker.getAllHandlers()) as unknown as RoomEvents[]) {
      handler.on('create', (room) => {
        this.#rooms.add(room);
        this.emit('create', room);
      });
      handler.on('dispose', (room) => {
        this.#rooms.delete(room);
        this.emit('dispose', room);
      });
      handler.on('join', (room, client) => this.emit('join', room, client));
      handler.on('leave', (room, client) => this.emit('leave', room, client));
    }
  }

  [Symbol.iterator](): Iterator<Room> {
    return this.#rooms.values();
  }

  count(): { rooms: number; clients: number } {
    let clients = 0;
    for (const room of this.#rooms) clients += room.clients.length;
    return { rooms: this.#rooms.size, clients };
  }

  /** By room name: those that have rooms now, and those that had. */
  byName(): { name: string; rooms: number; clients: number; away: number }[] {
    const sums = new Map<string, { name: string; rooms: number; clients: number; away: number }>();
    for (const name of Object.keys(matchMaker.getAllHandlers()))
      sums.set(name, { name, rooms: 0, clients: 0, away: 0 });
    for (const room of this.#rooms) {
      const sum = sums.get(room.roomName);
      if (sum === undefined) continue;
      sum.rooms++;
      sum.clients += room.clients.length;
      sum.away += [...RoomSessions.of(room).dropped()].length;
    }
    return [...sums.values()];
  }
}
