import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ChaosReport } from './chaos-run.ts';
import { FAULTS } from './faults.ts';
import type { ChaosOptions } from './options.ts';
import { PlayedPool } from './played-pool.ts';

/** Starts a pool, has it played on and lets the fault happen, as often as the options say. @throws {PoolError} it does not start */
export async function runChaos(options: ChaosOptions, progress: (line: string) => void): Promise<ChaosReport> {
  const { fault, seed, rooms, clients } = options;
  const report: ChaosReport = { fault, seed, rooms, clients, runs: [], saidAgain: 0 };
  const played = await PlayedPool.start(options, FAULTS[fault]!);
  try {
    for (let i = 1; i <= options.runs; i++) {
      const run = await FAULTS[fault]!.inject(played);
      report.runs.push(run);
      const worst = Math.round(Math.max(0, ...run.backMs));
      const what = run.what === undefined ? '' : `${run.what}, `;
      progress(
        `run ${i}: ${what}${run.backMs.length} clients back within ${worst} ms; ${run.broken.join('; ') || 'nothing broken'}`,
      );
    }
    report.saidAgain = played.witness.saidAgain;
    if (report.runs.some(({ broken }) => broken.length > 0)) {
      report.history = path.join(tmpdir(), `velarium-chaos-${fault}-${seed}.json`);
      await writeFile(report.history, `${JSON.stringify(played.witness.report())}\n`);
    }
    return report;
  } finally {
    await played.stop();
  }
}
