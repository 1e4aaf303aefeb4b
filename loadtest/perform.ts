import { writeFile } from 'node:fs/promises';
import { playInTurn, sweepInTurn } from './baseline/baseline.ts';
import type { ExitCode } from './exit-code.ts';
import { evenRooms, type LoadOptions } from './options.ts';
import { renderPage } from './report/page.ts';
import { baselineOutcome, conclude, type Outcome } from './report/outcome.ts';
import { render } from './report/render.ts';
import { type Outlets, run } from './run.ts';
import { sweep } from './sweep.ts';

/**
 * Does what the options ask for, prints it and writes the files.
 * @returns the exit code, so that CI can gate on it
 * @throws {LoadTestError} nothing could be measured
 */
export async function perform(
  options: LoadOptions,
  outlets: Outlets & { print(text: string): void },
): Promise<ExitCode> {
  const outcome = await look(options, outlets);
  const { code, line } = conclude(outcome);
  const text = `${render(outcome)}${line === undefined ? '' : `${line}\n`}`;
  outlets.print(text);
  const { files } = options;
  if (files.text !== undefined) await writeFile(files.text, text);
  if (files.json !== undefined) await writeFile(files.json, `${JSON.stringify(outcome, null, 2)}\n`);
  if (files.html !== undefined) await writeFile(files.html, await renderPage(outcome, text));
  return code;
}

async function look(options: LoadOptions, outlets: Outlets): Promise<Outcome> {
  const { baseline, sweep: steps, rooms, clientsPerRoom } = options;
  if (baseline && steps !== undefined) return { kind: 'sweep', sweeps: await sweepInTurn(options, outlets) };
  if (baseline) return baselineOutcome(await playInTurn(options, outlets));
  if (steps === undefined) return { kind: 'run', run: await run({ contender: 'velarium', rooms, options }, outlets) };
  const runWith = (count: number) =>
    run({ contender: 'velarium', rooms: evenRooms(count, clientsPerRoom), options }, outlets);
  return { kind: 'sweep', sweeps: [await sweep('velarium', steps, runWith, outlets.signal)] };
}
