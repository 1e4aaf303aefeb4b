import { BenchError } from './child.ts';
import type { BenchOptions } from './options.ts';
import { renderJson, renderTable } from './render.ts';
import type { FullReport } from './report.ts';
import { nameOf, type Source } from './source.ts';

/** An error of more than one precision is not what was asked for. */
const MOST_ERROR = 1;

export interface Outlets {
  print(text: string): void;
  /** For whoever waits; not part of the result. */
  progress(line: string): void;
}

/**
 * @returns exit code: 0; 1 if a source could not be measured (then nothing is printed), or something arrived that was
 * not sent, so that CI can gate on it
 */
export async function run(
  { sources, json }: Pick<BenchOptions, 'sources' | 'json'>,
  bench: (source: Source) => Promise<FullReport>,
  { print, progress }: Outlets,
): Promise<0 | 1> {
  const reports: FullReport[] = [];
  for (const [i, source] of sources.entries()) {
    progress(`${i + 1}/${sources.length} ${nameOf(source)}`);
    try {
      reports.push(await bench(source));
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      progress(`${nameOf(source)}: ${error.message}`);
      return 1;
    }
  }
  print(json ? renderJson(reports) : renderTable(reports));
  return reports.every(({ exact, maxError }) => exact && maxError <= MOST_ERROR) ? 0 : 1;
}
