import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig } from './config.ts';

const DEFAULTS = { port: 2567, host: undefined, allowedOrigins: undefined, allowMissingOrigin: true };

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
});
