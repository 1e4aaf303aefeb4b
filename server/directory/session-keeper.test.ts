import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualTimers } from '../../test/support/virtual-timers.ts';
import type { SessionDirectory, SessionHome } from './session-directory.ts';
import { SessionKeeper } from './session-keeper.ts';

const home: SessionHome = { roomId: 'r', processId: 'p', address: '', epoch: 1 };

let timers: VirtualTimers;
let keeper: SessionKeeper;
let calls: string[];
let away: boolean;

beforeEach(() => {
  timers = new VirtualTimers();
  calls = [];
  away = false;
  const note = (call: string): Promise<void> => {
    if (away) return Promise.reject(new Error('away'));
    calls.push(call);
    return Promise.resolve();
  };
  const directory: SessionDirectory = {
    enter: (sessions) => note(`enter ${[...sessions.keys()].join(' ')}`),
    remove: (sessions) => note(`remove ${[...sessions.keys()].join(' ')}`),
    find: () => Promise.resolve(undefined),
  };
  keeper = new SessionKeeper(directory, timers);
});

describe('the sessions of a node', () => {
  it('are entered together, and removed when they leave', async () => {
    keeper.add('a', home);
    keeper.add('b', home);
    expect(calls).toEqual([]);
    await timers.pass(50);
    expect(calls).toEqual(['enter a b']);
    keeper.delete('a');
    keeper.delete('never there');
    await timers.pass(50);
    expect(calls).toEqual(['enter a b', 'remove a']);
  });

  it('that left before they were entered are only removed', async () => {
    keeper.add('a', home);
    keeper.delete('a');
    await timers.pass(50);
    expect(calls).toEqual(['remove a']);
  });

  it('are said again every 20 s, and at once when asked for', async () => {
    keeper.add('a', home);
    await timers.pass(20_100);
    expect(calls).toEqual(['enter a', 'enter a']);
    keeper.renew();
    await timers.pass(50);
    expect(calls).toHaveLength(3);
  });

  it('that could not be entered are, when Redis is back', async () => {
    away = true;
    keeper.add('a', home);
    await timers.pass(50);
    away = false;
    keeper.renew();
    await timers.pass(50);
    expect(calls).toEqual(['enter a']);
  });

  it('go 500 to a command', async () => {
    for (let i = 0; i < 1_001; i++) keeper.add(`s${i}`, home);
    await timers.pass(50);
    expect(calls.map((call) => call.split(' ').length - 1)).toEqual([500, 500, 1]);
  });

  it('leave no timer behind, and what is left to write is written', async () => {
    keeper.add('a', home);
    await keeper.stop();
    expect(calls).toEqual(['enter a']);
    expect(timers.count).toBe(0);
  });
});
