import { CONTENDERS } from '../contender.ts';
import { evenRooms, type LoadOptions } from '../options.ts';
import type { RunReport } from '../report/run-report.ts';
import { type Outlets, run } from '../run.ts';
import { type Sweep, sweep } from '../sweep.ts';

/** The three in turn, again and again: what the machine does meanwhile falls on all alike. */
export async function playInTurn(options: LoadOptions, outlets: Outlets): Promise<RunReport[][]> {
  const rounds: RunReport[][] = [];
  for (let round = 0; round < options.rounds && !outlets.signal.aborted; round++) {
    outlets.progress(`round ${round + 1} of ${options.rounds}`);
    const reports: RunReport[] = [];
    rounds.push(reports);
    for (const contender of CONTENDERS) {
      if (outlets.signal.aborted) break;
      const ours = reports[0];
      reports.push(
        await run({ contender, rooms: options.rooms, options, ...(ours && { bareBytes: ours.messageBytes }) }, outlets),
      );
    }
  }
  return rounds;
}

/** How many clients each holds. The bare one moves messages of the sizes that ours had with the most rooms it kept. */
export async function sweepInTurn(options: LoadOptions, outlets: Outlets): Promise<Sweep[]> {
  const sweeps: Sweep[] = [];
  for (const contender of CONTENDERS) {
    if (outlets.signal.aborted) break;
    const ours = sweeps[0];
    const bareBytes = (ours?.most ?? ours?.runs[0])?.messageBytes;
    const runWith = (rooms: number): Promise<RunReport> =>
      run(
        { contender, rooms: evenRooms(rooms, options.clientsPerRoom), options, ...(bareBytes && { bareBytes }) },
        outlets,
      );
    sweeps.push(await sweep(contender, options.sweep!, runWith, outlets.signal));
  }
  return sweeps;
}
