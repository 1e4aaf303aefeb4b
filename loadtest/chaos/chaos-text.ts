import { outgrown } from './holdings.ts';
import { TimeHistogram } from '../histogram.ts';
import type { ChaosReport, ChaosRun } from './chaos-run.ts';
import { FAULTS } from './faults.ts';

const figures = (name: string, values: readonly number[]): string => {
  const histogram = new TimeHistogram();
  for (const value of values) histogram.record(value);
  const at = (percent: number): string => `${Math.round(histogram.percentile(percent))}`;
  return `${name.padEnd(22)} median ${at(50)} ms, 95 % ${at(95)} ms, 99 % ${at(99)} ms, most ${at(100)} ms (${values.length})`;
};

export const brokenOf = ({ runs, growth = {} }: ChaosReport): string[] => [
  ...runs.flatMap(({ broken }, i) => broken.map((what) => `run ${i + 1}: ${what}`)),
  ...outgrown(growth, runs.length),
];

export function renderChaos(report: ChaosReport): string {
  const { fault, runs, rooms, clients, load, minutes, seed, inputsLost, growth = {} } = report;
  const { happened } = FAULTS[fault]!;
  const all = (of: (run: ChaosRun) => readonly number[]): number[] => runs.flatMap((run) => of(run));
  const others = new Set(runs.flatMap((run) => Object.keys(run.figures ?? {})));
  const measured: [name: string, values: number[]][] = [
    ['clients back', all(({ backMs }) => backMs)],
    ['play taken back', all(({ lostMs }) => lostMs)],
    ...[...others].map((name): [string, number[]] => [name, all((run) => run.figures?.[name] ?? [])]),
  ];
  const counted = new Set(runs.flatMap((run) => Object.keys(run.counts ?? {})));
  const countOf = (name: string): number => runs.reduce((sum, { counts }) => sum + (counts?.[name] ?? 0), 0);
  const often = minutes === undefined ? `${runs.length} times` : `for ${minutes} minutes`;
  const beside = load === 0 ? '' : ` beside ${load} busy processes`;
  const lines = [
    `${happened}, ${often}, under ${rooms} rooms of ${clients} clients${beside} (seed ${seed})`,
    ...measured.filter(([, values]) => values.length > 0).map(([name, values]) => figures(name, values)),
    ...[...counted].map((name) => `${name.padEnd(32)} ${countOf(name)}`),
    ...Object.entries(growth).map(
      ([name, { began, ended, percent }]) =>
        `${name.padEnd(22)} ${began.toFixed(1)} at the beginning, ${ended.toFixed(1)} at the end (${percent.toFixed(1)} %)`,
    ),
    `inputs that were made and never reached their room: ${inputsLost}`,
  ];
  return `${lines.join('\n')}\n`;
}
