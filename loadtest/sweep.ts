import { TICK_RATE_HZ } from '../shared/arena/rules.ts';
import type { Contender } from './contender.ts';
import { missedOf } from './report/targets.ts';
import type { RunReport } from './report/run-report.ts';

/** Between the most rooms that kept every target and the fewest that did not, at most this part is left open. */
const OPEN_PART = 0.05;
const MOST_HALVINGS = 6;

export interface Sweep {
  contender: Contender;
  /** By number of rooms. */
  runs: RunReport[];
  /** The most rooms that kept every target. */
  most?: RunReport;
  /** Why it is not more: the targets missed with the fewest rooms too many, or the generator; nothing where none was. */
  limit: string;
  /** The limit was the generator's, or none was found. */
  mayHoldMore: boolean;
}

/** Of the inputs that were due: with fewer the server had less to do than was asked. */
const LEAST_SENT = 0.99;

/**
 * Whether the server holds that many. A generator that was late only makes it harder, since what it was late by is in the
 * figures: a run counts that keeps every target all the same, as long as its inputs were sent.
 */
export function keeps({ targets, generator, clients, seconds, roundTripMs, unanswered }: RunReport): boolean {
  if (missedOf(targets).length > 0) return false;
  const due = clients * seconds * TICK_RATE_HZ;
  return generator.void === undefined || roundTripMs.count + unanswered >= LEAST_SENT * due;
}

/**
 * Runs with more and more rooms up to the first that misses a target, then halves what lies between that and the last
 * that kept all.
 */
export async function sweep(
  contender: Contender,
  steps: readonly number[],
  runWith: (rooms: number) => Promise<RunReport>,
  signal: AbortSignal,
): Promise<Sweep> {
  const runs: RunReport[] = [];
  let most: RunReport | undefined;
  let tooMany: RunReport | undefined;
  const look = async (rooms: number): Promise<void> => {
    const report = await runWith(rooms);
    runs.push(report);
    if (report.interrupted) return;
    if (keeps(report)) most = report;
    else tooMany = report;
  };
  for (const rooms of steps) {
    if (signal.aborted || tooMany !== undefined) break;
    await look(rooms);
  }
  for (let i = 0; i < MOST_HALVINGS && most !== undefined && tooMany !== undefined && !signal.aborted; i++) {
    const open = tooMany.rooms - most.rooms;
    if (open <= Math.max(1, most.rooms * OPEN_PART)) break;
    await look(most.rooms + Math.floor(open / 2));
  }
  const mayHoldMore = tooMany === undefined || tooMany.generator.void !== undefined;
  runs.sort((a, b) => a.rooms - b.rooms);
  return { contender, runs, ...(most === undefined ? {} : { most }), limit: limitOf(tooMany), mayHoldMore };
}

function limitOf(tooMany: RunReport | undefined): string {
  if (tooMany === undefined) return 'no run missed a target: it may hold more';
  if (tooMany.generator.void !== undefined) {
    return `with ${tooMany.rooms} rooms the generator was the bottleneck: ${tooMany.generator.void}`;
  }
  const missed = missedOf(tooMany.targets).map(({ name, text }) => `${name} (${text})`);
  return `${tooMany.rooms} rooms missed ${missed.join(', ')}`;
}
