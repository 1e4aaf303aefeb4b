import { UsageError } from './command-line.ts';
import { ExitCode, LoadTestError } from './exit-code.ts';
import { type LoadOptions, parse, USAGE } from './options.ts';
import { perform } from './perform.ts';

/** `npm run loadtest`. Exit codes: see USAGE. */
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<ExitCode> {
  const stop = new AbortController();
  const interrupt = (): void => {
    if (stop.signal.aborted) process.exit(ExitCode.Interrupted); // a second time: at once, without the report
    stop.abort();
  };
  try {
    const options: LoadOptions = parse(args);
    if (options.help) {
      process.stdout.write(USAGE);
      return ExitCode.Kept;
    }
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
    return await perform(options, {
      signal: stop.signal,
      print: (text) => process.stdout.write(text),
      progress: (line) => process.stderr.write(`${line}\n`),
    });
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`loadtest: ${error.message}\nnpm run loadtest -- --help says what there is\n`);
      return ExitCode.Usage;
    }
    if (!(error instanceof LoadTestError)) throw error;
    process.stderr.write(`loadtest: ${error.message}\n`);
    return ExitCode.NotRun;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
