import { compare, type Comparison } from '../baseline/compare.ts';
import { ExitCode } from '../exit-code.ts';
import type { Sweep } from '../sweep.ts';
import type { RunReport } from './run-report.ts';
import { missedOf } from './targets.ts';

/** All that a call of the load test found out: what `--json` writes. */
export type Outcome =
  | { kind: 'run'; run: RunReport }
  | { kind: 'sweep'; sweeps: Sweep[] }
  | { kind: 'baseline'; rounds: RunReport[][]; comparison: Comparison[] };

export const baselineOutcome = (rounds: RunReport[][]): Outcome => ({
  kind: 'baseline',
  rounds,
  comparison: compare(rounds),
});

export function runsOf(outcome: Outcome): RunReport[] {
  if (outcome.kind === 'run') return [outcome.run];
  return outcome.kind === 'sweep' ? outcome.sweeps.flatMap(({ runs }) => runs) : outcome.rounds.flat();
}

export interface Conclusion {
  code: ExitCode;
  /** Why, where it is not 0. */
  line?: string;
}

/** A sweep looks for the limit, and misses its targets only where not even the fewest rooms kept them. */
export function conclude(outcome: Outcome): Conclusion {
  const runs = runsOf(outcome);
  if (runs.some(({ interrupted }) => interrupted)) {
    return {
      code: ExitCode.Interrupted,
      line: runs.some(({ seconds }) => seconds > 0)
        ? 'interrupted: these are the figures until then'
        : 'interrupted before anything was measured',
    };
  }
  if (outcome.kind === 'sweep') {
    const without = outcome.sweeps.filter(({ most }) => most === undefined);
    const first = without[0]?.runs[0];
    return first === undefined ? { code: ExitCode.Kept } : concludeRuns([first]);
  }
  // Of the others nobody wants anything; that their figures are not the generator's own is wanted of all.
  return concludeRuns(runs);
}

function concludeRuns(runs: readonly RunReport[]): Conclusion {
  const wasVoid = runs.find(({ generator }) => generator.void !== undefined);
  if (wasVoid !== undefined) {
    const { void: why, advice } = wasVoid.generator;
    return { code: ExitCode.Void, line: `void: the generator was the bottleneck: ${why}\n${advice}` };
  }
  const missed = runs.filter(({ contender }) => contender === 'velarium').flatMap(({ targets }) => missedOf(targets));
  const names = [...new Set(missed.map(({ name, text }) => `${name}: ${text}`))];
  return names.length === 0
    ? { code: ExitCode.Kept }
    : { code: ExitCode.Missed, line: `target missed: ${names.join('; ')}` };
}
