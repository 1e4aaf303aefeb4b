import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian, Ubuntu, Chrome's own packages and macOS put it. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Switches for a headless browser that talks to this machine only. */
export const CHROMIUM_SWITCHES = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Two pages play at once, and only one of them is in front.
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-background-timer-throttling',
];

/** @returns the path of a Chromium on this machine: `CHROMIUM`, or where one usually is */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM'];
  return named === undefined || named === '' ? PLACES.find((place) => existsSync(place)) : named;
}

/** Installs Debian's Chromium, where this user may. @returns whether there is one now */
export function installChromium(): boolean {
  const mayInstall = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
  if (!mayInstall) return false;
  console.error('tests: installing Chromium with apt-get, once; this takes a minute or two');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const { status, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8', maxBuffer: 64 * 1_048_576 });
    if (status !== 0) {
      console.error(`tests: apt-get ${args[0]} failed: ${stderr.trim().split('\n').at(-1)}`);
      return false;
    }
  }
  return findChromium() !== undefined;
}
