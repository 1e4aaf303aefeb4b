import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { CONTENDER_NAMES } from '../contender.ts';
import type { Outcome } from './outcome.ts';
import { runsOf } from './outcome.ts';
import type { RunReport } from './run-report.ts';

/** What the page's script draws: `x` and one row of numbers for each line. */
export interface Chart {
  title: string;
  /** Of the x axis. */
  unit: string;
  lines: string[];
  /** The x values, then one array for each line; null where there is none. */
  data: (number | null)[][];
}

export interface ChartGroup {
  title: string;
  charts: Chart[];
}

/** One page with all in it: it loads nothing. */
export async function renderPage(outcome: Outcome, text: string): Promise<string> {
  const groups = [...sweepGroups(outcome), ...runsOf(outcome).map(runGroup)];
  const style = await readFile(createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'), 'utf8');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>velarium load test</title>
<style>${style}
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1100px; padding: 0 1rem; color: #1b1b1f; }
pre { background: #f4f4f6; padding: 1rem; overflow-x: auto; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(500px, 1fr)); gap: 1rem; }
</style>
<h1>velarium load test</h1>
<pre>${escapeText(text)}</pre>
<div id="groups"></div>
<script type="application/json" id="data">${escapeScript(JSON.stringify(groups))}</script>
<script>${await pageScript()}</script>
</html>
`;
}

function sweepGroups(outcome: Outcome): ChartGroup[] {
  if (outcome.kind !== 'sweep') return [];
  const xs = [...new Set(runsOf(outcome).map(({ clients }) => clients))].sort((a, b) => a - b);
  const chart = (title: string, of: (run: RunReport) => number | undefined): Chart => ({
    title,
    unit: 'clients',
    lines: outcome.sweeps.map(({ contender }) => CONTENDER_NAMES[contender]),
    data: [
      xs,
      ...outcome.sweeps.map(({ runs }) =>
        xs.map((x) => {
          const run = runs.find(({ clients }) => clients === x);
          return (run && of(run)) ?? null;
        }),
      ),
    ],
  });
  return [
    {
      title: 'More and more rooms',
      charts: [
        chart('round trip, 99 %, ms', ({ roundTripMs }) => roundTripMs.p99),
        chart('updates a second, slowest client', ({ updatesPerSecond }) => updatesPerSecond.slowest),
        chart('server CPU, % of a core', ({ server }) => server.cpuShare && server.cpuShare * 100),
        chart('bytes a second to a client', ({ bytesPerSecond }) => bytesPerSecond.in),
      ],
    },
  ];
}

function runGroup(run: RunReport): ChartGroup {
  const { moments } = run;
  const xs = moments.map(({ second }) => second + 1);
  type Of = (moment: RunReport['moments'][number]) => number | undefined;
  const chart = (title: string, lines: Record<string, Of>): Chart => ({
    title,
    unit: 's',
    lines: Object.keys(lines),
    data: [xs, ...Object.values(lines).map((of) => moments.map((moment) => of(moment) ?? null))],
  });
  return {
    title: `${CONTENDER_NAMES[run.contender]}: ${run.rooms} rooms, ${run.clients} clients${chaosOf(run)}`,
    charts: [
      chart('round trip, ms', { '50 %': (m) => m.roundTripP50Ms, '99 %': (m) => m.roundTripP99Ms }),
      chart('updates a second a client', { updates: (m) => m.updatesPerClient }),
      chart('longest gap between updates, ms', { gap: (m) => m.longestGapMs }),
      chart('bytes a second a client', {
        'from the server': (m) => m.bytesPerClient.in,
        'to it': (m) => m.bytesPerClient.out,
      }),
      chart('server CPU, % of a core', { CPU: (m) => m.serverCpu && m.serverCpu * 100 }),
      chart('server memory, MiB', { memory: (m) => m.serverMemoryBytes && m.serverMemoryBytes / 1_048_576 }),
      chart('generator late, 99 %, ms', { late: (m) => m.generatorLateP99Ms }),
      chart('clients and errors', { clients: (m) => m.clients, errors: (m) => m.errors }),
    ],
  };
}

const chaosOf = ({ chaos }: RunReport): string =>
  chaos === undefined ? '' : `; ${chaos.fault} of ${chaos.node} after ${chaos.afterSeconds.toFixed(1)} s`;

/** The page's own script with uPlot in it. esbuild is loaded only here: a load test without a page needs none. */
async function pageScript(): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'page-script.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    logLevel: 'silent',
  });
  return escapeScript(outputFiles[0]!.text);
}

const escapeText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Nothing in it ends its element: `<` is the same in a string of JSON and of JavaScript when written so. */
const escapeScript = (text: string): string => text.replaceAll('</', '<\\/').replaceAll('<!--', '<\\!--');
