import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hideToken, readToken } from './token-protocol.ts';

const PATH = 'ws://server:2567/process/room';

describe('a reconnection token on its way', () => {
  it('is a subprotocol, and not in the URL', () => {
    expect(hideToken(`${PATH}?sessionId=s&reconnectionToken=a-token_1&skipHandshake=1`)).toEqual({
      url: `${PATH}?sessionId=s&skipHandshake=1`,
      protocols: ['velarium.token.a-token_1'],
    });
  });

  it.each(['?sessionId=s', '?sessionId=s&reconnectionToken=', '?sessionId=s&reconnectionToken=a%20b'])(
    'leaves a URL as it is that has none: %s',
    (query) => {
      expect(hideToken(PATH + query)).toEqual({ url: PATH + query, protocols: [] });
    },
  );

  it('is read again, wherever it stands among the subprotocols', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w-]{1,128}$/), fc.boolean(), (token, first) => {
        const { protocols } = hideToken(`${PATH}?reconnectionToken=${token}`);
        const all = first ? [...protocols, 'velarium.1'] : ['velarium.1', ...protocols];
        return readToken(all.join(', ')) === token && readToken(all.join(',')) === token;
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
      expect(readToken(header)).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (header) => void readToken(header)));
  });
});
