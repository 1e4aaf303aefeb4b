import type { Comparison } from '../baseline/compare.ts';
import { CONTENDER_NAMES, CONTENDERS } from '../contender.ts';
import { keeps, type Sweep } from '../sweep.ts';
import type { Outcome } from './outcome.ts';
import type { RunReport } from './run-report.ts';
import { renderRun } from './table.ts';
import { missedOf } from './targets.ts';

const BAR = 30;

/** The whole outcome, for people. */
export function render(outcome: Outcome): string {
  if (outcome.kind === 'run') return renderRun(outcome.run);
  if (outcome.kind === 'sweep') return outcome.sweeps.map(renderSweep).join('\n') + renderCapacities(outcome.sweeps);
  const runs = outcome.rounds.flat();
  return [...runs.map(renderRun), renderComparison(outcome.comparison), ...renderCaveats(runs)].join('\n');
}

/** The curve: round trip against clients, a bar a run. */
function renderSweep({ contender, runs, most, limit }: Sweep): string {
  const longest = Math.max(1, ...runs.map(({ roundTripMs }) => roundTripMs.p99));
  const lines = runs.map((run) => {
    const { roundTripMs, updatesPerSecond, server, rooms, clients } = run;
    const bar = '#'.repeat(Math.max(1, Math.round((roundTripMs.p99 / longest) * BAR))).padEnd(BAR);
    const cpu = server.cpuShare === undefined ? '' : `${(server.cpuShare * 100).toFixed(0)} %`;
    return (
      `  ${String(rooms).padStart(5)} ${String(clients).padStart(7)}  ${bar} ${roundTripMs.p99.toFixed(1).padStart(8)}  ` +
      `${updatesPerSecond.slowest.toFixed(2).padStart(8)}  ${cpu.padStart(6)}  ${verdict(run)}`
    );
  });
  return [
    `${CONTENDER_NAMES[contender]}, more and more rooms`,
    '',
    `  rooms clients  ${'round trip, 99 %'.padEnd(BAR)}       ms  slowest/s     CPU`,
    ...lines,
    '',
    most === undefined
      ? `  keeps every target with none of these`
      : `  keeps every target with ${most.rooms} rooms, ${most.clients} clients`,
    `  ${limit}`,
    '',
  ].join('\n');
}

function verdict(run: RunReport): string {
  if (run.interrupted) return 'interrupted';
  const isVoid = run.generator.void !== undefined;
  if (keeps(run)) return isVoid ? 'kept, the generator at its end' : 'kept';
  return isVoid
    ? 'void'
    : `missed ${missedOf(run.targets)
        .map(({ name }) => name)
        .join(', ')}`;
}

function renderCapacities(sweeps: readonly Sweep[]): string {
  const [ours] = sweeps;
  if (sweeps.length < 2 || ours?.most === undefined) return '';
  const atLeast = ours.mayHoldMore ? 'at least ' : '';
  const others = sweeps.slice(1).flatMap(({ contender, most, mayHoldMore }) => {
    if (most === undefined) return [];
    const name = CONTENDER_NAMES[contender];
    if (mayHoldMore) return [`  no ratio to ${name}: its limit was not reached`];
    return [
      `  velarium holds ${atLeast}${(ours.most!.clients / most.clients).toFixed(2)} times as many clients as ${name}`,
    ];
  });
  return ['', ...others, ''].join('\n');
}

function renderComparison(comparison: readonly Comparison[]): string {
  if (comparison.length === 0)
    return 'Nothing is compared: in every round the generator was the bottleneck of a run.\n';
  const name = Math.max(...comparison.map((figure) => label(figure).length));
  const cells = (figure: Comparison): string[] => [
    ...CONTENDERS.map((contender) => figure.medians[contender]?.toFixed(figure.digits) ?? ''),
    figure.timesBetter?.toFixed(2) ?? '',
    figure.timesFloor?.toFixed(2) ?? '',
  ];
  const head = [...CONTENDERS.map((contender) => CONTENDER_NAMES[contender]), 'times better', 'times floor'];
  const line = (first: string, rest: readonly string[]): string =>
    `  ${first.padEnd(name)}  ${rest.map((cell, i) => cell.padStart(head[i]!.length)).join('  ')}`;
  return [
    'Medians over the rounds without a void run. Better: than plain Colyseus. Floor: what a bare ws server takes for the same messages.',
    '',
    line('', head),
    ...comparison.map((figure) => line(label(figure), cells(figure))),
    '',
  ].join('\n');
}

/** A server that cannot keep up sends less than it should, and costs less for it: that is no saving. */
function renderCaveats(runs: readonly RunReport[]): string[] {
  return CONTENDERS.flatMap((contender) => {
    const own = runs.filter((run) => run.contender === contender);
    const overloaded = own.filter(
      ({ generator, targets }) => generator.void !== undefined || missedOf(targets).length > 0,
    );
    if (overloaded.length === 0) return [];
    return [
      `${CONTENDER_NAMES[contender]} missed targets or was void in ${overloaded.length} of ${own.length} rounds: ` +
        'a server that does not keep up sends less, and its figures do not compare.\n',
    ];
  });
}

const label = ({ name, unit }: Comparison): string => (unit === '' ? name : `${name}, ${unit}`);
