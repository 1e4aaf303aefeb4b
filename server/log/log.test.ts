import { describe, expect, it } from '@jest/globals';
import { colyseusLogger } from './colyseus-logger.ts';
import { createLog } from './log.ts';

function capture(isTTY: boolean): { lines: string[]; log: ReturnType<typeof createLog> } {
  const lines: string[] = [];
  return { lines, log: createLog('info', { isTTY, write: (line: string) => void lines.push(line) }) };
}

describe('the log', () => {
  it('is one line of JSON an event, with its fields', () => {
    const { lines, log } = capture(false);
    log.info({ room: 'r', session: 's' }, 'joined');
    log.debug('not at this level');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 30,
      room: 'r',
      session: 's',
      msg: 'joined',
    });
  });

  it('shows no secret', () => {
    const { lines, log } = capture(false);
    log.info({ token: 'hunter2', client: { reconnectionToken: 'hunter2' } }, 'x');
    expect(lines[0]).not.toContain('hunter2');
    const call =
      'remote room (r) timed out, requesting "checkReconnectionToken with args ["hunter2"]". (2000ms exceeded)';
    colyseusLogger(log).error(call);
    colyseusLogger(log).error('failed:', new Error(call));
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain('hunter2');
  });

  it('is words on a terminal, on which a name writes no control characters', () => {
    const { lines, log } = capture(true);
    log.warn({ name: 'x\x1b[2Jy' }, 'hello\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]!.replace(/\x1b\[\d+m/g, '')).toMatch(/^\d\d:\d\d:\d\d warn {2}hello {2}name=x \[2Jy\n$/);
  });
});
