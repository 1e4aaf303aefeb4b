import { describe, expect, it } from '@jest/globals';
import { isOriginAllowed, type OriginPolicy } from './origin-policy.ts';

const HOST = 'game.example:2567';
const LISTED: OriginPolicy = { allowedOrigins: ['https://a.example', 'https://b.example'] };

describe('origin policy', () => {
  it.each<[OriginPolicy, string | undefined, boolean]>([
    [{}, 'http://game.example:2567', true],
    [{}, 'https://game.example:2567', true],
    [{}, 'http://game.example', false],
    [{}, 'http://evil.example', false],
    [{}, 'http://game.example:2567.evil.example', false],
    [{}, 'http://evil.example/?game.example:2567', false],
    [{}, 'null', false],
    [{}, '', false],
    [{}, 'game.example:2567', false],
    [{}, undefined, true],
    [{ allowMissingOrigin: false }, undefined, false],
    [LISTED, 'https://a.example', true],
    [LISTED, 'https://b.example', true],
    [LISTED, 'http://a.example', false],
    [LISTED, 'https://a.example.evil.example', false],
    [LISTED, 'http://game.example:2567', false],
    [LISTED, undefined, true],
    [{ allowedOrigins: [] }, 'http://game.example:2567', false],
  ])('%j: origin %j: %j', (policy, origin, allowed) => {
    const headers = { host: HOST, ...(origin === undefined ? {} : { origin }) };
    expect(isOriginAllowed(policy, { headers })).toBe(allowed);
  });

  it('refuses an origin where the request names no host', () => {
    expect(isOriginAllowed({}, { headers: { origin: 'http://game.example' } })).toBe(false);
  });
});
