import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { adminAccess, type AdminOptions } from './admin-access.ts';

const TOKEN = '0123456789abcdef';
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

function access(options: AdminOptions, headers: Record<string, string>, remoteAddress = '127.0.0.1'): string {
  const all: Record<string, string> = { host: 'localhost:2567', ...headers };
  const rawHeaders = Object.entries(all).flat();
  const request = { headers: { ...all, 'x-real-ip': remoteAddress }, rawHeaders, socket: { remoteAddress } };
  return adminAccess(options, request as unknown as IncomingMessage);
}

describe('who may look into a node', () => {
  it.each([
    [{ authorization: `Bearer ${TOKEN}` }, 'granted'],
    [{ authorization: `bearer  ${TOKEN}` }, 'granted'],
    [{ authorization: basic(`admin:${TOKEN}`) }, 'granted'],
    [{ authorization: basic(`:${TOKEN}`) }, 'granted'],
    [{ authorization: basic(TOKEN) }, 'token-wanted'],
    [{ authorization: basic(`${TOKEN}:`) }, 'token-wanted'],
    [{ authorization: `Bearer ${TOKEN}x` }, 'token-wanted'],
    [{ authorization: 'Bearer ' }, 'token-wanted'],
    [{ authorization: `Digest ${TOKEN}` }, 'token-wanted'],
    [{ authorization: TOKEN }, 'token-wanted'],
    [{}, 'token-wanted'],
  ])('with a token set: %j from this machine is %s', (headers, expected) => {
    expect(access({ token: TOKEN }, headers)).toBe(expected);
    expect(access({ token: TOKEN, port: 9_100 }, headers, '192.0.2.7')).toBe(expected);
  });

  it('says yes to whoever reaches a port of its own, where no token is set', () => {
    expect(access({ port: 9_100 }, {}, '192.0.2.7')).toBe('granted');
  });

  it.each([
    ['127.0.0.1', {}, 'granted'],
    ['127.8.9.1', {}, 'granted'],
    ['::1', { host: '[::1]:2567' }, 'granted'],
    ['::ffff:127.0.0.1', { host: '127.0.0.1:2567' }, 'granted'],
    ['192.0.2.7', {}, 'local-only'],
    ['::ffff:192.0.2.7', {}, 'local-only'],
    ['', {}, 'local-only'],
    ['127.0.0.1', { 'x-forwarded-for': '192.0.2.7' }, 'local-only'],
    ['127.0.0.1', { forwarded: 'for=192.0.2.7' }, 'local-only'],
    ['127.0.0.1', { via: '1.1 proxy' }, 'local-only'],
    ['127.0.0.1', { 'X-Real-IP': '127.0.0.1' }, 'local-only'],
    ['127.0.0.1', { host: 'game.example' }, 'local-only'],
    ['127.0.0.1', { host: 'localhost.evil.example' }, 'local-only'],
    ['127.0.0.1', { host: '127.0.0.1.evil.example' }, 'local-only'],
  ])('with nothing set: from %s with %j is %s', (remoteAddress, headers, expected) => {
    expect(access({}, headers, remoteAddress)).toBe(expected);
  });

  it.each([
    ['cross-site', 'cross-site'],
    ['same-site', 'cross-site'],
    ['same-origin', 'granted'],
    ['none', 'granted'],
  ])('a browser that says %s of the page that asks: %s', (site, expected) => {
    const headers = { 'sec-fetch-site': site, authorization: `Bearer ${TOKEN}` };
    expect(access({ token: TOKEN }, headers)).toBe(expected);
    expect(access({}, headers)).toBe(expected);
  });
});
