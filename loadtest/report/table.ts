import { CONTENDER_NAMES } from '../contender.ts';
import type { Percentiles } from '../histogram.ts';
import type { JournalUse } from '../server/server-watch.ts';
import type { RunReport } from './run-report.ts';

/** One run as a table, for people. */
export function renderRun(report: RunReport): string {
  const { joins, server, generator, errors, conditions } = report;
  const target = report.endpoint ?? (report.chaos === undefined ? 'a server of its own' : harmText(report.chaos));
  const head =
    `${CONTENDER_NAMES[report.contender]}, ${report.room} at ${target}: ${report.rooms} rooms, ` +
    `${report.clients} clients, ${report.seconds.toFixed(1)} s${report.interrupted ? ' (interrupted)' : ''}`;
  const rows: [string, string][] = [
    ['joins', `${joins.joined} of ${joins.wanted}, ${joins.perSecond.toFixed(1)}/s`],
    ['time to join, ms', percentiles(joins.timeMs)],
    ['round trip of an input, ms', percentiles(report.roundTripMs)],
    ...chaosRows(report),
    ['inputs without an answer', String(report.unanswered)],
    [
      'updates a second a client',
      `${report.updatesPerSecond.mean.toFixed(2)}, slowest client ${report.updatesPerSecond.slowest.toFixed(2)}`,
    ],
    ['gap between updates, ms', `99 % ${report.gapMs.p99.toFixed(1)}, longest ${report.gapMs.max.toFixed(1)}`],
    ['bytes a message', bothWays(report.messageBytes, 1)],
    ['bytes a second a client', bothWays(report.bytesPerSecond, 0)],
    ['messages a second a client', bothWays(report.messagesPerSecond, 1)],
    ['server CPU a client', known(server.cpuPerClientMs, (ms) => `${ms.toFixed(3)} ms a second`)],
    ["of which the game's step", known(server.stepPerClientMs, (ms) => `${ms.toFixed(3)} ms a second`)],
    ['server CPU', known(server.cpuShare, (share) => `${(share * 100).toFixed(1)} % of a core`)],
    ['server memory', known(server.memoryBytes, (bytes) => `${(bytes / 1_048_576).toFixed(0)} MiB`)],
    ['server event-loop lag', known(server.eventLoopLagP99Ms, (ms) => `99 % ${ms.toFixed(1)} ms`)],
    ['server tick time', known(server.tickP99Ms, (ms) => `99 % ${ms.toFixed(2)} ms a room`)],
    ...(server.journal === undefined ? [] : journalRows(server.journal, report)),
    [
      'generator',
      `${generator.workers} ${generator.workers === 1 ? 'worker' : 'workers'}, ${(generator.cpuShare * 100).toFixed(0)} % of a core at most, ` +
        `late by ${generator.lateP99Ms.toFixed(1)} ms (99 %), decodes ${conditions.decode}` +
        `${conditions.predict ? ', predicts' : ''}${conditions.lean ? ', ships and nothing else' : ''}`,
    ],
    ['errors', errorText(errors)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  const verdicts = report.targets.map(({ name, kept, text }) => `  ${kept ? 'kept  ' : 'MISSED'}  ${name}: ${text}`);
  return [head, '', ...table, '', ...verdicts, ''].join('\n');
}

const harmText = ({ fault, node, afterSeconds }: NonNullable<RunReport['chaos']>): string =>
  `three servers of its own, ${node} ${fault === 'kill' ? 'killed' : 'drained'} after ${afterSeconds.toFixed(1)} s`;

/** Of a server of a pool: what it costs that its rooms outlive it. */
function journalRows(journal: JournalUse, { rooms, server: { seconds = 0 } }: RunReport): [string, string][] {
  const { noteSeconds, writeSeconds, tickSeconds, entries, bytes } = journal;
  const share = (of: number): string => `${((100 * of) / tickSeconds).toFixed(1)} %`;
  const ofRoom = (count: number): number => count / (rooms * seconds);
  return [
    [
      'journal',
      `${share(noteSeconds)} of the time in ticks, and outside them as much as ${share(writeSeconds)} to write it`,
    ],
    ['journal of a room', `${ofRoom(entries).toFixed(1)} writes and ${ofRoom(bytes).toFixed(0)} bytes a second`],
  ];
}

const percentiles = ({ count, p50, p95, p99, max }: Percentiles): string =>
  count === 0
    ? 'none'
    : `50 % ${p50.toFixed(1)}, 95 % ${p95.toFixed(1)}, 99 % ${p99.toFixed(1)}, longest ${max.toFixed(1)} (${count})`;

/** Half, 99 % and the longest, as the other times. */
const chaosRows = ({ chaos }: RunReport): [string, string][] =>
  chaos === undefined ? [] : [['back, ms without an update', percentiles(chaos.backMs)]];

const bothWays = (figures: { in: number; out: number }, digits: number): string =>
  `${figures.in.toFixed(digits)} from the server, ${figures.out.toFixed(digits)} to it`;

const known = (value: number | undefined, write: (value: number) => string): string =>
  value === undefined ? 'the server does not say' : write(value);

function errorText(errors: Readonly<Record<string, number>>): string {
  const kinds = Object.entries(errors).sort(([, a], [, b]) => b - a);
  return kinds.length === 0 ? 'none' : kinds.map(([kind, count]) => `${count} x ${kind}`).join(', ');
}
