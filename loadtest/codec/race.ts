import type { Contender } from './contender.ts';
import { frameOf, type Trace } from './trace.ts';

/** Median over the rounds, of entities that exist. */
export interface Timing {
  encodeNsPerEntity: number;
  decodeNsPerEntity: number;
}

export interface RaceOptions {
  /** Rounds that count; one more before them is for warming up. */
  minRounds: number;
  maxRounds: number;
  /** No new round after this long, once there are `minRounds`. */
  budgetMs: number;
  /** Entities × frames of a round; the rest of a longer trace is not timed. */
  maxEntityFrames: number;
}

const DEFAULTS: RaceOptions = { minRounds: 5, maxRounds: 15, budgetMs: 6_000, maxEntityFrames: 150_000 };

/**
 * Times contenders in one process. They take turns, in reverse order every other round, so that what the machine does
 * meanwhile hits all of them alike. Full states, and setting the server's values, count for nobody.
 */
export function race(trace: Trace, contenders: readonly Contender[], options: Partial<RaceOptions> = {}): Timing[] {
  const { minRounds, maxRounds, budgetMs, maxEntityFrames } = { ...DEFAULTS, ...options };
  const { frames, entityFrames } = timedPart(trace, maxEntityFrames);
  const clockMs = clockCostMs();
  const rounds = contenders.map((): Timing[] => []);
  const order = contenders.map((contender, i) => ({ contender, times: rounds[i]! }));
  for (const { contender } of order) runOnce(trace, contender, frames, entityFrames, clockMs);
  const startedAtMs = performance.now();
  for (let round = 0; round < maxRounds; round++) {
    if (round >= minRounds && performance.now() - startedAtMs > budgetMs) break;
    for (const { contender, times } of order) times.push(runOnce(trace, contender, frames, entityFrames, clockMs));
    order.reverse();
  }
  return rounds.map((times) => ({
    encodeNsPerEntity: median(times.map((time) => time.encodeNsPerEntity)),
    decodeNsPerEntity: median(times.map((time) => time.decodeNsPerEntity)),
  }));
}

function runOnce(trace: Trace, contender: Contender, frames: number, entityFrames: number, clockMs: number): Timing {
  collectGarbage();
  const messages: Uint8Array[] = [];
  const sender = contender.sender();
  let encodeMs = 0;
  for (let frame = 0; frame < frames; frame++) {
    sender.set(frameOf(trace, frame));
    const beforeMs = performance.now();
    const message = sender.encode();
    const tookMs = performance.now() - beforeMs;
    if (frame > 0) encodeMs += tookMs - clockMs;
    messages.push(message.slice());
  }
  collectGarbage();
  const receiver = contender.receiver();
  receiver.decode(messages[0]!);
  const beforeMs = performance.now();
  for (let frame = 1; frame < frames; frame++) receiver.decode(messages[frame]!);
  const decodeMs = performance.now() - beforeMs;
  return { encodeNsPerEntity: (encodeMs * 1e6) / entityFrames, decodeNsPerEntity: (decodeMs * 1e6) / entityFrames };
}

/** How many frames are timed, and how many entities exist in all of them but the first. */
function timedPart(trace: Trace, maxEntityFrames: number): { frames: number; entityFrames: number } {
  const columns = trace.values.length / trace.frames / trace.entities;
  let entityFrames = 0;
  for (let frame = 1; frame < trace.frames; frame++) {
    if (entityFrames > maxEntityFrames) return { frames: frame, entityFrames };
    const values = frameOf(trace, frame);
    for (let i = 0; i < values.length; i += columns) if (!Number.isNaN(values[i]!)) entityFrames += 1;
  }
  // A trace without entities costs nothing an entity.
  return { frames: trace.frames, entityFrames: Math.max(entityFrames, 1) };
}

/** What two looks at the clock cost: with few entities, as much as what lies between them. */
function clockCostMs(): number {
  const costs: number[] = [];
  for (let i = 0; i < 10_000; i++) {
    const beforeMs = performance.now();
    costs.push(performance.now() - beforeMs);
  }
  return median(costs);
}

/** One's garbage is not another's pause. Does nothing without Node's --expose-gc. */
function collectGarbage(): void {
  globalThis.gc?.();
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
