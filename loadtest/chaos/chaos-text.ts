import { TimeHistogram } from '../histogram.ts';
import type { KillReport } from './kill.ts';

const figures = (name: string, values: readonly number[]): string => {
  const histogram = new TimeHistogram();
  for (const value of values) histogram.record(value);
  const at = (percent: number): string => `${Math.round(histogram.percentile(percent))}`;
  return `${name.padEnd(22)} median ${at(50)} ms, 95 % ${at(95)} ms, 99 % ${at(99)} ms, most ${at(100)} ms (${values.length})`;
};

export const brokenOf = ({ runs }: KillReport): string[] =>
  runs.flatMap(({ broken }, i) => broken.map((what) => `run ${i + 1}: ${what}`));

export function renderChaos(report: KillReport): string {
  const { runs, rooms, clients, seed } = report;
  const lines = [
    `killed a node ${runs.length} times, under ${rooms} rooms of ${clients} clients (seed ${seed})`,
    figures(
      'clients back',
      runs.flatMap(({ backMs }) => backMs),
    ),
    figures(
      'play taken back',
      runs.flatMap(({ lostMs }) => lostMs),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
