import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FORGET_MS } from './beat-board.ts';
import type { BeatBoard, SeenBeat } from './beat-board.ts';

/** A board under test. */
export interface BoardUnderTest {
  board: BeatBoard;
  /** Makes it so that `ms` have passed for the board. */
  pass(ms: number): Promise<void>;
  end(): Promise<void>;
}

const A = 'a/1';
const B = 'b/1';
const counts = (seen: readonly SeenBeat[]): Record<string, number> =>
  Object.fromEntries(seen.map(({ key, count }) => [key, count]));
const of = (key: string, seen: readonly SeenBeat[]): SeenBeat | undefined => seen.find((beat) => beat.key === key);

/** What every board does, in one process or over many. */
export function describeBeatBoard(name: string, make: () => Promise<BoardUnderTest>): void {
  describe(`BeatBoard: ${name}`, () => {
    let under: BoardUnderTest;
    let board: BeatBoard;

    beforeEach(async () => {
      under = await make();
      board = under.board;
    });
    afterEach(() => under.end());

    const beat = (key: string, count: number, weight = 50) => board.beat({ key, count, weight });

    it('shows to each who beats what all have written, its own beat included', async () => {
      expect(await beat(A, 1)).toEqual([{ key: A, count: 1, weight: 50, left: false, ageMs: expect.any(Number) }]);
      expect(counts(await beat(B, 1))).toEqual({ [A]: 1, [B]: 1 });
      await beat(A, 2, 7);
      const seen = await beat(B, 2);
      expect(counts(seen)).toEqual({ [A]: 2, [B]: 2 });
      expect(of(A, seen)).toMatchObject({ weight: 7, left: false });
    });

    it('keeps two runs of one node apart', async () => {
      await beat('a/1', 9);
      expect(counts(await beat('a/2', 1))).toEqual({ 'a/1': 9, 'a/2': 1 });
    });

    it('is not set back by a beat that was overtaken', async () => {
      await beat(A, 5, 50);
      expect(of(A, await beat(A, 4, 99))).toMatchObject({ count: 5, weight: 50 });
    });

    it('says for how long a count has stood there, also when it is written again', async () => {
      await beat(A, 1);
      await under.pass(1_000);
      expect(of(A, await beat(A, 1, 20))!.ageMs).toBeGreaterThanOrEqual(1_000);
      const seen = await beat(A, 2);
      expect(of(A, seen)!.ageMs).toBeLessThan(1_000);
      expect(of(A, seen)!.weight).toBe(50);
      expect(of(A, await beat(A, 2, 20))!.weight).toBe(20);
    });

    it('remembers who said goodbye, whatever comes after it', async () => {
      await beat(A, 3);
      await board.leave(A, 4);
      await beat(A, 4);
      await beat(A, 5);
      expect(of(A, await beat(B, 1))).toMatchObject({ count: 4, weight: 0, left: true });
    });

    it('forgets who has not written for long', async () => {
      await beat(A, 1);
      await board.leave('c/1', 1);
      await under.pass(FORGET_MS / 2);
      await beat(B, 1);
      await under.pass(FORGET_MS / 2 + 1_000);
      expect(counts(await beat(B, 2))).toEqual({ [B]: 2 });
      expect(counts(await beat(B, 2))).toEqual({ [B]: 2 });
    });
  });
}
