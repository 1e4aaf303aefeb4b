import { LocalPresence, type Presence, type Room } from '@colyseus/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { settled } from '../../test/support/virtual-timers.ts';
import { EventBus, EventError, MAX_EVENT_BYTES, MAX_SUBSCRIBERS } from './event-bus.ts';

const readers = {
  score: (value: unknown): { points: number } | undefined => {
    const { points } = (value ?? {}) as { points?: unknown };
    return typeof points === 'number' ? { points } : undefined;
  },
  news: (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined),
};

let presence: LocalPresence;
/** Two nodes of one pool. */
let here: EventBus<typeof readers>;
let there: EventBus<typeof readers>;
let heard: string[];

beforeEach(() => {
  presence = new LocalPresence();
  heard = [];
  here = new EventBus(
    () => presence,
    readers,
    (error, name) => heard.push(`${name}: ${(error as Error).message}`),
  );
  there = new EventBus(() => presence, readers);
});

const channels = (): Promise<string[]> => presence.channels();

describe('events', () => {
  it('reach the subscribers of all nodes, typed, and no others', async () => {
    here.subscribe('score', ({ points }) => heard.push(`here ${points}`));
    there.subscribe('score', ({ points }) => heard.push(`there ${points}`));
    there.subscribe('news', (text) => heard.push(text));
    expect(await here.publish('score', { points: 3 })).toBe(true);
    await settled();
    expect(heard.sort()).toEqual(['here 3', 'there 3']);
  });

  it.each([[undefined], [null], [7], [{ points: 'many' }], [['points']]])(
    'that another build says as %j are left aside',
    async (value) => {
      here.subscribe('score', () => heard.push('heard'));
      presence.publish('velarium:event:score', value);
      await settled();
      expect(heard).toEqual([]);
    },
  );

  it('end nothing where what arrived makes their reader throw, and it is told', () => {
    const careless = new EventBus(
      () => presence,
      { news: (value) => (value as { text: string }).text.trim() },
      (error, name) => heard.push(`${name}: ${(error as Error).constructor.name}`),
    );
    careless.subscribe('news', (text) => heard.push(text));
    presence.publish('velarium:event:news', { other: 1 });
    presence.publish('velarium:event:news', { text: ' x ' });
    expect(heard).toEqual(['news: TypeError', 'x']);
  });

  it('reach the others where one listener throws, and it is told', async () => {
    here.subscribe('news', () => {
      throw new Error('broken');
    });
    here.subscribe('news', (text) => heard.push(text));
    await here.publish('news', 'x');
    await settled();
    expect(heard).toEqual(['news: broken', 'x']);
  });

  it('are one subscription of Presence however many listen, and none when nobody does', async () => {
    const ends = [1, 2, 3].map((n) => here.subscribe('news', (text) => heard.push(`${n} ${text}`)));
    expect(await channels()).toEqual(['velarium:event:news']);
    ends[0]!();
    ends[0]!(); // a second time changes nothing
    await here.publish('news', 'x');
    await settled();
    expect(heard).toEqual(['2 x', '3 x']);
    ends[1]!();
    ends[2]!();
    expect(await channels()).toEqual([]);
    here.subscribe('news', (text) => heard.push(text));
    await here.publish('news', 'again');
    await settled();
    expect(heard.at(-1)).toBe('again');
  });

  it('end with the room that subscribed', async () => {
    const listeners: (() => void)[] = [];
    const room = { _events: { once: (_event: string, listener: () => void) => listeners.push(listener) } };
    here.subscribeRoom(room as unknown as Room, 'news', (text) => heard.push(text));
    for (const listener of listeners) listener();
    expect(await channels()).toEqual([]);
  });

  it('are refused when their payload is too large, or is nothing that JSON can say', async () => {
    const fits = 'x'.repeat(MAX_EVENT_BYTES - 2);
    expect(await here.publish('news', fits)).toBe(true);
    await expect(here.publish('news', `${fits}x`)).rejects.toMatchObject({ code: 'too-large' });
    await expect(here.publish('news', 'ä'.repeat(MAX_EVENT_BYTES / 2))).rejects.toMatchObject({ code: 'too-large' });
    await expect(here.publish('news', (() => {}) as never)).rejects.toMatchObject({ code: 'not-json' });
    const circle: { points: number; self?: object } = { points: 1 };
    circle.self = circle;
    await expect(here.publish('score', circle)).rejects.toMatchObject({ code: 'not-json' });
  });

  it('have so many subscribers on a node and no more', () => {
    const ends = Array.from({ length: MAX_SUBSCRIBERS }, () => here.subscribe('news', () => {}));
    expect(() => here.subscribe('news', () => {})).toThrow(EventError);
    ends[0]!();
    expect(() => here.subscribe('news', () => {})).not.toThrow();
  });

  it('that cannot be sent are said to be lost', async () => {
    const away = { publish: () => Promise.reject(new Error('away')) } as unknown as Presence;
    expect(await new EventBus(() => away, readers).publish('news', 'x')).toBe(false);
  });
});
