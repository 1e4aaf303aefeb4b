import type { Timers } from '../../../client/timers.ts';

/** What a direction of a link does to bytes. All of it may be changed while they pass. */
export interface Conditions {
  /** Each byte arrives so much later. */
  latencyMs: number;
  /** Up to this much more, at random for each piece; nothing is overtaken. */
  jitterMs: number;
  bytesPerSecond: number;
  /** Bytes arrive in pieces of at most this length, each written by itself. */
  sliceBytes: number;
  /** Nothing arrives, and nobody is told: a black hole. What it holds goes on its way when it is opened, as TCP repeats it. */
  held: boolean;
}

export const CLEAR: Readonly<Conditions> = {
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: Infinity,
  sliceBytes: Infinity,
  held: false,
};

/** What waits in a direction of one connection; past it the sender is not read, and its kernel tells it so. */
export const MAX_WAITING_BYTES = 262_144;
/** Of 60 bytes a second it is one byte at a time, and of many it is many. */
const PIECES_PER_SECOND = 60;

interface Piece {
  dueMs: number;
  bytes: Uint8Array;
}

/** Lets the bytes of one direction of one connection pass under its conditions, in order. Knows no socket. */
export class Shaper {
  readonly #conditions: Conditions;
  readonly #timers: Timers;
  readonly #emit: (bytes: Uint8Array) => void;
  readonly #roomAgain: () => void;
  #waiting: Piece[] = [];
  #waitingBytes = 0;
  /** Of the last piece: none overtakes it. */
  #lastDueMs = 0;
  /** When what was sent at the rate allowed will have been. */
  #busyUntilMs = 0;
  #atEnd: (() => void) | undefined;
  #timer: unknown;

  /** @param roomAgain called when {@link isFull} has become false */
  constructor(
    conditions: Conditions,
    timers: Timers,
    { emit, roomAgain }: { emit(bytes: Uint8Array): void; roomAgain(): void },
  ) {
    this.#conditions = conditions;
    this.#timers = timers;
    this.#emit = emit;
    this.#roomAgain = roomAgain;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get isFull(): boolean {
    return this.#waitingBytes >= MAX_WAITING_BYTES;
  }

  /** Does not copy. */
  push(bytes: Uint8Array): void {
    const { latencyMs, jitterMs } = this.#conditions;
    const dueMs = this.#timers.now() + latencyMs + (jitterMs === 0 ? 0 : this.#timers.random() * jitterMs);
    this.#lastDueMs = Math.max(this.#lastDueMs, dueMs);
    this.#waiting.push({ dueMs: this.#lastDueMs, bytes });
    this.#waitingBytes += bytes.length;
    this.pump();
  }

  /** Calls back when everything pushed before has passed. */
  end(atEnd: () => void): void {
    this.#atEnd = atEnd;
    this.pump();
  }

  /** Lets pass what may; to be called when the conditions have changed. */
  pump(): void {
    this.#timers.clearTimeout(this.#timer);
    const wasFull = this.isFull;
    while (!this.#conditions.held) {
      const next = this.#waiting[0];
      if (next === undefined) {
        const atEnd = this.#atEnd;
        this.#atEnd = undefined;
        atEnd?.();
        break;
      }
      const waitMs = Math.max(next.dueMs, this.#busyUntilMs) - this.#timers.now();
      if (waitMs > 0) {
        this.#timer = this.#timers.setTimeout(() => this.pump(), Math.ceil(waitMs));
        break;
      }
      this.#pass(next);
    }
    if (wasFull && !this.isFull) this.#roomAgain();
  }

  /** Forgets what waits. */
  stop(): void {
    this.#timers.clearTimeout(this.#timer);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#atEnd = undefined;
  }

  #pass(piece: Piece): void {
    const { bytesPerSecond, sliceBytes } = this.#conditions;
    const isLimited = Number.isFinite(bytesPerSecond);
    const length = isLimited
      ? Math.min(piece.bytes.length, Math.max(1, Math.floor(bytesPerSecond / PIECES_PER_SECOND)))
      : piece.bytes.length;
    const passing = piece.bytes.subarray(0, length);
    if (length === piece.bytes.length) this.#waiting.shift();
    else piece.bytes = piece.bytes.subarray(length);
    this.#waitingBytes -= length;
    if (isLimited) {
      const lateMs = this.#timers.now() - 1_000 / PIECES_PER_SECOND; // a timer that comes late costs no rate
      this.#busyUntilMs = Math.max(this.#busyUntilMs, lateMs) + (1_000 * length) / bytesPerSecond;
    }
    for (let at = 0; at < length; at += sliceBytes) this.#emit(passing.subarray(at, at + sliceBytes));
  }
}
