import { isDrop } from '../shared/wire/close-reason.ts';
import type { Timers } from './timers.ts';

/** A peer that does not answer our close is not waited for longer than this. */
const CLOSE_TIMEOUT_MS = 1_000;

/** What was said about the end of a connection before it came, by the peer's CLOSING or by us. PROTOCOL.md K5. */
export class Farewell {
  readonly #timers: Timers;
  #said: { code: number; text: string } | undefined;
  #timer: unknown;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** A new connection: what was said of an earlier one is not about it. */
  reset(): void {
    this.#said = undefined;
  }

  heard(said: { code: number; text: string }): void {
    this.#said = said;
  }

  /** We close the connection, and wait for the peer to do so until it has been long enough. */
  said(said: { code: number; text: string }, onTimeout: () => void): void {
    this.#said = said;
    this.stop();
    this.#timer = this.#timers.setTimeout(onTimeout, CLOSE_TIMEOUT_MS);
  }

  /** How a connection that closed with `code` ended: as was said, where it died before its close frame came. */
  endOf(code: number, reason: string): { code: number; reason: string } {
    const said = this.#said;
    const endCode = said !== undefined && isDrop(code) ? said.code : code;
    return { code: endCode, reason: (endCode === code && reason) || said?.text || '' };
  }

  stop(): void {
    this.#timers.clearTimeout(this.#timer);
  }
}
