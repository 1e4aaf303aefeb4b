import { describe, expect, it } from '@jest/globals';
import { Evacuation } from './evacuation.ts';
import { MoveError } from './move-error.ts';

interface Setup {
  rooms?: string[];
  /** By room; default: it moves. */
  move?: (roomId: string, to: string) => Promise<void>;
  choose?: () => string | undefined;
}

function evacuation({ rooms = ['r1', 'r2', 'r3'], move, choose = () => 'other' }: Setup) {
  const here = new Set(rooms);
  const moved: string[] = [];
  const left: string[] = [];
  const failed: string[] = [];
  let underWay = 0;
  let most = 0;
  const subject = new Evacuation({
    rooms: () => [...here],
    choose,
    move: async (roomId, to) => {
      most = Math.max(most, ++underWay);
      try {
        await (move?.(roomId, to) ?? Promise.resolve());
        here.delete(roomId);
        moved.push(`${roomId} to ${to}`);
      } finally {
        underWay--;
      }
    },
    leave: (roomId) => {
      here.delete(roomId);
      left.push(roomId);
      return Promise.resolve();
    },
    now: () => performance.now(),
    failed: (roomId, error) => void failed.push(`${roomId} ${(error as MoveError).code}`),
  });
  return { subject, moved, left, failed, mostAtOnce: () => most };
}

describe('a node that is to be empty', () => {
  it('moves all rooms, one at a time', async () => {
    const { subject, moved, left, mostAtOnce } = evacuation({ move: () => new Promise(setImmediate) });
    expect(await subject.run(5_000)).toEqual({ moved: 3, left: 0, givenUp: [] });
    expect(moved.sort()).toEqual(['r1 to other', 'r2 to other', 'r3 to other']);
    expect(left).toEqual([]);
    expect(mostAtOnce()).toBe(1);
  });

  it('tries a room again that could not be moved', async () => {
    let refusals = 2;
    const refuse = (roomId: string): Promise<void> =>
      roomId === 'r2' && refusals-- > 0 ? Promise.reject(new MoveError('refused', roomId, 'full')) : Promise.resolve();
    const { subject, moved, failed } = evacuation({ move: refuse });
    expect(await subject.run(5_000)).toMatchObject({ moved: 3, givenUp: [] });
    expect(moved).toHaveLength(3);
    expect(failed).toEqual(['r2 refused', 'r2 refused']);
  });

  it('leaves rooms to the store where no node takes any, which is no failure', async () => {
    const { subject, moved, left } = evacuation({ choose: () => undefined });
    expect(await subject.run(5_000)).toEqual({ moved: 0, left: 3, givenUp: [] });
    expect({ moved, left }).toEqual({ moved: [], left: ['r1', 'r2', 'r3'] });
  });

  it('leaves what has not moved when it is told to hurry, and says which', async () => {
    const { subject, left } = evacuation({
      move: (roomId) => (roomId === 'r1' ? Promise.resolve() : new Promise(() => {})),
    });
    const run = subject.run(60_000);
    setImmediate(() => subject.hurry());
    expect(await run).toEqual({ moved: 1, left: 0, givenUp: ['r2', 'r3'] });
    expect(left).toEqual(['r2', 'r3']);
  });

  it('does so too when its time is over', async () => {
    const { subject, left } = evacuation({ move: () => new Promise(() => {}) });
    expect(await subject.run(0)).toEqual({ moved: 0, left: 0, givenUp: ['r1', 'r2', 'r3'] });
    expect(left).toEqual(['r1', 'r2', 'r3']);
  });
});
