import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const SCRIPT = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { getPriority } from 'node:os';
  import { yieldHelperThreads } from ${JSON.stringify(path.join(import.meta.dirname, 'helper-threads.ts'))};
  const helpers = yieldHelperThreads();
  const niceness = { main: getPriority(), helpers: [] };
  const nameOf = (thread) => readFileSync('/proc/self/task/' + thread + '/comm', 'utf8').trim();
  if (helpers > 0) {
    for (const thread of readdirSync('/proc/self/task')) {
      if (nameOf(thread) === 'V8Worker') niceness.helpers.push(getPriority(Number(thread)));
    }
  }
  console.log(JSON.stringify(niceness));`;

it("V8's helpers give way to the main thread, on Linux", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', SCRIPT]);
  const { main, helpers } = JSON.parse(stdout) as { main: number; helpers: number[] };
  if (process.platform !== 'linux') return expect(helpers).toEqual([]);
  expect(helpers.length).toBeGreaterThan(0);
  for (const niceness of helpers) expect(niceness).toBe(Math.min(19, main + 10));
});
