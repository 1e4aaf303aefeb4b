import type { SoakOptions } from './options.ts';
import type { SoakReport } from './soak.ts';
import type { Deeds } from './soaker.ts';
import type { Sample } from './verdict.ts';

const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;
const percent = (value: number): string => `${value >= 0 ? '+' : ''}${value.toFixed(1)} %`;

export function progressLine({ minute, heapBytes, residentBytes }: Sample, deeds: Deeds, rooms: number): string {
  const memory = `heap ${mebibytes(heapBytes)}, resident ${mebibytes(residentBytes)}`;
  return `minute ${minute.toFixed(2)}: ${memory}; ${rooms} rooms, ${deeds.joins} joins, ${errorCount(deeds)} errors`;
}

const errorCount = ({ errors }: Deeds): number => Object.values(errors).reduce((sum, count) => sum + count, 0);

/** What was wrong, a line each; empty when all was well. */
export function faultsOf(report: SoakReport, { mostGrowth }: SoakOptions): string[] {
  const faults = report.left.map((what) => `left over: ${what}`);
  for (const key of report.keysAfterEnd) faults.push(`left in Redis by a node that has ended: ${key}`);
  if (report.heapGrowth > mostGrowth) faults.push(`the heap grew by ${percent(report.heapGrowth)}`);
  if (report.residentGrowth > 2 * mostGrowth) faults.push(`resident memory grew by ${percent(report.residentGrowth)}`);
  if (!report.endedWell) faults.push('the node had to be killed');
  if (report.deeds.joins === 0) faults.push('nobody joined');
  return faults;
}

export function renderSoak(report: SoakReport, options: SoakOptions): string {
  const { deeds, before, after, samples } = report;
  const settled = samples.filter(({ minute }) => minute >= options.settleMinutes);
  const [first, last] = [settled[0], settled.at(-1)];
  const lines = [
    `${report.minutes.toFixed(1)} minutes, ${report.bots} bots${report.interrupted ? ', interrupted' : ''}`,
    `joins ${deeds.joins}, left ${deeds.left}, cut ${deeds.cuts} of which came back ${deeds.returns}, vanished ${deeds.vanished}`,
    `inputs ${deeds.inputs}, updates ${deeds.updates}`,
  ];
  for (const [kind, count] of Object.entries(deeds.errors)) lines.push(`error ${kind}: ${count}`);
  if (first !== undefined && last !== undefined) {
    const times = `minute ${first.minute.toFixed(1)} to ${last.minute.toFixed(1)}`;
    const heap = `${mebibytes(first.heapBytes)} to ${mebibytes(last.heapBytes)}, ${percent(report.heapGrowth)}`;
    const resident = `${mebibytes(first.residentBytes)} to ${mebibytes(last.residentBytes)}, ${percent(report.residentGrowth)}`;
    lines.push(`heap after collection, ${times}: ${heap} along its trend`);
    lines.push(`resident, ${times}: ${resident} along its trend`);
  }
  lines.push(`heap with nobody there, before and after: ${mebibytes(before.heapBytes)}, ${mebibytes(after.heapBytes)}`);
  lines.push('left in the node and in Redis (before / after):');
  for (const kind of new Set([...Object.keys(before.objects), ...Object.keys(after.objects)])) {
    lines.push(`  ${kind} ${before.objects[kind] ?? 0} / ${after.objects[kind] ?? 0}`);
  }
  lines.push(`  keys ${before.keys.length} / ${after.keys.length}`);
  lines.push(`  rooms listed ${before.listingRows} / ${after.listingRows}`);
  lines.push(`keys when the node has ended: ${report.keysAfterEnd.length}`);
  return `${lines.join('\n')}\n`;
}
