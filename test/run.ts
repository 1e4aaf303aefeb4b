/**
 * `npm test`: gets what the tests need where it is missing and can be had, then runs jest with the arguments given.
 * With CI=true nothing is left out; otherwise the browser tests are, where there is no Chromium, and it is said.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { findChromium, installChromium } from './support/chromium.ts';
import { findRedisServer } from '../pool/find-redis-server.ts';
import { installRedisServer } from './support/redis-server.ts';

const root = path.join(import.meta.dirname, '..');
/** Giving some on the command line takes the place of those in the configuration. */
const ignored = ['/node_modules/', '/dist/'];

if (findChromium() === undefined && !installChromium()) {
  console.error(
    'tests: there is no Chromium; install it (Debian: apt-get install chromium) or set CHROMIUM to its path',
  );
  if (process.env['CI'] === 'true') process.exit(1);
  console.error('tests: going on without the browser tests');
  ignored.push('\\.browser\\.test\\.ts$');
}

// Most of what a pool does can only be seen with a Redis, so nothing is left out here.
if (findRedisServer(process.env) === undefined && !installRedisServer()) {
  console.error(
    'tests: there is no redis-server; install it (Debian: apt-get install redis-server, macOS: brew install redis) or set REDIS_SERVER to its path',
  );
  process.exit(1);
}

const given = process.argv.slice(2);
// Suites of one unit each mostly wait for a module to load, so two go together even on two cores. What starts whole
// servers, browsers and load keeps to one for each core to spare: it looks at how all of that runs.
const WHOLE = ['<rootDir>/test', '<rootDir>/loadtest'];
const runs =
  given.length > 0
    ? [given]
    : [
        [`--maxWorkers=${Math.max(2, availableParallelism() - 1)}`, ...WHOLE.flatMap((root) => ignoring(`${root}/`))],
        WHOLE.flatMap((root) => ['--roots', root]),
      ];
process.exitCode = Math.max(...runs.map(jest));

function ignoring(path: string): string[] {
  return ['--testPathIgnorePatterns', path];
}

function jest(args: readonly string[]): number {
  const { status, error } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      path.join(root, 'node_modules/jest/bin/jest.js'),
      ...args,
      ...ignored.flatMap(ignoring),
    ],
    { cwd: root, stdio: 'inherit' },
  );
  if (error !== undefined) throw error;
  return status ?? 1;
}
