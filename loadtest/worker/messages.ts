import type { Contender } from '../contender.ts';
import type { Decode } from '../options.ts';

/** What one worker process is to do. Whole rooms: no two workers have bots in the same one. */
export interface WorkerPlan {
  contender: Contender;
  endpoint: string;
  room: string;
  /** Clients of each of its rooms. */
  rooms: number[];
  /** Number of its first bot among all. */
  firstBot: number;
  /** Between two joins of this worker. */
  delayMs: number;
  decode: Decode;
  predict: boolean;
  /** Ships and nothing else: arenas without rocks, and nobody fires. */
  lean: boolean;
  /** Of the bare server's client, which sends nothing that has a size of its own. */
  inputBytes: number;
  tickRateHz: number;
  /** Whether who comes back after a lost connection has stayed. */
  forgives: boolean;
}

export type ToWorker =
  | { kind: 'plan'; plan: WorkerPlan }
  /** Measure from here, milliseconds since the epoch, for so long. */
  | { kind: 'measure'; startsAtMs: number; seconds: number }
  /** Measure no more; say what there is. */
  | { kind: 'stop' }
  /** Leave the rooms and end. */
  | { kind: 'leave' };

export interface Joins {
  joined: number;
  /** A {@link TimeHistogram}: from the request to the whole state, or from when `--delay` made it due. */
  times: string;
  /** From the first request to the last answer. */
  tookMs: number;
}

/** Counters of one second alone. */
export interface SecondCounts {
  /** 0 is the first that is measured. */
  second: number;
  clients: number;
  updates: number;
  bytesIn: number;
  messagesIn: number;
  bytesOut: number;
  messagesOut: number;
}

/** What happened in one second, in this worker. */
export interface WorkerSecond extends SecondCounts {
  /** Of {@link TimeHistogram}s. */
  roundTrips: string;
  gaps: string;
  lateness: string;
  /** Share of one core, 0 to 1, that this process had. */
  cpuShare: number;
}

export interface WorkerResult {
  measuredMs: number;
  /** Of the client with the fewest. */
  fewestUpdates: number;
  /** Clients that were in their room from the beginning of the measurement to its end; or are again, where that is wanted. */
  stayed: number;
  /** Inputs of the measurement without an answer; they count in the round trips with the time that they waited. */
  unanswered: number;
  /** A {@link TimeHistogram} of those that came back: from the last update before to the first behind it. */
  returns: string;
}

/** How often what went wrong, by kind. */
export type Errors = Record<string, number>;

export type FromWorker =
  | { kind: 'joining'; joined: number }
  | { kind: 'joined'; joins: Joins; errors: Errors }
  | { kind: 'second'; second: WorkerSecond; errors: Errors }
  | { kind: 'result'; result: WorkerResult; errors: Errors };
