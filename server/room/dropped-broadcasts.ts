import type { Client, Room } from '@colyseus/core';
import { RoomSessions } from '../session/room-sessions.ts';
import { type BroadcastOptions, hasInputs } from './colyseus-internals.ts';

export interface BroadcastCall {
  type: string | number;
  message: unknown;
  options: BroadcastOptions & { except: Client[] };
}

/** A broadcast is for all sessions of the room, also for one whose connection is gone for the moment. */
export class DroppedBroadcasts {
  readonly #room: Room;
  /** Broadcasts of this tick that wait for its patch. */
  #afterPatch: BroadcastCall[] = [];

  constructor(room: Room) {
    this.#room = room;
  }

  add(call: BroadcastCall): void {
    // Core decides after the patch who gets such a broadcast, if the room has no inputs: so it is decided here too.
    if (call.options.afterNextPatch && !hasInputs(this.#room)) this.#afterPatch.push(call);
    else this.#keep(call);
  }

  /** Hot: once a tick, behind its patch. */
  patched(): void {
    if (this.#afterPatch.length > 0) for (const call of this.#afterPatch.splice(0)) this.#keep(call);
  }

  #keep({ type, message, options }: BroadcastCall): void {
    for (const { client } of RoomSessions.of(this.#room).dropped()) {
      if (options.except.includes(client)) continue;
      if (message instanceof Uint8Array) client.sendBytes(type, message);
      else client.send(type, message);
    }
  }
}

/** Colyseus leaves out the very objects it is given; a reference from before a reconnect means the session of today. */
export function presentClients(room: Room, except: Client | Client[] | undefined): Client[] {
  return [except ?? []].flat().map((client) => RoomSessions.of(room).get(client.sessionId)?.client ?? client);
}
