import { beforeEach, describe, expect, it } from '@jest/globals';
import { RoomLocator, type RoomRow } from './room-locator.ts';

let nowMs: number;
/** What is told of rooms and nodes, and changes at set times. */
let row: RoomRow | undefined;
let gone: Set<string>;
let kept: boolean;
let heardAtMs: Record<string, number>;
let plan: { atMs: number; what(): void }[];
let suspected: string[];
let looks: number;

const rowAt = (processId: string): RoomRow => ({ roomId: 'room', processId }) as RoomRow;

const locator = (): RoomLocator =>
  new RoomLocator(
    {
      isGone: (processId) => gone.has(processId),
      isHeardSince: (processId, sinceMs) => (heardAtMs[processId] ?? -Infinity) > sinceMs,
      suspect: (processId) => suspected.push(processId),
      isKept: () => Promise.resolve(kept),
    },
    {
      now: () => nowMs,
      pause: (delayMs) => {
        nowMs += delayMs;
        for (const { atMs, what } of plan) if (atMs <= nowMs) what();
        return Promise.resolve();
      },
      rowOf: () => {
        looks++;
        return Promise.resolve(row);
      },
    },
  );

/** @returns the process that the client is sent to, or the code with which it is not, and when */
async function locate(silent: string, from = locator()): Promise<[unknown, number]> {
  try {
    const { processId } = await from.locate('room', silent);
    return [processId, nowMs];
  } catch (error) {
    return [(error as { code: number }).code, nowMs];
  }
}

beforeEach(() => {
  nowMs = 0;
  row = rowAt('a');
  gone = new Set();
  kept = true;
  heardAtMs = {};
  plan = [];
  suspected = [];
  looks = 0;
});

describe('where a client goes that lost its node', () => {
  it('another node that has the room is it, at once', async () => {
    row = rowAt('b');
    expect(await locate('a')).toEqual(['b', 0]);
    expect(suspected).toEqual([]);
  });

  it('the same node, as soon as it is seen to live after the question', async () => {
    heardAtMs = { a: 0 }; // not after it
    plan = [{ atMs: 140, what: () => (heardAtMs = { a: 133 }) }];
    expect(await locate('a')).toEqual(['a', 140]);
    expect(new Set(suspected)).toEqual(new Set(['a']));
  });

  it('waits for the takeover while the node is suspect, and answers with the next owner', async () => {
    plan = [
      { atMs: 300, what: () => gone.add('a') },
      { atMs: 400, what: () => (row = rowAt('b')) },
    ];
    expect(await locate('a')).toEqual(['b', 400]);
  });

  it('is to ask again when that takes longer than a second, whatever the node that is silent', async () => {
    expect(await locate('a')).toEqual([409, 1_000]);
    gone.add('a');
    nowMs = 0;
    expect(await locate('a')).toEqual([409, 1_000]);
    row = undefined;
    nowMs = 0;
    expect(await locate('a')).toEqual([409, 1_000]);
  });

  it('is told at once of a room that is no more', async () => {
    row = undefined;
    kept = false;
    expect(await locate('a')).toEqual([522, 0]);
  });

  it('does not go to a node that is gone, also if it came from another', async () => {
    gone.add('a');
    plan = [{ atMs: 100, what: () => (row = rowAt('b')) }];
    expect(await locate('')).toEqual(['b', 100]);
  });

  it('one search is for all who ask for the same', async () => {
    const one = locator();
    plan = [{ atMs: 40, what: () => (row = rowAt('b')) }];
    expect(await Promise.all([locate('a', one), locate('a', one)])).toEqual([
      ['b', 40],
      ['b', 40],
    ]);
    expect(looks).toBe(3);
  });
});
