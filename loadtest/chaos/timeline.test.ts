import { describe, expect, it } from '@jest/globals';
import { Timeline } from './timeline.ts';

const seen = (...moments: [epoch: number, elapsedMs: number][]): string[] => {
  const timeline = new Timeline();
  for (const [epoch, elapsedMs] of moments) timeline.see({ epoch, elapsedMs });
  return timeline.broken;
};

describe('what a client is shown of its room', () => {
  it('goes on, and may go back a little under another owner', () => {
    expect(seen([1, 100], [1, 100], [1, 117], [2, 83], [2, 100])).toEqual([]);
  });

  it('never goes back under the same owner, nor to an earlier one', () => {
    expect(seen([1, 100], [1, 83])).toEqual(['was shown 83 ms of epoch 1 after 100 ms of epoch 1']);
    expect(seen([2, 100], [1, 117])).toEqual(['was shown 117 ms of epoch 1 after 100 ms of epoch 2']);
  });
});
