import type { AdoptionRun } from './adoption.ts';
import type { JournalLoad } from './journal-load.ts';
import type { AdoptOptions } from './options.ts';

export interface AdoptReport {
  nodes: number;
  rooms: number;
  clients: number;
  runs: AdoptionRun[];
  journal?: JournalLoad;
}

/** The middle one; of an even number the later of the two. */
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** What was missed or broken, a line each. */
export function missedOf(
  { runs, journal }: AdoptReport,
  { mostMs, mostJournalPercent }: Pick<AdoptOptions, 'mostMs' | 'mostJournalPercent'>,
): string[] {
  const missed = runs.flatMap(({ broken }, i) => broken.map((what) => `run ${i + 1}: ${what}`));
  const lastMs = median(runs.map((run) => run.lastMs));
  // Not a number where nothing was taken over at all.
  if (!(lastMs <= mostMs)) missed.push(`the last room was taken over after ${lastMs} ms, and not within ${mostMs}`);
  if (journal !== undefined && !(journal.inTicksPercent <= mostJournalPercent)) {
    missed.push(
      `the journal took ${journal.inTicksPercent.toFixed(1)} % of the time in ticks (${mostJournalPercent} % at most)`,
    );
  }
  return missed;
}

export function renderAdopt({ nodes, rooms, clients, runs, journal }: AdoptReport): string {
  const row = (name: string, of: (run: AdoptionRun) => number): string => {
    const values = runs.map(of);
    return `  ${name.padEnd(24)} median ${median(values)} ms, least ${Math.min(...values)} ms, most ${Math.max(...values)} ms`;
  };
  const lines = [
    `${rooms} rooms of ${clients} clients on a node that was killed, taken over by ${nodes - 1} (${runs.length} runs)`,
    row('found dead after', ({ foundMs }) => foundMs),
    row('first room after', ({ firstMs }) => firstMs),
    row('half of them after', ({ halfMs }) => halfMs),
    row('the last one after', ({ lastMs }) => lastMs),
    row('from found to the last', ({ foundMs, lastMs }) => lastMs - foundMs),
  ];
  return `${[...lines, ...journalLines(journal)].join('\n')}\n`;
}

function journalLines(journal: JournalLoad | undefined): string[] {
  if (journal === undefined) return [];
  const { rooms, inTicksPercent, writingPercent, writes, bytes } = journal;
  const shares = `${inTicksPercent.toFixed(1)} % of the time in ticks, and outside them as much as ${writingPercent.toFixed(1)} %`;
  return [
    `journal of a node with ${rooms} rooms of 8 clients at 60 Hz: ${shares} to write it`,
    `journal of such a room: ${writes.toFixed(1)} writes and ${bytes.toFixed(0)} bytes a second`,
  ];
}
