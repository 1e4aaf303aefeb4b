import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ArenaServer } from './support/arena-server.ts';

const ROOT = path.join(import.meta.dirname, '..');

/** Runs a server's entry point until it ends. */
function run(
  environment: Record<string, string>,
  script = 'server/main.ts',
  args: string[] = [],
): Promise<{ code: number | null; error: string; output: string }> {
  const child = spawn(process.execPath, [script, ...args], { cwd: ROOT, env: { ...process.env, ...environment } });
  let error = '';
  let output = '';
  child.stderr.on('data', (data: Buffer) => (error += data.toString()));
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, error, output })));
}

beforeAll(() => ArenaServer.build(), 60_000);

describe('the entry point', () => {
  it.each(['server/main.ts', 'examples/dot/main.ts'])(
    '%s: says what there is to set, and starts nothing',
    async (script) => {
      const help = await run({}, script, ['--help']);
      expect(help).toMatchObject({ code: 0, error: '' });
      expect(help.output).toMatch(/^A server takes no flags[^]* REDIS_URI /);
      const refused = await run({}, script, ['--port', '80']);
      expect(refused).toMatchObject({ code: 2, output: '' });
      expect(refused.error).toMatch(/^velarium: --port means nothing here\. A server takes no flags/);
    },
  );

  it.each([
    [{ PORT: 'abc' }, 'velarium: PORT is a number from 0 to 65535, not "abc"\n'],
    [{ PORT: '70000' }, 'velarium: PORT is a number from 0 to 65535, not "70000"\n'],
    [
      { VELARIUM_ALLOWED_ORIGINS: 'game.example' },
      'velarium: VELARIUM_ALLOWED_ORIGINS is a list of origins like https://game.example, separated by commas; "game.example" is none\n',
    ],
    [
      { VELARIUM_ALLOW_MISSING_ORIGIN: 'maybe' },
      'velarium: VELARIUM_ALLOW_MISSING_ORIGIN is true or false, not "maybe"\n',
    ],
    [{ PORT: '0', VELARIUM_HOST: '192.0.2.1' }, 'velarium: VELARIUM_HOST is not an address of this machine\n'],
  ])('says in one line what is wrong with %j and ends with 1', async (environment, line) => {
    expect(await run(environment)).toEqual({ code: 1, error: line, output: '' });
  });

  it.each(['PORT', 'VELARIUM_ADMIN_PORT'])('says in one line that its %s is in use and ends with 1', async (name) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, resolve));
    const { port } = other.address() as AddressInfo;
    expect(await run({ PORT: '0', [name]: String(port) })).toEqual({
      code: 1,
      error: `velarium: port ${port} is in use; set ${name} to another one\n`,
      output: '',
    });
    await new Promise((resolve) => other.close(resolve));
  });
});

it('a game of one\u2019s own names variables too, and the one that is meant where there is none of that name', async () => {
  const environment = { PORT: '0', VELARIUM_HOST: '192.0.2.1', VELARIUM_LOGLEVEL: 'info' };
  expect(await run(environment, 'examples/dot/main.ts')).toEqual({
    code: 1,
    error:
      'velarium: VELARIUM_LOGLEVEL is no variable of velarium; did you mean VELARIUM_LOG_LEVEL?\n' +
      'velarium: VELARIUM_HOST is not an address of this machine\n',
    output: '',
  });
});
