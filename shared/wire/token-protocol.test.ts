import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hideReconnectionToken, readReconnectionToken } from './token-protocol.ts';

const PATH = 'ws://server:2567/process/room';

describe('a reconnection token on its way', () => {
  it('is a subprotocol, and not in the URL', () => {
    expect(hideReconnectionToken(`${PATH}?sessionId=s&reconnectionToken=a-token_1&skipHandshake=1`)).toEqual({
      url: `${PATH}?sessionId=s&skipHandshake=1`,
      protocols: ['velarium.token.a-token_1'],
    });
  });

  it.each(['?sessionId=s', '?sessionId=s&reconnectionToken=', '?sessionId=s&reconnectionToken=a%20b'])(
    'leaves a URL as it is that has none: %s',
    (query) => {
      expect(hideReconnectionToken(PATH + query)).toEqual({ url: PATH + query, protocols: [] });
    },
  );

  it('is read again, wherever it stands among the subprotocols', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w-]{1,128}$/), fc.boolean(), (token, first) => {
        const { protocols } = hideReconnectionToken(`${PATH}?reconnectionToken=${token}`);
        const all = first ? [...protocols, 'velarium.1'] : ['velarium.1', ...protocols];
        return readReconnectionToken(all.join(', ')) === token && readReconnectionToken(all.join(',')) === token;
      }),
    );
  });

  it('is nothing else, and nothing too long', () => {
    for (const header of [
      undefined,
      '',
      'velarium.1',
      'velarium.token.',
      'velarium.token.a b',
      `velarium.token.${'a'.repeat(129)}`,
    ]) {
      expect(readReconnectionToken(header)).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (header) => void readReconnectionToken(header)));
  });
});
