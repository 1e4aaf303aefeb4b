import type { WebSocket } from 'ws';
import { type KeyframeReason, nodeTally } from '../metrics/tally.ts';
import { GuardedSocket } from './guarded-socket.ts';
import { StateGate } from './state-gate.ts';
import type { ConnectionLimits } from './transport-options.ts';

/**
 * A connection to a room. State does not queue up behind a socket that is slow to take it: see StateGate. Messages do,
 * as far as the session keeps them; one that takes nothing at all is dropped at `maxBufferedBytes`.
 */
export abstract class RoomSocket extends GuardedSocket {
  /** Written and read by server/state: what this connection's client follows. */
  stream: object | undefined;
  /** Whether the client speaks frames, and so takes live bodies of a room that has them. */
  abstract readonly framed: boolean;
  protected readonly gate: StateGate;
  /** Why the next whole state goes out. */
  protected keyframeReason: KeyframeReason = 'join';
  #onKeyframeRequest: (() => void) | undefined;

  constructor(ws: WebSocket, limits: ConnectionLimits, now: () => number) {
    super(ws, limits, now);
    this.gate = new StateGate(limits);
  }

  /**
   * Whether a patch would go out to this client now. While it is false patches are dropped, and need not be made; before
   * it is true again the room has been asked for the whole state, and that has gone out.
   */
  get takesState(): boolean {
    return this.open && this.passes(false);
  }

  /** Hot: once a tick and client. What is due now that the tick is over. */
  flush(): void {
    this.#lookAtBuffer();
  }

  override check(nowMs: number): void {
    super.check(nowMs);
    this.#lookAtBuffer();
  }

  /** @param listener sends the client the whole state, at once */
  protected onKeyframeRequest(listener: () => void): void {
    this.#onKeyframeRequest = listener;
  }

  /** Has the room send the client the whole state. What goes wrong there is this connection's end, and no other's. */
  protected requestKeyframe(): void {
    try {
      this.#onKeyframeRequest?.();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Hot: once a message of state. Whether it goes out now; the whole state then is what is written next. */
  protected passes(isWhole: boolean): boolean {
    this.#measure();
    if (!isWhole) return this.gate.flowing;
    if (!this.gate.passState()) return false;
    nodeTally.keyframes[this.keyframeReason]++;
    this.keyframeReason = 'view'; // what the room sends of its own accord from here on
    return true;
  }

  /** Something was written. A peer that does not read is dropped before it costs more. */
  protected wrote(): void {
    const { bufferedAmount } = this.ws;
    this.gate.wrote(bufferedAmount, this.#nowFor(bufferedAmount));
    if (bufferedAmount > this.limits.maxBufferedBytes + this.gate.allowanceBytes) this.terminate();
  }

  #lookAtBuffer(): void {
    if (!this.open) return;
    this.#measure();
    if (!this.gate.takeDue()) return;
    if (this.keyframeReason === 'view') this.keyframeReason = 'drained';
    this.requestKeyframe();
  }

  #measure(): void {
    const { bufferedAmount } = this.ws;
    this.gate.measure(bufferedAmount, this.#nowFor(bufferedAmount));
  }

  /** Mostly nothing waits; then nobody asks since when, and the clock need not be read. */
  #nowFor(bufferedBytes: number): number {
    return bufferedBytes === 0 ? 0 : this.now();
  }
}
