import { traffic, type Traffic } from '../bots/counted-socket.ts';
import { TimeHistogram } from '../histogram.ts';
import type { Errors, WorkerSecond } from './messages.ts';

/** Less than this between an update and the end of the measurement is no stall. */
const PAUSE_MS = 50;

/**
 * Counts what happens from `startMs` to `endMs`, second by second. An input belongs to the measurement if it was due in it,
 * whenever its answer comes; an update, a gap and a message if it arrives in it.
 */
export class Recorder {
  readonly startMs: number;
  endMs: number;
  readonly errors: Errors = {};
  unansweredInputs = 0;

  /** Of clients that came back. */
  readonly returns = new TimeHistogram();
  readonly #roundTrips = new TimeHistogram();
  readonly #gaps = new TimeHistogram();
  readonly #lateness = new TimeHistogram();
  readonly #report: (second: WorkerSecond, errors: Errors) => void;
  readonly #clients: () => number;
  #second = 0;
  #secondStartMs: number;
  #updates = 0;
  #traffic: Traffic | undefined;
  #cpu: NodeJS.CpuUsage | undefined;

  constructor(
    startMs: number,
    seconds: number,
    clients: () => number,
    report: (second: WorkerSecond, errors: Errors) => void,
  ) {
    this.startMs = startMs;
    this.endMs = startMs + seconds * 1_000;
    this.#secondStartMs = startMs;
    this.#clients = clients;
    this.#report = report;
  }

  isMeasured(ms: number): boolean {
    return ms >= this.startMs && ms < this.endMs;
  }

  roundTrip(dueMs: number, answeredMs: number): void {
    if (this.isMeasured(dueMs)) this.#roundTrips.record(answeredMs - dueMs);
  }

  unanswered(dueMs: number, nowMs: number): void {
    if (!this.isMeasured(dueMs)) return;
    this.unansweredInputs++;
    this.#roundTrips.record(nowMs - dueMs);
  }

  /** One that goes on at the end counts for what it is by then, if that is more than the pause between two updates. */
  gap(fromMs: number, toMs: number): void {
    if (toMs > this.startMs && toMs <= this.endMs) this.#gaps.record(toMs - fromMs);
    else if (toMs > this.endMs && this.endMs - fromMs > PAUSE_MS) this.#gaps.record(this.endMs - fromMs);
  }

  returned(fromMs: number, toMs: number): void {
    if (toMs > this.startMs && fromMs < this.endMs) this.returns.record(toMs - fromMs);
  }

  update(nowMs: number): void {
    if (this.isMeasured(nowMs)) this.#updates++;
  }

  error(kind: string): void {
    this.errors[kind] = (this.errors[kind] ?? 0) + 1;
  }

  /** Hot: about a thousand times a second, whenever the schedule wakes. */
  woke(latenessMs: number, nowMs: number): void {
    if (nowMs < this.startMs) return;
    if (this.#traffic === undefined) this.#begin();
    const secondEndMs = Math.min(this.#secondStartMs + 1_000, this.endMs);
    // What answers the inputs of the last second may still be under way: `finish` closes that one.
    if (nowMs >= secondEndMs && secondEndMs < this.endMs) this.#close(secondEndMs);
    if (this.isMeasured(nowMs)) this.#lateness.record(latenessMs);
  }

  /** Counts no more bytes: the end of the measurement, a moment before its last answers are in. */
  stopTraffic(): void {
    this.#final ??= { ...traffic };
  }
  #final: Traffic | undefined;

  /** The last second, whole or not. */
  finish(): void {
    if (this.#traffic === undefined) return;
    this.#close(this.endMs);
  }

  #begin(): void {
    this.#traffic = { ...traffic };
    this.#cpu = process.cpuUsage();
  }

  #close(secondEndMs: number): void {
    const before = this.#traffic!;
    const now = this.#final ?? { ...traffic };
    const cpu = process.cpuUsage(this.#cpu);
    const lengthMs = Math.max(1, secondEndMs - this.#secondStartMs);
    this.#report(
      {
        second: this.#second++,
        clients: this.#clients(),
        updates: this.#updates,
        bytesIn: now.bytesIn - before.bytesIn,
        messagesIn: now.messagesIn - before.messagesIn,
        bytesOut: now.bytesOut - before.bytesOut,
        messagesOut: now.messagesOut - before.messagesOut,
        roundTrips: this.#roundTrips.encode(),
        gaps: this.#gaps.encode(),
        lateness: this.#lateness.encode(),
        cpuShare: (cpu.user + cpu.system) / 1_000 / lengthMs,
      },
      { ...this.errors },
    );
    this.#secondStartMs = secondEndMs;
    this.#traffic = now;
    this.#cpu = process.cpuUsage();
    this.#updates = 0;
    for (const times of [this.#roundTrips, this.#gaps, this.#lateness]) times.reset();
  }
}
