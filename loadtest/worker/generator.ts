import { TimeHistogram } from '../histogram.ts';
import { LoadTestError } from '../exit-code.ts';
import type { Errors, FromWorker, Joins, SecondCounts, WorkerPlan, WorkerResult, WorkerSecond } from './messages.ts';
import { WorkerProcess } from './worker-process.ts';

/** Between saying "measure" and its beginning, so that all workers hear it in time. */
const LEAD_MS = 250;
/**
 * For what takes server and generator some milliseconds: at a loaded server the inputs that were late by it leave a cushion
 * that is shed within a second or two, which must not be measured either.
 */
const NEARLY_MS = 4_000;
/** How much longer than it should a worker may take with its result. */
const RESULT_GRACE_MS = 20_000;
const LEAVE_MS = 5_000;

/** One second of all workers together. */
export interface Second extends SecondCounts {
  roundTrips: TimeHistogram;
  gaps: TimeHistogram;
  lateness: TimeHistogram;
  /** Of the busiest worker, 0 to 1. */
  cpuShare: number;
  /** Since the beginning. */
  errors: number;
}

export interface JoinFigures {
  wanted: number;
  joined: number;
  times: TimeHistogram;
  tookMs: number;
}

export interface Measured {
  /** Milliseconds since the epoch. */
  startsAtMs: number;
  seconds: Second[];
  measuredMs: number;
  fewestUpdates: number;
  stayed: number;
  unanswered: number;
  /** Of clients that came back. */
  returns: TimeHistogram;
  errors: Errors;
}

/** Of a measurement, for whoever does something beside it. */
export interface Moments {
  /** Some seconds before it begins; where the warm-up is shorter, at once. */
  nearly(): void;
  began(): void;
}

interface Worker {
  process: WorkerProcess;
  wanted: number;
  joining: number;
  joins: Joins | undefined;
  result: WorkerResult | undefined;
  errors: Errors;
  joinErrors: Errors;
}

/** The bots, wherever they run: joins them, measures, sends them home. */
export class Generator {
  readonly #workers: Worker[];
  readonly #seconds = new Map<number, { parts: number; second: Second }>();
  readonly #onSecond: (second: Second) => void;
  #changed: () => void = () => {};
  #died: string | undefined;

  /** @param onSecond called when all workers have said what happened in a second */
  constructor(plans: readonly WorkerPlan[], cores: readonly number[] | undefined, onSecond: (second: Second) => void) {
    this.#onSecond = onSecond;
    this.#workers = plans.map((plan) => {
      const process = new WorkerProcess((message) => this.#receive(worker, message), cores);
      const wanted = plan.rooms.reduce((sum, clients) => sum + clients, 0);
      const worker: Worker = {
        process,
        wanted,
        joining: 0,
        joins: undefined,
        result: undefined,
        errors: {},
        joinErrors: {},
      };
      void process.ended.then(() => this.#ended(worker));
      process.tell({ kind: 'plan', plan });
      return worker;
    });
  }

  get joined(): number {
    return this.#workers.reduce((sum, { joining }) => sum + joining, 0);
  }

  /** @throws {LoadTestError} a worker died. Resolves early when `signal` is aborted. */
  async join(signal: AbortSignal): Promise<JoinFigures> {
    await this.#until(() => this.#workers.every(({ joins }) => joins !== undefined), signal);
    const times = new TimeHistogram();
    const figures: JoinFigures = { wanted: 0, joined: 0, times, tookMs: 0 };
    for (const { wanted, joining, joins } of this.#workers) {
      figures.wanted += wanted;
      figures.joined += joining;
      if (joins === undefined) continue; // interrupted before it was through
      figures.tookMs = Math.max(figures.tookMs, joins.tookMs);
      times.add(TimeHistogram.decode(joins.times));
    }
    return figures;
  }

