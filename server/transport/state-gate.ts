/** How much state may wait in a socket, and for how long. Both are options of a connection. */
export interface BufferBounds {
  maxBufferedStateBytes: number;
  maxBufferedStateMs: number;
}

/**
 * - `owed`: nothing but a STATE goes out; DELTAs begin with it. A connection begins here.
 * - `flowing`: the client is level, and DELTAs keep it so.
 * - `draining`: no state goes out until the buffer is empty; then a STATE is due.
 */
type Phase = 'owed' | 'flowing' | 'draining';

/**
 * Lets state out only as fast as its socket takes it: what a slow one does not take in time is never sent, and once it
 * has drained it gets one STATE in the place of all that. PROTOCOL.md S13 to S16. Pure: whoever owns the socket says
 * what waits in its buffer.
 *
 * A STATE may well be larger than all that may wait otherwise, so one that the socket did not take whole widens the
 * bounds until the buffer is empty: by what it left, and by as much again for the DELTAs that gather behind it. A link
 * that carries the one bound within the other (16 KiB in 250 ms, so 64 KiB/s), half of it DELTAs, is level again after
 * a STATE of any size. On a slower one there is never more than one STATE in the buffer, and the next one begins when
 * that and what followed it are gone.
 */
export class StateGate {
  readonly #bounds: BufferBounds;
  #phase: Phase = 'owed';
  /** Since when something has waited in the buffer, as far as was seen. */
  #waitingSinceMs: number | undefined;
  /** What the last STATE left in the buffer, which has not been empty since. */
  #stateLeftBytes = 0;
  /** A STATE has passed; what of it is left in the buffer is seen when it has been written. */
  #statePassed = false;

  constructor(bounds: BufferBounds) {
    this.#bounds = bounds;
  }

  /** Whether DELTAs pass: the client has had a STATE, and all since. */
  get flowing(): boolean {
    return this.#phase === 'flowing';
  }

  /** What may wait in the buffer beyond every bound, for a STATE is on its way through it. */
  get allowanceBytes(): number {
    return 2 * this.#stateLeftBytes;
  }

  /**
   * Whether a STATE goes out now; it must then be what is written next.
   * @returns false where one comes of itself later: the buffer is draining, or the STATE before is still in it
   */
  passState(): boolean {
    if (this.#stateLeftBytes > 0) this.#phase = 'draining';
    if (this.#phase === 'draining') return false;
    this.#phase = 'flowing';
    this.#statePassed = true;
    return true;
  }

  /** The client has missed something, or says so: no state goes out until the buffer is empty, and then a STATE. */
  interrupt(): void {
    if (this.#phase === 'flowing') this.#phase = 'draining';
  }

  /** Hot: a few times a tick and client. What waits in the buffer, now that something may be written. */
  measure(bufferedBytes: number, nowMs: number): void {
    this.#note(bufferedBytes, nowMs);
    const { maxBufferedStateBytes, maxBufferedStateMs } = this.#bounds;
    const widenedBytes = maxBufferedStateBytes + this.allowanceBytes;
    const waitingMs = nowMs - (this.#waitingSinceMs ?? nowMs);
    const late = waitingMs * maxBufferedStateBytes > maxBufferedStateMs * widenedBytes;
    if (late || bufferedBytes > widenedBytes) this.interrupt();
  }

  /**
   * Hot: once a tick and client. What waits in the buffer, now that something was written. That is no sign of a slow
   * socket yet: some (TLS) take nothing at once.
   */
  wrote(bufferedBytes: number, nowMs: number): void {
    this.#note(bufferedBytes, nowMs);
    if (this.#statePassed) this.#stateLeftBytes = bufferedBytes;
    this.#statePassed = false;
  }

  /** Whether the buffer was found empty and a STATE is due; true once, and whoever asks sees to it. */
  takeDue(): boolean {
    if (this.#phase !== 'draining' || this.#waitingSinceMs !== undefined) return false;
    this.#phase = 'owed';
    return true;
  }

  #note(bufferedBytes: number, nowMs: number): void {
    if (bufferedBytes > 0) {
      this.#waitingSinceMs ??= nowMs;
    } else {
      this.#waitingSinceMs = undefined;
      this.#stateLeftBytes = 0;
    }
  }
}
