import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualTimers } from '../../test/support/virtual-timers.ts';
import { MemoryStateCache, STATE_TTL_MS } from './state-cache.ts';
import { MAX_STATE_BYTES, StatePublisher } from './state-publisher.ts';

let timers: VirtualTimers;
let cache: MemoryStateCache;
let room: {
  roomId: string;
  publishStateMs: number;
  stateVersion: number;
  epoch: number;
  state: unknown;
  publishedState(): unknown;
};
let asked: number;
let warnings: string[];
let publisher: StatePublisher;

beforeEach(() => {
  timers = new VirtualTimers();
  cache = new MemoryStateCache(timers.now);
  asked = 0;
  warnings = [];
  room = {
    roomId: 'r',
    publishStateMs: 1_000,
    stateVersion: 1,
    epoch: 1,
    state: { n: 1 },
    publishedState() {
      asked++;
      return this.state;
    },
  };
  publisher = new StatePublisher(cache, [room], timers, (roomId, detail) => warnings.push(`${roomId} ${detail}`));
});

const change = (state: unknown): void => {
  room.state = state;
  room.stateVersion++;
};

describe('publishing the state of a room', () => {
  it('happens at once, and then as often as the room says, where it has changed', async () => {
    await timers.pass(100);
    expect(await cache.get('r')).toEqual({ json: '{"n":1}', ageMs: 0 });
    change({ n: 2 });
    await timers.pass(900);
    expect(await cache.get('r')).toEqual({ json: '{"n":1}', ageMs: 900 });
    await timers.pass(100);
    expect(await cache.get('r')).toEqual({ json: '{"n":2}', ageMs: 0 });
    expect(asked).toBe(2);
  });

  it('does not ask for a state that has not changed, and confirms it every five seconds', async () => {
    await timers.pass(5_000);
    expect(await cache.get('r')).toMatchObject({ ageMs: 4_900 });
    await timers.pass(100);
    expect(await cache.get('r')).toMatchObject({ json: '{"n":1}', ageMs: 0 });
    expect(asked).toBe(1);
  });

  it('does not happen where the room does not want it', async () => {
    room.publishStateMs = 0;
    await timers.pass(10_000);
    expect([await cache.get('r'), asked]).toEqual([undefined, 0]);
  });

  it('leaves out a state that is too large or cannot be written, and says so once', async () => {
    change('x'.repeat(MAX_STATE_BYTES - 1));
    await timers.pass(100);
    change(10n);
    await timers.pass(60_000);
    expect(warnings).toEqual([`r ${MAX_STATE_BYTES + 1} bytes of at most ${MAX_STATE_BYTES}`]);
    change('x'.repeat(MAX_STATE_BYTES - 2));
    await timers.pass(60_000);
    expect((await cache.get('r'))?.json).toHaveLength(MAX_STATE_BYTES);
  });

  it('ends with the room, and is done anew when all may be lost', async () => {
    await timers.pass(100);
    publisher.renew();
    await timers.pass(100);
    expect(asked).toBe(2);
    publisher.forget('r');
    expect(await cache.get('r')).toBeUndefined();
    publisher.stop();
    expect(timers.count).toBe(0);
  });

  it('ends with a room that is over before it is done anew', async () => {
    await timers.pass(100);
    publisher.renew();
    publisher.forget('r');
    expect(await cache.get('r')).toBeUndefined();
    publisher.stop();
  });

  it('is left to the next owner of the room', async () => {
    await timers.pass(100);
    await cache.put('r', 2, '{"n":9}');
    publisher.renew();
    await timers.pass(1_000);
    publisher.forget('r');
    publisher.stop();
    expect(await cache.get('r')).toMatchObject({ json: '{"n":9}' });
  });

  it('is tried again half a minute after it was too large, and not at each change', async () => {
    await timers.pass(100);
    change('x'.repeat(MAX_STATE_BYTES));
    await timers.pass(1_000);
    for (let i = 0; i < 29; i++) {
      change({ n: i });
      await timers.pass(1_000);
    }
    expect([asked, warnings.length]).toEqual([2, 1]);
    await timers.pass(1_000);
    expect([asked, await cache.get('r')]).toMatchObject([3, { json: '{"n":28}' }]);
    publisher.stop();
  });

  it('is forgotten a minute after the last word of the room', async () => {
    await timers.pass(100);
    publisher.stop();
    await timers.pass(STATE_TTL_MS - 1);
    expect(await cache.get('r')).toMatchObject({ ageMs: STATE_TTL_MS - 1 });
    await timers.pass(1);
    expect(await cache.get('r')).toBeUndefined();
  });
});
