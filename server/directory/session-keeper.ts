import type { LoopClock } from '../room/tick-loop.ts';
import type { SessionDirectory, SessionHome } from './session-directory.ts';

/** How long news wait for each other before they are written together. */
const WRITE_EVERY_MS = 50;
/** How often a session that is still here is written again. */
const RENEW_EVERY_MS = 20_000;
/** Sessions in one command, so that Redis is nobody's alone for long. */
const AT_ONCE = 500;

/**
 * Keeps a directory up to date with the sessions of this node. What could not be written because Redis was away is
 * written with the next round: all that is here is said again every {@link RENEW_EVERY_MS}, and at once when
 * {@link renew} is called.
 */
export class SessionKeeper {
  readonly #directory: SessionDirectory;
  readonly #clock: LoopClock;
  readonly #here = new Map<string, SessionHome>();
  /** Of those, the ones to be written; and of those that left, the ones to be removed. */
  readonly #toEnter = new Set<string>();
  readonly #toRemove = new Map<string, SessionHome>();
  #timer: unknown;
  #renewal: unknown;
  #writing: Promise<void> | undefined;

  constructor(directory: SessionDirectory, clock: LoopClock) {
    this.#directory = directory;
    this.#clock = clock;
    this.#renewLater();
  }

  add(sessionId: string, home: SessionHome): void {
    this.#here.set(sessionId, home);
    this.#toRemove.delete(sessionId);
    this.#toEnter.add(sessionId);
    this.#writeSoon();
  }

  delete(sessionId: string): void {
    const home = this.#here.get(sessionId);
    if (home === undefined) return;
    this.#here.delete(sessionId);
    this.#toEnter.delete(sessionId);
    this.#toRemove.set(sessionId, home);
    this.#writeSoon();
  }

  /** Says all sessions again: Redis may have lost them. */
  renew(): void {
    for (const sessionId of this.#here.keys()) this.#toEnter.add(sessionId);
    this.#writeSoon();
  }

  /** Writes what is left to write, and ends. */
  async stop(): Promise<void> {
    this.#clock.clearTimeout(this.#renewal);
    this.#clock.clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
  }

  #renewLater(): void {
    this.#renewal = this.#clock.setTimeout(() => {
      this.renew();
      this.#renewLater();
    }, RENEW_EVERY_MS);
  }

  #writeSoon(): void {
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    if (this.#toEnter.size + this.#toRemove.size === 0) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
        this.#writeSoon(); // what came meanwhile
      });
    }, WRITE_EVERY_MS);
  }

  /** Never rejects. What cannot be written now is left to the next renewal; what cannot be removed runs out. */
  async #write(): Promise<void> {
    const entering = [...this.#toEnter];
    const removing = [...this.#toRemove];
    this.#toEnter.clear();
    this.#toRemove.clear();
    try {
      for (let i = 0; i < entering.length; i += AT_ONCE) {
        const homes = new Map<string, SessionHome>();
        for (const sessionId of entering.slice(i, i + AT_ONCE)) {
          const home = this.#here.get(sessionId);
          if (home !== undefined) homes.set(sessionId, home);
        }
        if (homes.size > 0) await this.#directory.enter(homes);
      }
      for (let i = 0; i < removing.length; i += AT_ONCE) {
        await this.#directory.remove(new Map(removing.slice(i, i + AT_ONCE)));
      }
    } catch {
      // Redis is away.
    }
  }
}
