import { benchInChild } from './child.ts';
import { UsageError } from '../command-line.ts';
import { type BenchOptions, parse, USAGE } from './options.ts';
import { run } from './run.ts';

/** `npm run bench:codec`. Exit codes: see USAGE. */
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let options: BenchOptions;
  try {
    options = parse(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const stop = new AbortController();
  // The children get the terminal's SIGINT themselves; this is for whoever kills only us.
  process.once('SIGTERM', () => stop.abort());
  return run(options, (source) => benchInChild(source, stop.signal), {
    print: (text) => process.stdout.write(text),
    progress: (line) => process.stderr.write(`${line}\n`),
  });
}
