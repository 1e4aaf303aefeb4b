import { FRAME_RULES } from '../../shared/wire/frame-type.ts';
import { DurationHistogram, TICK_BOUNDS_MS, WAIT_BOUNDS_MS } from './duration-histogram.ts';

/** Where messages of clients that speak plain Colyseus are counted: a frame type that there is not. */
export const PLAIN = 0;

/** Why a client was sent the whole state. */
export type KeyframeReason = 'join' | 'resume' | 'drained' | 'requested' | 'view';

/** A room whose own code failed began again, could not, or was ended. */
export type RoomFailure = 'restarted' | 'restart-failed' | 'over';

/** What passed one way over all connections, by frame type. */
export class Traffic {
  /** WebSocket messages. */
  readonly frames = new Float64Array(FRAME_RULES.length);
  readonly frameBytes = new Float64Array(FRAME_RULES.length);
  /** What lay in them, batches opened. */
  readonly messages = new Float64Array(FRAME_RULES.length);

  /** Hot: once a WebSocket message. */
  frame(type: number, bytes: number): void {
    this.frames[type]!++;
    this.frameBytes[type]! += bytes;
  }
}

/**
 * What a node counts while it works: plain numbers, written where things happen and read when somebody looks. Nothing
 * here is ever reset; whoever wants a rate takes the difference.
 */
export class Tally {
  readonly received = new Traffic();
  readonly sent = new Traffic();

  /** One wake of one room's loop: its steps, their encoding, the writing to sockets. */
  readonly tick = new DurationHistogram(TICK_BOUNDS_MS);
  /** How long after its point of the grid a wake began. */
  readonly tickLateness = new DurationHistogram(TICK_BOUNDS_MS);
  /** The game's own step of one tick of one room. */
  readonly step = new DurationHistogram(TICK_BOUNDS_MS);
  /** The state of one tick of one room. */
  readonly encode = new DurationHistogram(TICK_BOUNDS_MS);
  /** What was done in a tick to keep one room: from looking what changed to handing an entry over. Part of {@link tick}. */
  readonly journal = new DurationHistogram(TICK_BOUNDS_MS);
  /** Writing to Redis what rooms had for the store in one turn of the event loop, outside of ticks. */
  readonly storeWrite = new DurationHistogram(TICK_BOUNDS_MS);
  /** Journal entries that were sent to the store, and their bytes. */
  journalEntries = 0;
  journalBytes = 0;
  ticks = 0;
  /** Slept between two looks at the connections, see ReadCoalescer. */
  restedMs = 0;
  droppedTicks = 0;

  readonly keyframes: Record<KeyframeReason, number> = { join: 0, resume: 0, drained: 0, requested: 0, view: 0 };
  /** How long sessions that came back had been away. */
  readonly reconnect = new DurationHistogram(WAIT_BOUNDS_MS);
  /** By the code of a WireError; there are only so many. */
  readonly wireErrors = new Map<string, number>();
  /** What became of rooms whose own code failed. */
  readonly roomFailures: Record<RoomFailure, number> = { restarted: 0, 'restart-failed': 0, over: 0 };
  /** By WebSocket close code. */
  readonly closes = new Map<number, number>();

  readonly matchmaking = new DurationHistogram(WAIT_BOUNDS_MS);
  /** By `method status`; both from lists of ours. */
  readonly matchmakingResults = new Map<string, number>();
  readonly redis = new DurationHistogram(WAIT_BOUNDS_MS);

  /** Hot: once a wake of a room's loop. */
  woke(latenessMs: number, workMs: number, steps: number): void {
    this.tick.record(workMs);
    this.tickLateness.record(latenessMs);
    this.ticks += steps;
  }

  wireError(code: string): void {
    this.wireErrors.set(code, (this.wireErrors.get(code) ?? 0) + 1);
  }

  closed(code: number): void {
    // A peer may close with any of a thousand codes of its own; they count as one.
    const known = code < 4_000 || code === 4_010 || (code > 4_099 && code < 4_200) || code <= 4_004 ? code : 4_999;
    this.closes.set(known, (this.closes.get(known) ?? 0) + 1);
  }

  matchmade(method: string, status: string, ms: number): void {
    this.matchmaking.record(ms);
    const key = `${method} ${status}`;
    this.matchmakingResults.set(key, (this.matchmakingResults.get(key) ?? 0) + 1);
  }
}

/** One for the process, as Colyseus's matchmaker is: rooms are made by it, and nothing can be handed to them. */
export const nodeTally = new Tally();
