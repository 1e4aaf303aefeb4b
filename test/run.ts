/**
 * `npm test`: gets what the tests need where it is missing and can be had, then runs jest with the arguments given.
 * With CI=true nothing is left out; otherwise the browser tests are, where there is no Chromium, and it is said.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { findChromium, installChromium } from './support/chromium.ts';
import { findRedisServer } from '../pool/find-redis-server.ts';
import { installRedisServer } from './support/redis-server.ts';

const root = path.join(import.meta.dirname, '..');
const leftOut: string[] = [];

if (findChromium() === undefined && !installChromium()) {
  console.error(
    'tests: there is no Chromium; install it (Debian: apt-get install chromium) or set CHROMIUM to its path',
  );
  if (process.env['CI'] === 'true') process.exit(1);
  console.error('tests: going on without the browser tests');
  leftOut.push('--testPathIgnorePatterns', '/node_modules/', '/dist/', '\\.browser\\.test\\.ts$');
}

// Most of what a pool does can only be seen with a Redis, so nothing is left out here.
if (findRedisServer(process.env) === undefined && !installRedisServer()) {
  console.error(
    'tests: there is no redis-server; install it (Debian: apt-get install redis-server, macOS: brew install redis) or set REDIS_SERVER to its path',
  );
  process.exit(1);
}

const { status, error } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    path.join(root, 'node_modules/jest/bin/jest.js'),
    ...leftOut,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
if (error !== undefined) throw error;
process.exit(status ?? 1);
