import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualTimers } from '../../test/support/virtual-timers.ts';
import { OutagePoll, type WatchAnswer } from './outage-poll.ts';

/** What each other node says; `pending` never answers within what a test looks at. */
let others: Map<string, WatchAnswer | 'pending' | 'throws'>;
let asked: string[];
let timers: VirtualTimers;
let poll: OutagePoll;
/** What it found out, and when: `time: for all|alone after ms`. */
let found: string[];

beforeEach(() => {
  others = new Map();
  asked = [];
  found = [];
  timers = new VirtualTimers(10_000);
  timers.nextRandom = 0.5;
  poll = new OutagePoll({
    others: () => [...others.keys()],
    ask: (address) => {
      asked.push(address);
      const answer = others.get(address)!;
      if (answer === 'throws') return Promise.reject(new Error('no'));
      return answer === 'pending' ? new Promise(() => {}) : Promise.resolve(answer);
    },
    clock: timers,
    random: timers.random,
  });
  poll.subscribe(({ isForAll, forMs }) =>
    found.push(`${timers.now() - 10_000}: ${isForAll ? 'for all' : 'alone'} after ${forMs}`),
  );
  poll.start();
});

const isForAll = (): boolean => poll.isForAll(timers.now());

describe('a node whose beats are answered', () => {
  it('asks nobody', async () => {
    others.set('a', 'blind');
    for (let i = 0; i < 100; i++) {
      await timers.pass(150);
      poll.heard(timers.now() - 3);
    }
    expect([asked, found, isForAll()]).toEqual([[], [], false]);
  });

  it('asks again only 250 ms after the last of them', async () => {
    others.set('a', 'watching');
    await timers.pass(240);
    poll.heard(timers.now());
    await timers.pass(249);
    expect(asked).toEqual([]);
    await timers.pass(1);
    expect(asked).toEqual(['a']);
  });
});

describe('a node without answers', () => {
  it.each([
    ['every other is blind', ['blind', 'blind'], true],
    ['every other is blind or gone', ['blind', 'gone'], true],
    ['all others are gone', ['gone', 'gone'], true],
    ['there is no other', [], true],
    ['one watches', ['blind', 'watching'], false],
    ['one is silent', ['silent', 'blind'], false],
    ['one cannot be asked', ['blind', 'throws'], false],
    ['one watches and another has not answered yet', ['pending', 'watching'], false],
  ] as const)('plays on or not where %s', async (_what, answers, expected) => {
    answers.forEach((answer, i) => others.set(`node-${i}`, answer));
    await timers.pass(249);
    expect([asked, isForAll()]).toEqual([[], false]);
    await timers.pass(1);
    expect(asked).toEqual([...others.keys()]);
    expect(isForAll()).toBe(expected);
    expect(found).toEqual([expected ? '250: for all after 250' : '250: alone after 250']);
  });

  it('asks four times a second while that lasts, and follows what it hears', async () => {
    others.set('a', 'blind');
    await timers.pass(600);
    expect([found, isForAll()]).toEqual([['250: for all after 250', '500: for all after 500'], true]);
    others.set('a', 'watching');
    await timers.pass(400);
    expect(found.slice(2)).toEqual(['750: alone after 750', '1000: alone after 1000']);
    expect([isForAll(), asked.length]).toEqual([false, 4]);
  });

  it('believes an answer for 400 ms and not longer', async () => {
    others.set('a', 'blind');
    await timers.pass(250);
    others.set('a', 'pending');
    await timers.pass(399);
    expect(isForAll()).toBe(true);
    await timers.pass(1);
    expect(isForAll()).toBe(false);
  });

  it('knows nothing when it wakes from a sleep', async () => {
    others.set('a', 'blind');
    await timers.pass(250);
    timers.sleep(5_000);
    expect(isForAll()).toBe(false);
  });

  it('passes over what it learns after a beat was answered', async () => {
    const late = Promise.withResolvers<WatchAnswer>();
    const slow = new OutagePoll({
      others: () => ['a'],
      ask: () => late.promise,
      clock: timers,
      random: timers.random,
    });
    slow.start();
    await timers.pass(250);
    await timers.pass(20);
    slow.heard(timers.now());
    late.resolve('blind');
    await timers.pass(0);
    expect(slow.isForAll(timers.now())).toBe(false);
  });

  it('asks sixteen of a large pool, others each time', async () => {
    for (let i = 0; i < 100; i++) others.set(`node-${i}`, 'blind');
    await timers.pass(250);
    expect([asked.length, new Set(asked).size, isForAll()]).toEqual([16, 16, true]);
    const first = asked.splice(0);
    timers.nextRandom = 0.1;
    await timers.pass(300);
    expect(asked).toHaveLength(16);
    expect(asked).not.toEqual(first);
  });

  it('asks no more once it is stopped', async () => {
    poll.stop();
    await timers.pass(1_000);
    expect([asked, found, timers.count]).toEqual([[], [], 0]);
  });
});
