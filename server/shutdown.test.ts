import { describe, expect, it } from '@jest/globals';
import type { Evacuated } from './mover/evacuation.ts';
import { Shutdown, type ShutdownOptions } from './shutdown.ts';

async function ended(evacuated: Evacuated, options: Partial<ShutdownOptions> = {}, code?: number): Promise<unknown[]> {
  const did: unknown[] = [];
  const step = (name: string) => (): Promise<void> => {
    did.push(name);
    return Promise.resolve();
  };
  await new Promise<void>((resolve) => {
    const shutdown = new Shutdown({
      drain: step('drain'),
      evacuate: () => step('evacuate')().then(() => evacuated),
      hurry: () => void did.push('hurry'),
      close: step('close'),
      exit: (exitCode) => {
        did.push(exitCode);
        resolve();
      },
      now: () => 0,
      log: undefined,
      ...options,
    });
    void shutdown.begin(code);
    void shutdown.begin(code);
  });
  return did;
}

describe('the end of a server', () => {
  it('takes its steps once and in order; 0 when all rooms are where they should be', async () => {
    expect(await ended({ moved: 2, left: 1, givenUp: [] })).toEqual(['drain', 'evacuate', 'close', 0]);
  });

  it('is told by its exit code when rooms were given up, when it was an error, or failed', async () => {
    expect(await ended({ moved: 2, left: 0, givenUp: ['r1'] })).toEqual(['drain', 'evacuate', 'close', 1]);
    expect(await ended({ moved: 2, left: 0, givenUp: [] }, {}, 1)).toEqual(['drain', 'evacuate', 'close', 1]);
  });
});
