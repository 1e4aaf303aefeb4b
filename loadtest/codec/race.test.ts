import { describe, expect, it } from '@jest/globals';
import type { Contender } from './contender.ts';
import { median, race } from './race.ts';
import type { Trace } from './trace.ts';

const trace: Trace = {
  name: 'four',
  hz: 1,
  frames: 4,
  entities: 1,
  fields: [{ name: 'x', kind: 'linear', precision: 1 }],
  values: new Float32Array(4),
};

/** Writes down whose turn it is. */
function contender(name: string, turns: string[]): Contender {
  let messages = 0;
  return {
    name,
    headerBytes: 0,
    sender: () => {
      turns.push(name);
      return { set: () => undefined, encode: () => new Uint8Array(++messages), values: () => undefined };
    },
    receiver: () => ({ decode: () => undefined, values: () => undefined }),
  };
}

describe('the race', () => {
  it('goes to and fro, after rounds for warming up, one sender of each kept all the while', () => {
    const turns: string[] = [];
    const field = ['a', 'b', 'c'].map((name) => contender(name, turns));
    const times = race(trace, field, { warmUpRounds: 2, minRounds: 3, maxRounds: 3 });
    expect(turns.join('')).toBe('abc' + 'abc' + 'abc' + 'abc' + 'cba' + 'abc');
    expect(times).toHaveLength(3);
  });

  it('runs its rounds though the time is up, and no more', () => {
    const turns: string[] = [];
    race(trace, [contender('a', turns)], { warmUpRounds: 1, minRounds: 2, maxRounds: 9, budgetMs: -1 });
    expect(turns).toHaveLength(4);
  });

  it('does not play all of a long trace', () => {
    let frames = 0;
    const counting: Contender = {
      ...contender('a', []),
      receiver: () => ({ decode: () => (frames += 1), values: () => undefined }),
    };
    race(trace, [counting], { warmUpRounds: 1, minRounds: 1, maxRounds: 1, maxEntityFrames: 1 });
    expect(frames).toBe(1 + 2 * 3);
  });
});

describe('the median', () => {
  it('is the one in the middle, or between two', () => {
    expect(median([3, 1, 20])).toBe(3);
    expect(median([3, 1, 20, 4])).toBe(3.5);
  });
});
