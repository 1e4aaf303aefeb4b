import { describe, expect, it } from '@jest/globals';
import { parse } from './options.ts';
import { UsageError } from './read-flags.ts';

describe('the options of npm run pool', () => {
  it('by default: three nodes on 8080 and a Redis of its own', () => {
    const command = { help: false, nodes: 3, port: 8080, host: undefined, redisUri: undefined };
    expect(parse([], {})).toEqual(command);
    expect(parse([], { REDIS_URI: '' })).toEqual(command);
  });

  it('takes all of them', () => {
    const args = ['--nodes', '2', '--port=0', '--host', '127.0.0.1', '--redis', 'redis://localhost:6379', '--help'];
    expect(parse(args, { REDIS_URI: 'redis://other:6379' })).toEqual({
      help: true,
      nodes: 2,
      port: 0,
      host: '127.0.0.1',
      redisUri: 'redis://localhost:6379',
    });
  });

  it('takes the Redis of the environment', () => {
    expect(parse([], { REDIS_URI: 'rediss://:secret@redis:6380/1' }).redisUri).toBe('rediss://:secret@redis:6380/1');
  });

  it.each([
    [['--nodes', '0'], '--nodes: a whole number from 1 to 64, not "0"'],
    [['--nodes', '65'], '--nodes: a whole number from 1 to 64, not "65"'],
    [['--nodes', '2.5'], '--nodes: a whole number from 1 to 64, not "2.5"'],
    [['--nodes', ''], '--nodes: a whole number from 1 to 64, not ""'],
    [['--nodes', '-1'], '--nodes: a whole number from 1 to 64, not "-1"'],
    [['--nodes', '--port', '1'], '--nodes: says nothing; a value follows it'],
    [['--port', '65536'], '--port: a whole number from 0 to 65535, not "65536"'],
    [['--port', '1e3'], '--port: a whole number from 0 to 65535, not "1e3"'],
    [['--host', 'http://x'], '--host: an address of this machine, like 127.0.0.1, not "http://x"'],
    [['--redis', ''], '--redis: an address like redis://localhost:6379, or rediss:// for TLS'],
    [['--redis', 'http://x'], '--redis: an address like redis://localhost:6379, or rediss:// for TLS'],
  ])('refuses %j', (args, message) => {
    expect(() => parse(args, {})).toThrow(new UsageError(message));
  });

  it('names the variable that means nothing, and not the password in it', () => {
    const message = 'REDIS_URI: an address like redis://localhost:6379, or rediss:// for TLS';
    expect(() => parse([], { REDIS_URI: 'http://:secret@x' })).toThrow(new UsageError(message));
  });

  it.each([['--node', '3'], ['--nodes'], ['3']])('names what it does not know: %j', (...args) => {
    expect(() => parse(args, {})).toThrow(UsageError);
    expect(() => parse(args, {})).toThrow(args[0]!);
  });
});
