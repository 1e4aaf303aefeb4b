import { VirtualTimers } from '../../test/support/virtual-timers.ts';
import { describeBeatBoard } from './beat-board-contract.ts';
import { MemoryBeatBoard } from './memory-beat-board.ts';

describeBeatBoard('in memory', () => {
  const timers = new VirtualTimers();
  return Promise.resolve({
    board: new MemoryBeatBoard(timers.now),
    pass: (ms: number) => Promise.resolve(timers.sleep(ms)),
    end: () => Promise.resolve(),
  });
});
