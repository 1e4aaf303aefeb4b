import { afterEach, describe, expect, it } from '@jest/globals';
import { checkedEndpoint } from './endpoint.ts';

afterEach(() => void Reflect.deleteProperty(globalThis, 'window'));

describe('an endpoint', () => {
  it.each(['http://localhost:2567', 'https://game.example', 'ws://[::1]:2567/', 'wss://game.example/eu?a=b'])(
    'is %s',
    (endpoint) => {
      expect(checkedEndpoint(endpoint)).toBe(endpoint);
    },
  );

  it.each(['localhost:2600', 'game.example', '127.0.0.1:2567', '', 'ftp://game.example', 'http://', '/', '/game'])(
    'is not %j',
    (endpoint) => {
      expect(() => checkedEndpoint(endpoint)).toThrow(
        new TypeError(`an endpoint is a URL like http://localhost:2567, not ${JSON.stringify(endpoint)}`),
      );
    },
  );

  it.each(['/', '/game'])('is in a page also %j', (endpoint) => {
    Object.assign(globalThis, { window: {} });
    expect(checkedEndpoint(endpoint)).toBe(endpoint);
    expect(() => checkedEndpoint('localhost:2600')).toThrow(TypeError);
  });
});
