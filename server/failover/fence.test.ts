import { beforeEach, describe, expect, it } from '@jest/globals';
import { settled } from '../../test/support/virtual-timers.ts';
import { Fence, NO_FENCE } from './fence.ts';

const LIMIT_MS = 400;
let calls: string[];
let fence: Fence;

beforeEach(() => {
  calls = [];
  fence = new Fence(LIMIT_MS, (isClosed) => calls.push(isClosed ? 'closed' : 'open'));
});

/** A room of which the store says `owned`, or nothing while it is undefined. */
function room(name: string, owned: { value: boolean | undefined } = { value: true }) {
  return {
    paused: () => void calls.push(`${name} paused`),
    resumed: () => void calls.push(`${name} resumed`),
    lost: () => void calls.push(`${name} lost`),
    stillOwned: () => {
      calls.push(`${name} asked`);
      return owned.value === undefined ? Promise.reject(new Error('away')) : Promise.resolve(owned.value);
    },
  };
}

describe('the fence of a node', () => {
  it('is closed before the first answer, and open for as long as answers come', () => {
    expect(fence.isFenced(0)).toBe(true);
    fence.confirm(0, 10);
    expect(fence.isFenced(10)).toBe(false);
    expect(fence.isFenced(400)).toBe(false);
    fence.confirm(150, 160);
    expect(fence.isFenced(550)).toBe(false);
    expect(fence.isFenced(550.1)).toBe(true);
    expect(calls).toEqual(['open', 'closed']);
  });

  it('counts from when the beat was sent, not from when its answer came', () => {
    fence.confirm(0, 390);
    expect(fence.isFenced(400)).toBe(false);
    expect(fence.isFenced(401)).toBe(true);
  });

  it('is not opened by an answer that is too late, nor set back by one that was overtaken', () => {
    fence.confirm(0, 401);
    expect(fence.isFenced(401)).toBe(true);
    fence.confirm(300, 402);
    fence.confirm(150, 403);
    expect(fence.isFenced(700)).toBe(false);
  });

  it('was closed after a pause even when nobody looked at it meanwhile', () => {
    fence.confirm(0, 1);
    const { term } = fence;
    fence.guard(room('r'), term);
    // The process stood still for five seconds, and the first that it does is to hear an answer.
    fence.confirm(5_000, 5_001);
    expect(fence.term).toBe(term + 1);
    expect(calls).toEqual(['open', 'r paused', 'closed', 'open', 'r asked']);
  });

  it('is never closed where there is none', () => {
    expect(NO_FENCE.isFenced(1e9)).toBe(false);
  });
});

describe('the fence of a room', () => {
  it('closes with its node, and opens when the store says that it is still here', async () => {
    fence.confirm(0, 1);
    const guarded = fence.guard(room('r'), fence.term);
    expect(guarded.isFenced(1)).toBe(false);
    expect(guarded.isFenced(401)).toBe(true);
    expect(calls).toEqual(['open', 'r paused', 'closed']);
    fence.confirm(500, 501);
    expect(fence.isFenced(501)).toBe(false);
    expect(guarded.isFenced(501)).toBe(true);
    await settled();
    expect(guarded.isFenced(501)).toBe(false);
    expect(calls.slice(3)).toEqual(['open', 'r asked', 'r resumed']);
  });

  it('stays closed for good when somebody else has it', async () => {
    const owned = { value: true };
    fence.confirm(0, 1);
    const guarded = fence.guard(room('r', owned), fence.term);
    owned.value = false;
    fence.confirm(5_000, 5_001);
    await settled();
    fence.confirm(5_150, 5_151);
    await settled();
    expect(guarded.isFenced(5_151)).toBe(true);
    expect(calls).toEqual(['open', 'r paused', 'closed', 'open', 'r asked', 'r lost']);
  });

  it('stays closed while the store cannot say, which is asked after each beat', async () => {
    const owned: { value: boolean | undefined } = { value: undefined };
    fence.confirm(0, 1);
    const guarded = fence.guard(room('r', owned), fence.term - 1);
    await settled();
    expect(guarded.isFenced(1)).toBe(true);
    fence.confirm(150, 151);
    await settled();
    owned.value = true;
    fence.confirm(300, 301);
    await settled();
    expect(guarded.isFenced(301)).toBe(false);
    expect(calls).toEqual(['open', 'r asked', 'r asked', 'r asked', 'r resumed']);
  });

  it('is not opened by what the store said before its node was fenced again', async () => {
    const answers: ((isOwned: boolean) => void)[] = [];
    fence.confirm(0, 1);
    const stillOwned = () => new Promise<boolean>((resolve) => answers.push(resolve));
    const guarded = fence.guard({ ...room('r'), stillOwned }, fence.term - 1);
    expect(fence.isFenced(500)).toBe(true);
    fence.confirm(500, 501);
    answers.shift()!(true);
    await settled();
    expect(guarded.isFenced(501)).toBe(true);
    fence.confirm(650, 651);
    answers.shift()!(true);
    await settled();
    expect(guarded.isFenced(651)).toBe(false);
  });

  it('hears nothing any more when the room has ended', async () => {
    fence.confirm(0, 1);
    const guarded = fence.guard(room('r'), fence.term);
    guarded.end();
    expect(guarded.isFenced(1)).toBe(true);
    fence.confirm(5_000, 5_001);
    await settled();
    expect(calls).toEqual(['open', 'closed', 'open']);
  });
});
