import { writeFile } from 'node:fs/promises';
import { PoolError } from '../../pool/pool-error.ts';
import { UsageError } from '../command-line.ts';
import { ExitCode, LoadTestError } from '../exit-code.ts';
import { type AdoptReport, missedOf, renderAdopt } from './adopt-report.ts';
import { runAdoption } from './adoption.ts';
import { measureJournal } from './journal-load.ts';
import { ADOPT_USAGE, type AdoptOptions, parseAdopt } from './options.ts';

/** `npm run bench:adopt`. Exit codes: see ADOPT_USAGE. */
console.info = () => {}; // the SDK tells of each reconnect
// Takes all that was started with it: a signal alone would leave the nodes running.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(ExitCode.Interrupted));
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<ExitCode> {
  try {
    const options = parseAdopt(args);
    if (options.help) {
      process.stdout.write(ADOPT_USAGE);
      return ExitCode.Kept;
    }
    return await perform(options, (line) => void process.stderr.write(`${line}\n`));
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`bench:adopt: ${error.message}\nnpm run bench:adopt -- --help says what there is\n`);
      return ExitCode.Usage;
    }
    if (!(error instanceof PoolError || error instanceof LoadTestError)) throw error;
    process.stderr.write(`bench:adopt: ${error.message}\n`);
    return ExitCode.NotRun;
  }
}

async function perform(options: AdoptOptions, progress: (line: string) => void): Promise<ExitCode> {
  const { nodes, rooms, clients } = options;
  const report: AdoptReport = { nodes, rooms, clients, runs: [] };
  if (options.journalSeconds > 0) {
    report.journal = await measureJournal(options, { progress, signal: new AbortController().signal });
  }
  for (let i = 1; i <= options.runs; i++) {
    const run = await runAdoption(options, progress);
    report.runs.push(run);
    progress(
      `run ${i}: found dead after ${run.foundMs} ms, the last of ${run.rooms} rooms taken over after ${run.lastMs} ms`,
    );
  }
  const missed = missedOf(report, options);
  process.stdout.write(renderAdopt(report));
  process.stdout.write(missed.length === 0 ? 'all targets kept\n' : `${missed.join('\n')}\n`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (report.journal?.void !== undefined) {
    process.stdout.write(`void: ${report.journal.void}\n`);
    return ExitCode.Void;
  }
  return missed.length === 0 ? ExitCode.Kept : ExitCode.Missed;
}
