import { writeFile } from 'node:fs/promises';
import { UsageError } from '../command-line.ts';
import { ExitCode } from '../exit-code.ts';
import { runChaos } from './chaos.ts';
import { brokenOf, renderChaos } from './chaos-text.ts';
import { CHAOS_USAGE, parseChaos } from './options.ts';

/** `npm run chaos`. Exit codes: see CHAOS_USAGE. */
console.info = () => {}; // the SDK tells of each reconnect
// Takes all that was started with it: a signal alone would leave the nodes playing.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(ExitCode.Interrupted));
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<ExitCode> {
  try {
    const options = parseChaos(args);
    if (options.help) {
      process.stdout.write(CHAOS_USAGE);
      return ExitCode.Kept;
    }
    const report = await runChaos(options, (line) => void process.stderr.write(`${line}\n`));
    const broken = brokenOf(report);
    process.stdout.write(renderChaos(report));
    const trouble = `${broken.join('\n')}\nseed ${options.seed}, all that was seen is in ${report.history}\n`;
    process.stdout.write(broken.length === 0 ? 'nothing was broken\n' : trouble);
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
    return broken.length === 0 ? ExitCode.Kept : ExitCode.Missed;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`chaos: ${error.message}\nnpm run chaos -- --help says what there is\n`);
      return ExitCode.Usage;
    }
    if ((error as Error).name !== 'PoolError') throw error;
    process.stderr.write(`chaos: ${(error as Error).message}\n`);
    return ExitCode.NotRun;
  }
}
