import { LocalPresence } from '@colyseus/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualTimers } from '../../test/support/virtual-timers.ts';
import { BestScores } from './best-scores.ts';

const pilot = (name: string, score: number) => ({ name, color: 1, score });

let presence: LocalPresence;
let timers: VirtualTimers;
let a: BestScores;
let b: BestScores;

beforeEach(() => {
  presence = new LocalPresence();
  timers = new VirtualTimers();
  a = new BestScores(
    () => presence,
    timers,
    () => 'a',
  );
  b = new BestScores(
    () => presence,
    timers,
    () => 'b',
  );
});

const names = ({ list }: BestScores): string[] => list.map(({ name, score }) => `${name} ${score}`);

describe('best scores', () => {
  it('are those of all rooms of all nodes, five, the best first, a second later', async () => {
    a.report('1', [pilot('Ada', 10), pilot('Bo', 3)]);
    a.report('2', [pilot('Cy', 7), pilot('Di', 1)]);
    b.report('3', [pilot('Ed', 20), pilot('Flo', 2)]);
    expect(names(a)).toEqual(['Ada 10', 'Cy 7', 'Bo 3', 'Di 1']);
    await timers.pass(1_000);
    expect(names(a)).toEqual(['Ed 20', 'Ada 10', 'Cy 7', 'Bo 3', 'Flo 2']);
    expect(names(b)).toEqual(names(a));
  });

  it('are the same array while they are the same', async () => {
    a.report('1', [pilot('Ada', 10)]);
    const { list } = a;
    a.report('1', [pilot('Ada', 10)]);
    await timers.pass(3_000);
    expect(a.list).toBe(list);
  });

  it('reach a node that comes later within five seconds', async () => {
    a.report('1', [pilot('Ada', 10)]);
    await timers.pass(2_000);
    b.report('2', []);
    await timers.pass(5_000);
    expect(names(b)).toEqual(['Ada 10']);
  });

  it('forget a room that is over, and a node that is gone', async () => {
    a.report('1', [pilot('Ada', 10)]);
    b.report('2', [pilot('Bo', 5)]);
    await timers.pass(1_000);
    a.remove('1');
    await timers.pass(0);
    expect(names(b)).toEqual(['Bo 5']);
    presence.publish('velarium:event:arena.best', { node: 'dead', best: [pilot('Cy', 99)] });
    await timers.pass(14_000);
    expect(names(b)).toEqual(['Cy 99', 'Bo 5']);
    await timers.pass(2_000);
    expect(names(b)).toEqual(['Bo 5']);
  });

  it('leave nothing behind when the last room is over', async () => {
    a.report('1', [pilot('Ada', 10)]);
    expect(timers.count).toBe(1);
    a.remove('1');
    await timers.pass(0);
    expect(timers.count).toBe(0);
    expect(await presence.channels()).toEqual([]);
    expect(a.list).toEqual([]);
  });

  it.each([
    [{ node: 'x', best: 'all' }],
    [{ best: [] }],
    [{ node: 'x', best: [{ name: 7, color: 1, score: 1 }, { name: 'x', color: 1.5, score: 1 }, null] }],
  ])('take nothing from %j', async (value) => {
    a.report('1', [pilot('Ada', 10)]);
    presence.publish('velarium:event:arena.best', value);
    await timers.pass(0);
    expect(names(a)).toEqual(['Ada 10']);
  });
});
