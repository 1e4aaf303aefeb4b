import { beforeEach, expect, it } from '@jest/globals';
import { VirtualTimers } from '../../test/support/virtual-timers.ts';
import { NodeWatch } from './node-watch.ts';

let timers: VirtualTimers;
let standing: Set<string>;
let asked: string[];
let watch: NodeWatch;

beforeEach(() => {
  timers = new VirtualTimers();
  standing = new Set();
  asked = [];
  watch = new NodeWatch({
    nodes: () => ['a', 'b', 'c'],
    timers,
    answers: (address, withinMs) => {
      asked.push(`${timers.now()} ${address}`);
      if (!standing.has(address)) return Promise.resolve(true);
      return new Promise((resolve) => timers.setTimeout(() => resolve(false), withinMs));
    },
  });
  watch.start();
});

it('puts nodes that stand still last, until they answer again', async () => {
  expect(watch.silentLast(['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  standing.add('a');
  await timers.pass(399);
  expect(watch.silentLast(['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  await timers.pass(1);
  expect(watch.silentLast(['a', 'b', 'c'])).toEqual(['b', 'c', 'a']);
  expect(['a', 'b', 'x'].map((address) => watch.isSilent(address))).toEqual([true, false, false]);
  standing.clear();
  await timers.pass(250);
  expect(watch.silentLast(['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
});

it('asks each four times a second, and no more when it is stopped', async () => {
  await timers.pass(500);
  expect(asked).toEqual(['250 a', '250 b', '250 c', '500 a', '500 b', '500 c']);
  watch.stop();
  await timers.pass(1_000);
  expect([asked.length, timers.count]).toEqual([6, 0]);
});
