import { describe, expect, it } from '@jest/globals';
import type { FailoverEvent } from '../failover/failover.ts';
import { failoverLine } from './failover-line.ts';

const error = new Error('away');

describe('what the log says of takeovers', () => {
  it.each<[FailoverEvent, string, object]>([
    [{ kind: 'joined', key: 'p2/run' }, 'info', { server: 'p2' }],
    [{ kind: 'lost', key: 'p2/run', stillMs: 612, givenMs: 600 }, 'info', { server: 'p2', stillMs: 612, givenMs: 600 }],
    [{ kind: 'back', key: 'p2/run' }, 'info', { server: 'p2' }],
    [{ kind: 'left', key: 'p2/run' }, 'info', { server: 'p2' }],
    [{ kind: 'passed', roomId: 'r', why: 'lost' }, 'debug', { room: 'r' }],
    [{ kind: 'adoption-failed', roomId: 'r', epoch: 3, error }, 'warn', { room: 'r', epoch: 3, detail: 'away' }],
    [{ kind: 'set-aside', roomId: 'r', epoch: 3 }, 'warn', { room: 'r', epoch: 3 }],
    [{ kind: 'claim-failed', roomId: 'r', error: 'x' }, 'warn', { room: 'r', detail: 'x' }],
    [{ kind: 'fenced' }, 'warn', {}],
    [{ kind: 'unfenced' }, 'info', {}],
    [{ kind: 'beat-failed', error }, 'warn', { detail: 'away' }],
    [{ kind: 'search-failed', error }, 'warn', { detail: 'away' }],
  ])('%j', (event, level, fields) => {
    expect(failoverLine(event)).toEqual({ level, fields, message: expect.any(String) });
  });

  it('is nothing of a room that was taken over: that is said with more of it', () => {
    expect(failoverLine({ kind: 'adopted', roomId: 'r', epoch: 3, attempts: 1 })).toBeUndefined();
  });
});
