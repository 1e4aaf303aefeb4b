import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

function main(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    timeout: 25_000,
  });
  return { status, stdout, stderr };
}

describe('npm run bench:codec', () => {
  it('helps', () => {
    expect(main('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--trace FILE'), stderr: '' });
  });

  it('ends with 2 on wrong usage, and names the option', () => {
    const wrong = { status: 2, stdout: '', stderr: expect.stringMatching(/^--scene: there is no 'x'[^]*Usage:/) };
    expect(main('--scene', 'x')).toMatchObject(wrong);
  });

  it('says what is wrong with a file that is no trace', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trace-'));
    const path = join(folder, 'bad.trace');
    writeFileSync(path, '{"name":"bad","hz":30}\n');
    const { status, stdout, stderr } = main('--json', '--trace', path);
    rmSync(folder, { recursive: true });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(`${path}: fields must be a list of at least one field`);
    expect(stderr).not.toContain('    at ');
  });
});
