import { describe, expect, it } from '@jest/globals';
import { greeting } from './greeting.ts';

const alone = { port: 2567, host: undefined, nodeAddress: undefined, publicAddress: undefined };
const pooled = { ...alone, nodeAddress: '172.18.0.4:2567' };

describe('what a server says when it listens', () => {
  it.each([
    [alone, 'the arena is at http://localhost:2567/'],
    [{ ...alone, host: '0.0.0.0' }, 'the arena is at http://localhost:2567/'],
    [{ ...alone, host: '::' }, 'the arena is at http://localhost:2567/'],
    [{ ...alone, host: '192.0.2.7', port: 80 }, 'the arena is at http://192.0.2.7:80/'],
    [{ ...alone, host: '::1' }, 'the arena is at http://[::1]:2567/'],
    [pooled, 'a server of a pool, which reaches it at http://172.18.0.4:2567/'],
    [
      { ...pooled, publicAddress: 'game.example/n1' },
      'a server of a pool, which reaches it at http://172.18.0.4:2567/, and players reach it at game.example/n1',
    ],
  ])('%j', (whereabouts, expected) => {
    expect(greeting(whereabouts)).toBe(expected);
  });
});
