import type { Client } from '@colyseus/core';
import { takenInputs } from '../room/input-numbers.ts';
import type { RoomSessions } from '../session/room-sessions.ts';

/** How far a room is with the inputs of its sessions. */
export interface InputChange {
  /** By session, in the order of the last list of them. */
  taken: readonly number[];
  /** Session ids; undefined where they are as they were. */
  sessionIds: readonly string[] | undefined;
}

/** By session id: the number of the last input that the room has taken. */
export type InputNumbers = ReadonlyMap<string, number>;

/** Notes how far a room is with the inputs of its sessions: names once, numbers with each entry. */
export class InputNotes {
  readonly #sessions: RoomSessions;
  #noted: string[] = [];
  #taken: number[] = [];

  constructor(sessions: RoomSessions) {
    this.#sessions = sessions;
  }

  /** All of them; those that follow refer to the same sessions. */
  all(): InputNumbers {
    const all = new Map<string, number>();
    for (const { sessionId, client } of this.#sessions) {
      const taken = takenInputs(client as Client);
      if (taken !== undefined) all.set(sessionId, taken);
    }
    this.#noted = [...all.keys()];
    this.#taken = [...all.values()];
    return all;
  }

  /** @returns undefined where nothing changed since the last time */
  changed(): InputChange | undefined {
    const taken: number[] = [];
    let isOtherList = false;
    let isOther = false;
    for (const { sessionId, client } of this.#sessions) {
      const number = takenInputs(client as Client);
      if (number === undefined) continue;
      isOtherList ||= this.#noted[taken.length] !== sessionId;
      isOther ||= this.#taken[taken.length] !== number;
      taken.push(number);
    }
    if (isOtherList || taken.length !== this.#noted.length) {
      const all = this.all();
      return { taken: [...all.values()], sessionIds: [...all.keys()] };
    }
    this.#taken = taken;
    return isOther ? { taken, sessionIds: undefined } : undefined;
  }
}

/** What {@link InputNotes} noted, put together again. @throws {TypeError} it does not fit */
export function afterChange(before: InputNumbers, { taken, sessionIds }: InputChange): InputNumbers {
  const ids = sessionIds ?? [...before.keys()];
  if (ids.length !== taken.length) throw new TypeError('inputs of other sessions');
  return new Map(ids.map((id, i) => [id, taken[i]!]));
}
