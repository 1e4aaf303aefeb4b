import type { RunReport } from './run-report.ts';

/** What a run must keep. */
export interface Targets {
  /** 99th percentile, under. */
  roundTripMs: number;
  /** Average, under. */
  messageBytes: number;
  /** Of the client with the fewest, at least. */
  updatesPerSecond: number;
}

export interface Verdict {
  name: string;
  kept: boolean;
  /** What was measured and what was wanted, in words. */
  text: string;
}

type Figures = Pick<RunReport, 'roundTripMs' | 'messageBytes' | 'updatesPerSecond' | 'joins' | 'stayed'>;

export function judge(figures: Figures, targets: Targets): Verdict[] {
  const { roundTripMs, messageBytes, updatesPerSecond, joins, stayed } = figures;
  const answered = roundTripMs.count > 0;
  return [
    {
      name: 'round trip',
      kept: answered && roundTripMs.p99 < targets.roundTripMs,
      text: answered
        ? `99 % within ${roundTripMs.p99.toFixed(1)} ms, wanted under ${targets.roundTripMs} ms`
        : 'no input was acknowledged',
    },
    {
      name: 'message size',
      kept: messageBytes.in < targets.messageBytes,
      text: `${messageBytes.in.toFixed(1)} bytes on average, wanted under ${targets.messageBytes}`,
    },
    {
      name: 'updates',
      kept: updatesPerSecond.slowest >= targets.updatesPerSecond,
      text: `${updatesPerSecond.slowest.toFixed(2)} a second at the slowest client, wanted at least ${targets.updatesPerSecond}`,
    },
    {
      name: 'clients',
      kept: stayed === joins.wanted,
      text: `${stayed} of ${joins.wanted} joined and stayed connected`,
    },
  ];
}

export const missedOf = (verdicts: readonly Verdict[]): Verdict[] => verdicts.filter(({ kept }) => !kept);
