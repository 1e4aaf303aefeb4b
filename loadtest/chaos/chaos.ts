import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ChaosReport, ChaosRun } from './chaos-run.ts';
import { FAULTS } from './faults.ts';
import { growthOf } from './holdings.ts';
import { startLoad } from './load.ts';
import type { ChaosOptions } from './options.ts';
import { PlayedPool } from './played-pool.ts';

/** Starts a pool, has it played on and lets the fault happen, as often as the options say. @throws {PoolError} it does not start */
export async function runChaos(options: ChaosOptions, progress: (line: string) => void): Promise<ChaosReport> {
  const { fault, seed, rooms, clients, load, minutes } = options;
  const { inject, lastsMinutes = false } = FAULTS[fault]!;
  const report: ChaosReport = { fault, seed, rooms, clients, load, runs: [], inputsLost: 0 };
  if (lastsMinutes) report.minutes = minutes;
  const runs = lastsMinutes ? Math.ceil(minutes) : options.runs;
  const played = await PlayedPool.start(options, FAULTS[fault]!);
  const endLoad = startLoad(load);
  try {
    for (let i = 1; i <= runs; i++) {
      const run = await inject(played, (minutes / runs) * 60_000);
      report.runs.push(run);
      progress(`run ${i}: ${toldOf(run)}`);
    }
    if (report.runs.some(({ held }) => held !== undefined)) report.growth = growthOf(report.runs);
    report.inputsLost = played.witness.inputsLost;
    if (report.runs.some(({ broken }) => broken.length > 0)) {
      report.history = path.join(tmpdir(), `velarium-chaos-${fault}-${seed}.json`);
      await writeFile(report.history, `${JSON.stringify(played.witness.report())}\n`);
    }
    return report;
  } finally {
    endLoad();
    await played.stop();
  }
}

function toldOf({ what, backMs, counts = {}, broken }: ChaosRun): string {
  const back =
    backMs.length === 0 ? [] : [`${backMs.length} clients back within ${Math.round(Math.max(...backMs))} ms`];
  const counted = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return (
    [...(what === undefined ? [] : [what]), ...back, ...counted].join(', ') +
    `; ${broken.join('; ') || 'nothing broken'}`
  );
}
