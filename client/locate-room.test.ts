import { beforeEach, describe, expect, it } from '@jest/globals';
import { settled, VirtualTimers } from '../test/support/virtual-timers.ts';
import type { Whereabouts } from './framed-room.ts';
import { locateRoom } from './locate-room.ts';

interface Question {
  body: string;
  atMs: number;
  signal: AbortSignal;
  answer(status: number, seat?: object): void;
  fail(error: Error): void;
}

let timers: VirtualTimers;
let questions: Question[];
let ask: (isSameHost: boolean) => void;
let outcome: { found?: Whereabouts; error?: Error };

beforeEach(() => {
  timers = new VirtualTimers();
  questions = [];
  outcome = {};
  ask = (isSameHost) => {
    const located = locateRoom({
      isSameHost,
      url: 'http://pool/matchmake/reconnect/room',
      body: '{"sessionId":"s"}',
      nextAskMs: 300,
      timers,
      addressOf: (seat) => `ws://pool/${(seat as { processId: string }).processId}/room`,
      fetch: (_url, init) =>
        new Promise((resolve, reject) => {
          questions.push({
            body: init!.body as string,
            atMs: timers.now(),
            signal: init!.signal!,
            answer: (status, seat = {}) => resolve(new Response(JSON.stringify(seat), { status })),
            fail: reject,
          });
        }),
    });
    located.then(
      (found) => (outcome = { found }),
      (error: Error) => (outcome = { error }),
    );
  };
});

const times = (): number[] => questions.map(({ atMs }) => atMs);

describe('asking where a lost room is', () => {
  it('one server is asked, and its answer is it', async () => {
    ask(true);
    questions[0]!.answer(200, { processId: 'b' });
    await settled();
    expect(outcome).toEqual({ found: { url: 'ws://pool/b/room' } });
    expect([times(), questions[0]!.body]).toEqual([[0], '{"sessionId":"s"}']);
    expect(timers.count).toBe(0);
  });

  it('where none answers another is asked as well, three at most, and the first answer counts', async () => {
    ask(true);
    await timers.pass(1_500);
    expect(times()).toEqual([0, 300, 600]);
    questions[1]!.answer(200, { processId: 'c' });
    await settled();
    expect(outcome).toEqual({ found: { url: 'ws://pool/c/room' } });
    expect(questions.every(({ signal }) => signal.aborted)).toBe(true);
    expect(timers.count).toBe(0);
  });

  it('one that cannot tell is followed by the next at once', async () => {
    ask(true);
    questions[0]!.answer(502);
    await settled();
    questions[1]!.answer(503);
    await settled();
    expect(times()).toEqual([0, 0, 0]);
    questions[2]!.answer(500);
    await settled();
    expect(outcome.error?.message).toBe('status 500');
    expect(timers.count).toBe(0);
  });

  it('one that cannot tell ends nothing while another is being waited for', async () => {
    ask(true);
    await timers.pass(300);
    questions[0]!.answer(502);
    await settled();
    expect(times()).toEqual([0, 300]);
    questions[1]!.answer(200, { processId: 'b' });
    await settled();
    expect(outcome).toEqual({ found: { url: 'ws://pool/b/room' } });
  });

  it('a room that is on its way is to be asked for again', async () => {
    ask(true);
    questions[0]!.answer(409);
    await settled();
    expect(outcome).toEqual({ found: 'on its way' });
    expect(timers.count).toBe(0);
  });

  it('ends after two seconds', async () => {
    ask(true);
    await timers.pass(1_999);
    expect(outcome).toEqual({});
    await timers.pass(1);
    expect(outcome.error?.message).toBe('no server answers');
    expect(questions.every(({ signal }) => signal.aborted)).toBe(true);
    expect(timers.count).toBe(0);
  });

  it.each([
    [true, { found: 'on its way' }],
    [false, { error: expect.objectContaining({ message: 'no server is reached' }) }],
  ])(
    'nobody is asked again where no server is reached; of the same host as the room %j',
    async (isSameHost, expected) => {
      ask(isSameHost);
      questions[0]!.fail(new Error('ECONNREFUSED'));
      await settled();
      expect(times()).toEqual([0]);
      expect(outcome).toEqual(expected);
      expect(timers.count).toBe(0);
    },
  );

  it('one that is not reached ends nothing while another is being waited for', async () => {
    ask(true);
    await timers.pass(300);
    questions[0]!.fail(new Error('ECONNRESET'));
    await settled();
    questions[1]!.answer(200, { processId: 'b' });
    await settled();
    expect(outcome).toEqual({ found: { url: 'ws://pool/b/room' } });
  });
});