  get joinErrors(): Errors {
    return mergeErrors(this.#workers.map(({ joinErrors }) => joinErrors));
  }

  /**
   * Measures for so long, or until `signal` is aborted.
   * @throws {LoadTestError} a worker died, or does not answer
   */
  async measure(warmupMs: number, seconds: number, signal: AbortSignal, moments: Moments): Promise<Measured> {
    const startsAtMs = performance.timeOrigin + performance.now() + LEAD_MS + warmupMs;
    for (const { process } of this.#workers) process.tell({ kind: 'measure', startsAtMs, seconds });
    const stop = (): void => this.#workers.forEach(({ process }) => process.tell({ kind: 'stop' }));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    const nearlyTimer = setTimeout(moments.nearly, Math.max(0, LEAD_MS + warmupMs - NEARLY_MS));
    const beginTimer = setTimeout(moments.began, LEAD_MS + warmupMs);
    const never = new AbortController();
    const lateTimer = setTimeout(
      () => {
        this.#died ??= 'a worker does not say what it measured';
        this.#changed();
      },
      LEAD_MS + warmupMs + seconds * 1_000 + RESULT_GRACE_MS,
    );
    try {
      await this.#until(() => this.#workers.every(({ result }) => result !== undefined), never.signal);
    } finally {
      clearTimeout(nearlyTimer);
      clearTimeout(beginTimer);
      clearTimeout(lateTimer);
      signal.removeEventListener('abort', stop);
    }
    const results = this.#workers.map(({ result }) => result!);
    const returns = new TimeHistogram();
    for (const result of results) returns.add(TimeHistogram.decode(result.returns));
    const ordered = [...this.#seconds.values()].map(({ second }) => second).sort((a, b) => a.second - b.second);
    return {
      startsAtMs,
      seconds: ordered,
      measuredMs: Math.max(...results.map(({ measuredMs }) => measuredMs)),
      fewestUpdates: Math.min(...results.map(({ fewestUpdates }) => fewestUpdates)),
      stayed: results.reduce((sum, { stayed }) => sum + stayed, 0),
      unanswered: results.reduce((sum, { unanswered }) => sum + unanswered, 0),
      returns,
      errors: mergeErrors(this.#workers.map(({ errors }) => errors)),
    };
  }

  /** All bots leave and all workers end; those that do not are ended. */
  async leave(): Promise<void> {
    this.#changed = () => {};
    for (const { process } of this.#workers) process.tell({ kind: 'leave' });
    const timer = setTimeout(() => this.#workers.forEach(({ process }) => process.kill()), LEAVE_MS);
    await Promise.all(this.#workers.map(({ process }) => process.ended));
    clearTimeout(timer);
  }

  #receive(worker: Worker, message: FromWorker): void {
    switch (message.kind) {
      case 'joining':
        worker.joining = message.joined;
        return;
      case 'joined':
        worker.joins = message.joins;
        worker.joining = message.joins.joined;
        worker.joinErrors = message.errors;
        break;
      case 'second':
        worker.errors = message.errors;
        this.#addSecond(message.second);
        return;
      case 'result':
        worker.result = message.result;
        worker.errors = message.errors;
        break;
    }
    this.#changed();
  }

  #addSecond(part: WorkerSecond): void {
    let entry = this.#seconds.get(part.second);
    if (entry === undefined) this.#seconds.set(part.second, (entry = { parts: 0, second: emptySecond(part.second) }));
    const { second } = entry;
    second.clients += part.clients;
    second.updates += part.updates;
    second.bytesIn += part.bytesIn;
    second.messagesIn += part.messagesIn;
    second.bytesOut += part.bytesOut;
    second.messagesOut += part.messagesOut;
    second.roundTrips.add(TimeHistogram.decode(part.roundTrips));
    second.gaps.add(TimeHistogram.decode(part.gaps));
    second.lateness.add(TimeHistogram.decode(part.lateness));
    second.cpuShare = Math.max(second.cpuShare, part.cpuShare);
    if (++entry.parts < this.#workers.length) return;
    second.errors = Object.values(mergeErrors(this.#workers.map(({ errors }) => errors))).reduce((a, b) => a + b, 0);
    this.#onSecond(second);
  }

  #ended(worker: Worker): void {
    this.#died ??= `a worker died: ${worker.process.lastWords.trim() || 'it said nothing'}`;
    this.#changed();
  }

  async #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (condition() || signal.aborted) resolve();
        else if (this.#died !== undefined) reject(new LoadTestError(this.#died));
      };
      this.#changed = look;
      signal.addEventListener('abort', look, { once: true });
      look();
    });
  }
}

const emptySecond = (second: number): Second => ({
  second,
  clients: 0,
  updates: 0,
  bytesIn: 0,
  messagesIn: 0,
  bytesOut: 0,
  messagesOut: 0,
  roundTrips: new TimeHistogram(),
  gaps: new TimeHistogram(),
  lateness: new TimeHistogram(),
  cpuShare: 0,
  errors: 0,
});

export function mergeErrors(all: readonly Errors[]): Errors {
  const sum: Errors = {};
  for (const errors of all) for (const [kind, count] of Object.entries(errors)) sum[kind] = (sum[kind] ?? 0) + count;
  return sum;
}
