/** Where a session is at home. No token is kept: who knows this can find the session and not open it. */
export interface SessionHome {
  roomId: string;
  processId: string;
  /** Where clients reach that node; empty where they have no way of their own to it. */
  address: string;
  /** Of the room's owner; 0 of a room that ends with its node. An owner from before changes nothing. */
  epoch: number;
}

/** How long a session is found after its node last said that it is there. Longer than a seat is kept. */
export const SESSION_TTL_SECONDS = 60;

/** Which room and node a session belongs to, for all nodes of a pool. */
export interface SessionDirectory {
  /**
   * Enters sessions, or says again that they are there: each is forgotten {@link SESSION_TTL_SECONDS} after. One that a
   * later owner of its room has entered stays as it is.
   */
  enter(sessions: ReadonlyMap<string, SessionHome>): Promise<void>;
  /** Removes those of these sessions that are still there, and not at home with another node by now. */
  remove(sessions: ReadonlyMap<string, SessionHome>): Promise<void>;
  /** @throws {RedisUnavailableError} nobody can tell now */
  find(sessionId: string): Promise<SessionHome | undefined>;
}

/** Of a node on its own, which forgets nothing that it does not remove. */
export class MemorySessionDirectory implements SessionDirectory {
  readonly #homes = new Map<string, SessionHome>();

  enter(sessions: ReadonlyMap<string, SessionHome>): Promise<void> {
    for (const [sessionId, home] of sessions) {
      if ((this.#homes.get(sessionId)?.epoch ?? 0) <= home.epoch) this.#homes.set(sessionId, home);
    }
    return Promise.resolve();
  }

  remove(sessions: ReadonlyMap<string, SessionHome>): Promise<void> {
    for (const [sessionId, { processId, epoch }] of sessions) {
      const known = this.#homes.get(sessionId);
      if (known?.processId === processId && known.epoch <= epoch) this.#homes.delete(sessionId);
    }
    return Promise.resolve();
  }

  find(sessionId: string): Promise<SessionHome | undefined> {
    return Promise.resolve(this.#homes.get(sessionId));
  }
}
