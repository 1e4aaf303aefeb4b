import { describe, expect, it } from '@jest/globals';
import { VirtualTimers } from '../../../test/support/virtual-timers.ts';
import { CLEAR, type Conditions, MAX_WAITING_BYTES, Shaper } from './shaper.ts';

function shaperWith(changes: Partial<Conditions> = {}) {
  const timers = new VirtualTimers();
  const conditions = { ...CLEAR, ...changes };
  const passed: string[] = [];
  let madeRoom = 0;
  const shaper = new Shaper(conditions, timers, {
    emit: (bytes) => passed.push(Buffer.from(bytes).toString()),
    roomAgain: () => madeRoom++,
  });
  const push = (text: string): void => shaper.push(Buffer.from(text));
  return { timers, conditions, passed, shaper, push, madeRoom: () => madeRoom };
}

describe('what a link does to bytes', () => {
  it('is nothing, unless told otherwise', () => {
    const { passed, push, timers } = shaperWith();
    push('one');
    push('two');
    expect(passed).toEqual(['one', 'two']);
    expect(timers.count).toBe(0);
  });

  it('delays each piece by latency and jitter, and lets none overtake another', () => {
    const { timers, conditions, passed, push } = shaperWith({ latencyMs: 100, jitterMs: 50 });
    timers.nextRandom = 0.8;
    push('slow');
    timers.nextRandom = 0;
    push('quick');
    timers.advance(139);
    expect(passed).toEqual([]);
    timers.advance(1);
    expect(passed).toEqual(['slow', 'quick']);
    conditions.latencyMs = conditions.jitterMs = 0;
    push('now');
    expect(passed.at(-1)).toBe('now');
  });

  it('keeps to a rate', () => {
    const { timers, passed, push } = shaperWith({ bytesPerSecond: 600 });
    push('x'.repeat(1_000));
    timers.advance(1_000);
    expect(passed.join('').length).toBe(610); // the first ten at once
    timers.advance(670);
    expect(passed.join('').length).toBe(1_000);
    expect(timers.count).toBe(0);
  });

  it('cuts what passes into slices, each by itself', () => {
    const { passed, push } = shaperWith({ sliceBytes: 1 });
    push('abc');
    expect(passed).toEqual(['a', 'b', 'c']);
  });

  it('holds everything, its end too, while it is a black hole, and lets it go in order', () => {
    const { timers, conditions, passed, shaper, push } = shaperWith({ held: true });
    push('a');
    push('b');
    let ended = false;
    shaper.end(() => (ended = true));
    timers.advance(60_000);
    expect([passed, ended, timers.count]).toEqual([[], false, 0]);
    conditions.held = false;
    shaper.pump();
    expect([passed, ended]).toEqual([['a', 'b'], true]);
  });

  it('says when no more fits, and when there is room again', () => {
    const { conditions, shaper, push, madeRoom } = shaperWith({ held: true });
    push('x'.repeat(MAX_WAITING_BYTES - 1));
    expect(shaper.isFull).toBe(false);
    push('x');
    expect(shaper.isFull).toBe(true);
    conditions.held = false;
    shaper.pump();
    expect([shaper.isFull, madeRoom()]).toEqual([false, 1]);
  });

  it('forgets what waits when it is stopped', () => {
    const { timers, passed, shaper, push } = shaperWith({ latencyMs: 10 });
    push('late');
    shaper.stop();
    expect(timers.count).toBe(0);
    timers.advance(20);
    expect(passed).toEqual([]);
  });
});
