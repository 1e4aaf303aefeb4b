import { Client, type Room } from 'colyseus.js';
import { type Room as ServerRoom } from '@colyseus/core';

/** Skeleton; being written. */
export interface ConnectOptions {
  /** Name of the room type. */
  room: string;
  /** What the room's `onJoin` gets as options. */
  join?: Record<string, unknown>;
}

export async function connect<R extends ServerRoom>(
  endpoint: string,
  options: ConnectOptions,
): Promise<Room<R, R['state']>> {
  return (await new Client(endpoint).joinOrCreate(options.room, options.join)) as unknown as Room<R, R['state']>;
}
