import type { LiveRoom } from '../room/live-room.ts';
import { rehearseOften } from './rehearsal.ts';
import type { KeptRoom, TakeUpSession } from './restore-room.ts';

export interface RehearsalsOptions {
  takeUpSession: TakeUpSession;
  /** Milliseconds that this process has worked, since ever. Default: what the system says. */
  cpuMs?: (() => number) | undefined;
}

/** The first takeover of a room of each name in this process is rehearsed, see {@link rehearseOften}. */
export class Rehearsals {
  readonly #options: RehearsalsOptions;
  /** Names of rooms of which one was rehearsed: its code is warm. */
  readonly #warm = new Set<string>();

  constructor(options: RehearsalsOptions) {
    this.#options = options;
  }

  /** @param isIdle whether the room is still another node's, so that nobody waits for it */
  async warmUp(room: LiveRoom, kept: KeptRoom, isIdle: () => boolean): Promise<void> {
    const { roomName } = room;
    if (this.#warm.has(roomName)) return;
    this.#warm.add(roomName);
    const { takeUpSession, cpuMs = workedMs } = this.#options;
    const times = await rehearseOften(room, kept, { takeUpSession, isIdle, cpuMs });
    if (times === 0) this.#warm.delete(roomName);
  }
}

function workedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
