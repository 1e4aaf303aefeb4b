import type { Contender } from './contender.ts';
import { frameOf, type Trace } from './trace.ts';

/** Median over the rounds, of entities that exist. */
export interface Timing {
  /** Assigning a frame of the trace to the state, looking the entities up included. */
  setNsPerEntity: number;
  encodeNsPerEntity: number;
  decodeNsPerEntity: number;
}

export interface RaceOptions {
  /** Rounds before those that count, in which engines compile what they run. */
  warmUpRounds: number;
  minRounds: number;
  maxRounds: number;
  /** No new round after this long, once there are `minRounds`. */
  budgetMs: number;
  /** Entities × frames of a round; the rest of a longer trace is not timed. */
  maxEntityFrames: number;
}

const DEFAULTS: RaceOptions = {
  warmUpRounds: 3,
  minRounds: 5,
  maxRounds: 15,
  budgetMs: 8_000,
  maxEntityFrames: 1_200_000,
};

/**
 * Times contenders in one process. They take turns, in reverse order every other round, so that what the machine does
 * meanwhile hits all of them alike. Full states count for nobody.
 */
export function race(trace: Trace, contenders: readonly Contender[], options: Partial<RaceOptions> = {}): Timing[] {
  const { warmUpRounds, minRounds, maxRounds, budgetMs, maxEntityFrames } = { ...DEFAULTS, ...options };
  const { frames, entityFrames } = timedPart(trace, maxEntityFrames);
  const clockMs = clockCostMs();
  const rounds = contenders.map((): Timing[] => []);
  const order = contenders.map((contender, i) => ({ contender, times: rounds[i]! }));
  const resident = contenders.map((contender) => keepOne(trace, contender));
  for (let round = 0; round < warmUpRounds; round++) {
    for (const { contender } of order) runOnce(trace, contender, frames, entityFrames, clockMs);
  }
  const startedAtMs = performance.now();
  for (let round = 0; round < maxRounds; round++) {
    if (round >= minRounds && performance.now() - startedAtMs > budgetMs) break;
    for (const { contender, times } of order) times.push(runOnce(trace, contender, frames, entityFrames, clockMs));
    order.reverse();
  }
  resident.length = 0;
  return rounds.map((times) => ({
    setNsPerEntity: median(times.map((time) => time.setNsPerEntity)),
    encodeNsPerEntity: median(times.map((time) => time.encodeNsPerEntity)),
    decodeNsPerEntity: median(times.map((time) => time.decodeNsPerEntity)),
  }));
}

/**
 * A sender and a receiver of a contender, for as long as they are held. Without any, the next garbage collection throws the
 * code away that was compiled for them; in a server there is always a room.
 */
function keepOne(trace: Trace, contender: Contender): object {
  const sender = contender.sender();
  const receiver = contender.receiver();
  sender.set(frameOf(trace, 0));
  receiver.decode(sender.encode());
  return { sender, receiver };
}

function runOnce(trace: Trace, contender: Contender, frames: number, entityFrames: number, clockMs: number): Timing {
  collectGarbage();
  const messages: Uint8Array[] = [];
  const sender = contender.sender();
  let setMs = 0;
  let encodeMs = 0;
  for (let frame = 0; frame < frames; frame++) {
    const values = frameOf(trace, frame);
    const beganMs = performance.now();
    sender.set(values);
    const setAtMs = performance.now();
    const message = sender.encode();
    const encodedAtMs = performance.now();
    if (frame > 0) {
      setMs += setAtMs - beganMs - clockMs;
      encodeMs += encodedAtMs - setAtMs - clockMs;
    }
    messages.push(message.slice());
  }
  collectGarbage();
  const receiver = contender.receiver();
  receiver.decode(messages[0]!);
  const beforeMs = performance.now();
  for (let frame = 1; frame < frames; frame++) receiver.decode(messages[frame]!);
  const decodeMs = performance.now() - beforeMs;
  return {
    setNsPerEntity: (setMs * 1e6) / entityFrames,
    encodeNsPerEntity: (encodeMs * 1e6) / entityFrames,
    decodeNsPerEntity: (decodeMs * 1e6) / entityFrames,
  };
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
