import { describe, expect, it } from '@jest/globals';
import { ConfigError } from './config-error.ts';
import { readConfig } from './config.ts';

const DEFAULTS = {
  port: 2567,
  host: undefined,
  allowedOrigins: undefined,
  allowMissingOrigin: true,
  redisUri: undefined,
  publicAddress: undefined,
  nodeAddress: undefined,
  trustedProxies: [],
  admin: { token: undefined, port: undefined },
  logLevel: 'info',
  drainSeconds: 30,
  keepRoomsInMemory: false,
  playKill: false,
};

describe('config', () => {
  it.each([
    [{}, {}],
    [{ PORT: '' }, {}],
    [{ PORT: '0' }, { port: 0 }],
    [{ PORT: '65535' }, { port: 65_535 }],
    [{ VELARIUM_HOST: '127.0.0.1' }, { host: '127.0.0.1' }],
    [{ VELARIUM_HOST: '' }, {}],
    [
      { VELARIUM_ALLOWED_ORIGINS: 'https://a.example, http://b.example:8080' },
      { allowedOrigins: ['https://a.example', 'http://b.example:8080'] },
    ],
    [{ VELARIUM_ALLOW_MISSING_ORIGIN: 'false' }, { allowMissingOrigin: false }],
    [{ VELARIUM_ALLOW_MISSING_ORIGIN: 'true' }, {}],
    [{ REDIS_URI: 'redis://user:secret@cache:6380/2' }, { redisUri: 'redis://user:secret@cache:6380/2' }],
    [{ REDIS_URI: 'rediss://cache' }, { redisUri: 'rediss://cache' }],
    [{ REDIS_URI: '' }, {}],
    [{ VELARIUM_PUBLIC_ADDRESS: 'game.example/n1' }, { publicAddress: 'game.example/n1' }],
    [{ VELARIUM_NODE_ADDRESS: '10.0.0.3:2567' }, { nodeAddress: '10.0.0.3:2567' }],
    [{ VELARIUM_TRUSTED_PROXIES: '10.0.0.3' }, { trustedProxies: ['10.0.0.3'] }],
    [
      { VELARIUM_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8,fd00::/8' },
      { trustedProxies: ['loopback', '10.0.0.0/8', 'fd00::/8'] },
    ],
    [{ VELARIUM_ADMIN_TOKEN: '0123456789abcdef' }, { admin: { token: '0123456789abcdef', port: undefined } }],
    [{ VELARIUM_ADMIN_PORT: '9100' }, { admin: { token: undefined, port: 9_100 } }],
    [{ VELARIUM_LOG_LEVEL: 'debug' }, { logLevel: 'debug' }],
    [{ VELARIUM_DRAIN_SECONDS: '0' }, { drainSeconds: 0 }],
    [{ VELARIUM_KEEP_ROOMS_IN_MEMORY: 'true' }, { keepRoomsInMemory: true }],
    [{ VELARIUM_PLAY_KILL: 'true' }, { playKill: true }],
    [{ SOMETHING_ELSE: 'x' }, {}],
  ])('%j', (environment, expected) => {
    expect(readConfig(environment)).toEqual({ ...DEFAULTS, ...expected });
  });

  it.each([
    ['PORT', 'http'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '1e3'],
    ['PORT', '0x50'],
    ['PORT', ' 80'],
    ['PORT', '80.5'],
    ['VELARIUM_ALLOWED_ORIGINS', 'game.example'],
    ['VELARIUM_ALLOWED_ORIGINS', 'https://game.example/'],
    ['VELARIUM_ALLOWED_ORIGINS', 'https://a.example,,https://b.example'],
    ['VELARIUM_ALLOWED_ORIGINS', '*'],
    ['VELARIUM_ALLOW_MISSING_ORIGIN', 'yes'],
    ['REDIS_URI', 'cache:6379'],
    ['REDIS_URI', 'http://cache'],
    ['REDIS_URI', 'redis'],
    ['VELARIUM_PUBLIC_ADDRESS', 'wss://game.example'],
    ['VELARIUM_PUBLIC_ADDRESS', 'game.example?x=1'],
    ['VELARIUM_PUBLIC_ADDRESS', 'me@game.example'],
    ['VELARIUM_NODE_ADDRESS', 'a b'],
    ['VELARIUM_NODE_ADDRESS', '10.0.0.3'],
    ['VELARIUM_NODE_ADDRESS', 'node.example:2567/path'],
    ['VELARIUM_NODE_ADDRESS', '[::1]:2567'],
    ['VELARIUM_TRUSTED_PROXIES', 'balancer'],
    ['VELARIUM_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['VELARIUM_TRUSTED_PROXIES', '10.0.0.1,,10.0.0.2'],
    ['VELARIUM_TRUSTED_PROXIES', '*'],
    ['VELARIUM_ADMIN_TOKEN', 'short'],
    ['VELARIUM_ADMIN_TOKEN', 'a token with some spaces'],
    ['VELARIUM_ADMIN_PORT', '70000'],
    ['VELARIUM_DRAIN_SECONDS', '-1'],
    ['VELARIUM_DRAIN_SECONDS', '3601'],
    ['VELARIUM_LOG_LEVEL', 'loud'],
  ])('%s=%j is refused in one line that names it', (name, value) => {
    let message = '';
    try {
      readConfig({ [name]: value });
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      ({ message } = error as ConfigError);
    }
    expect(message).toContain(name);
    expect(message).not.toContain('\n');
  });

  it('warns of a variable that there is not', () => {
    const lines: string[] = [];
    readConfig({ VELARIUM_HOTS: 'x', VELARIUM_HOST: '', PORT: '1' }, (line) => void lines.push(line));
    expect(lines).toEqual(['VELARIUM_HOTS is no variable of velarium; did you mean VELARIUM_HOST?']);
  });

  it.each([
    ['REDIS_URI', 'redsi://user:hunter2@cache'],
    ['VELARIUM_ADMIN_TOKEN', 'hunter2'],
  ])('says nothing of the value of %s', (name, value) => {
    let message = 'hunter2';
    try {
      readConfig({ [name]: value });
    } catch (error) {
      ({ message } = error as ConfigError);
    }
    expect(message).not.toContain('hunter2');
  });
});
