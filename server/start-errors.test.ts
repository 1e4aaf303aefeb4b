import { createServer, type AddressInfo, type Server } from 'node:net';
import { Room } from '@colyseus/core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError } from './config-error.ts';
import { serve, type ServeOptions } from './serve.ts';

class HallRoom extends Room {}

let other: Server;
let taken: number;

beforeAll(async () => {
  other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  taken = (other.address() as AddressInfo).port;
});

afterAll(() => new Promise((resolve) => other.close(resolve)));

async function failure(options: Partial<ServeOptions>): Promise<Error> {
  const given = { port: 0, host: '127.0.0.1', handleSignals: false, ...options };
  return serve({ rooms: { hall: HallRoom }, ...given }).then(
    async (server) => {
      await server.close();
      throw new Error('it started');
    },
    (error: Error) => error,
  );
}

describe('serve says in one line which option is wrong', () => {
  it.each<[Partial<ServeOptions>, string]>([
    [{ port: NaN }, 'port is a number from 0 to 65535, not "NaN"'],
    [{ port: 70_000 }, 'port is a number from 0 to 65535, not "70000"'],
    [{ port: 'abc' as never }, 'port is a number from 0 to 65535, not "abc"'],
    [{ admin: { port: -1 } }, 'admin.port is a number from 0 to 65535, not "-1"'],
    [{ redisUri: 'me:hunter2@cache' }, 'redisUri is an address like redis://localhost:6379, or rediss:// for TLS'],
    [{ nodeAddress: '10.0.0.3' }, 'nodeAddress is a host and a port, like 10.0.0.3:2567, not "10.0.0.3"'],
    [
      { publicAddress: 'wss://game.example' },
      'publicAddress is a host, with port and path if need be, like game.example/n1 or 10.0.0.3:2567, not "wss://game.example"',
    ],
    [{ drainSeconds: -1 }, 'drainSeconds is a number of seconds from 0 to 3600, not "-1"'],
    [
      { limits: { readEveryMs: Infinity } },
      'limits.readEveryMs is a number of milliseconds from 0 to 8, not "Infinity"',
    ],
    [{ host: '192.0.2.1' }, 'host is not an address of this machine'],
  ])('%j', async (options, message) => {
    const error = await failure(options);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toBe(message);
    expect(error.stack).toBe(`ConfigError: ${message}`);
  });

  it.each(['port', 'admin.port'])('%s in use', async (option) => {
    const error = await failure(option === 'port' ? { port: taken } : { admin: { port: taken } });
    expect(error.stack).toBe(`ConfigError: port ${taken} is in use; set ${option} to another one`);
  });
});
